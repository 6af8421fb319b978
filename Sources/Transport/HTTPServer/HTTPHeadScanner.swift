/// Finds the end of a request head in bytes that arrive in any pieces, and refuses what no line of it may hold.
///
/// The parsing library takes a bare LF for an end of line, joins folded lines and, as Debian builds it, skips bytes where
/// CRLF must stand. Two programs that disagree on where a line ends can be made to see two different requests, so a line
/// ends here with CRLF and nothing else (RFC 9112, 2.2; folding: 5.2).
struct HTTPHeadScanner {
    private enum State: UInt8 {
        /// Before a line's first byte. Can move to `line` or `lastCarriageReturn`.
        case lineStart
        /// Within a line. Can move to `carriageReturn`.
        case line
        /// After a CR that ends a line. Can move to `lineStart`.
        case carriageReturn
        /// After the CR of the empty line; only the LF that ends the head may follow.
        case lastCarriageReturn
    }

    private var state = State.lineStart
    /// Whether the request line has ended.
    private(set) var hasRequestLine = false

    /// Looks at the bytes that follow those of the calls before; returns how many of them end the head, or nil when it
    /// goes on.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Int? {
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch state {
            case .line:
                if byte >= 0x20 && byte != 0x7F { continue }
                if byte == UInt8(ascii: "\r") {
                    state = .carriageReturn
                } else if byte != UInt8(ascii: "\t") {
                    throw Self.refusal(of: byte)
                }
            case .lineStart:
                if byte == UInt8(ascii: "\r") {
                    state = .lastCarriageReturn
                } else if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                    throw .malformed(hasRequestLine ? "a folded header line" : "a blank before the request line")
                } else if byte < 0x20 || byte == 0x7F {
                    throw Self.refusal(of: byte)
                } else {
                    state = .line
                }
            case .carriageReturn:
                guard byte == UInt8(ascii: "\n") else { throw .malformed("a CR that no LF follows") }
                hasRequestLine = true
                state = .lineStart
            case .lastCarriageReturn:
                guard byte == UInt8(ascii: "\n") else { throw .malformed("a CR that no LF follows") }
                return position
            }
        }
        return nil
    }

    private static func refusal(of byte: UInt8) -> HTTPRefusal {
        .malformed(byte == UInt8(ascii: "\n") ? "a LF that no CR precedes" : "a control character in the head")
    }
}
