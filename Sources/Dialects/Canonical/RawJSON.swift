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
    /// The member's name as the client spelled it.
    package var name: String
    /// The member's value as source text.
    package var value: RawJSON

    package init(name: String, value: RawJSON) {
        self.name = name
        self.value = value
    }
}
