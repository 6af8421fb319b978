extension JSONValue {
    /// The decoded string, or nil if the value is something else.
    ///
    /// A lone surrogate, which JSON can spell but UTF-8 cannot, becomes U+FFFD.
    package var string: String? { withCursor { $0.string } }

    /// Appends the decoded string's UTF-8 to a buffer; false, with nothing appended, if the value is no string.
    @discardableResult
    package func appendString(to buffer: inout [UInt8]) -> Bool {
        withCursor { $0.appendString(to: &buffer) }
    }

    /// Whether the value is this string; allocates nothing.
    package func equals(_ text: StaticString) -> Bool {
        withCursor { $0.equals(text) }
    }

    /// Whether the value is this string; allocates nothing for a native string.
    package func equals(_ text: String) -> Bool {
        withCursor { $0.equals(string: text) }
    }

    /// Whether the value is a string of no character.
    package var isEmptyString: Bool { isString && node.contentRange.isEmpty }
}
