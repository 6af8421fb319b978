/// A credential that every way of printing shows as `<redacted>`; its text is reached only through ``reveal()``.
package struct Secret: Sendable, Hashable {
    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// The secret itself, for the one place that sends it or compares it.
    package func reveal() -> String { text }

    /// Whether the secret holds no character.
    package var isEmpty: Bool { text.isEmpty }

    /// Compares with a candidate in a time that depends on the candidate's length only.
    package func matches(_ candidate: some Collection<UInt8>) -> Bool {
        let expected = Array(text.utf8)
        var difference = expected.count ^ candidate.count
        var index = 0
        for byte in candidate {
            let other = expected.isEmpty ? 0 : expected[index % expected.count]
            difference |= Int(byte ^ other)
            index += 1
        }
        return difference == 0 && !expected.isEmpty
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    /// Hides the stored text from `dump` and from string interpolation of values that hold a secret.
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
