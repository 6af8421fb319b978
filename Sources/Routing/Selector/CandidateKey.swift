/// What names a candidate within a selector: `[backend:]model[?query]`, its query sorted and escaped.
///
/// Annotations are no part of it. Keys are compared by their bytes, since `String` holds the composed and decomposed
/// spellings of a character to be equal, which are different models to a provider.
package struct CandidateKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    init(backend: String?, model: String, encodedQuery: String) {
        var text = backend.map { "\($0):\(model)" } ?? model
        if !encodedQuery.isEmpty { text += "?\(encodedQuery)" }
        self.text = text
    }

    package var description: String { text }

    package static func == (left: CandidateKey, right: CandidateKey) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
