/// One JSON value kept as its source text, so that numbers, order and unknown members survive unread.
package struct RawJSON: Sendable, Hashable, CustomStringConvertible {
    /// The exact text: one complete JSON value in UTF-8.
    package var bytes: [UInt8]

    /// Keeps text that is known to be one JSON value.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Keeps text that is known to be one JSON value.
    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// A member that the canonical model has no name for: it goes back only to the dialect that it came from.
package struct RawMember: Sendable, Hashable {
    /// The path of the inner object that it stood in, such as `reasoning`, in the client's spelling; empty for a member
    /// of the very object whose extras these are.
    ///
    /// Apart from the name, since any name may hold dots: `"reasoning.summary"` is another member than `summary` in
    /// `reasoning`.
    package var container: String
    /// The member's name as the client spelled it.
    package var name: String
    /// The member's value as source text.
    package var value: RawJSON

    package init(_ container: String = "", name: String, value: RawJSON) {
        self.container = container
        self.name = name
        self.value = value
    }

    /// Where it stood below the object whose extras these are, for naming it.
    package var path: SourcePath { SourcePath(container).member(name) }

    /// Whether it is the member of this name of the very object whose extras these are.
    package func isOwn(_ name: String) -> Bool { container.isEmpty && self.name == name }
}
