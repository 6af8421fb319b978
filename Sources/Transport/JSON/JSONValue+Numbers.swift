extension JSONValue {
    /// The number if it is an integer in range, however it is spelt: `3`, `3.0` and `3e0` are the same; else nil.
    package var int: Int? { withCursor { $0.int } }

    /// The number if it is an unsigned integer in range, however it is spelt; else nil.
    package var uint64: UInt64? { withCursor { $0.uint64 } }

    /// The nearest double; nil if the value is no number, or is beyond what doubles reach.
    package var double: Double? { withCursor { $0.double } }
}
