/// Checks the bytes between the chunks of a chunked body, piece by piece, before the parsing library sees them.
///
/// Debian's build of the library accepts any two bytes after a chunk's data, any bytes as an extension and blanks in
/// trailer names; each of these lets two programs see different ends of one body (RFC 9112, 7.1). The sizes themselves
/// are the library's to read.
struct HTTPChunkGuard {
    private enum State {
        /// In the digits of a size line, after so many. Can move to `extensions` or `sizeEnd`.
        case size(digits: Int)
        /// In a size line after its `;`. Can move to `sizeEnd`.
        case extensions
        /// After the CR of a size line. Moves to `data` or `trailerStart` by `chunkBegan`.
        case sizeEnd
        /// The size line is whole; the library has not said yet what it means.
        case sized
        /// In a chunk's data with so many bytes to come. Can move to `dataEnd`.
        case data(UInt64)
        /// After the data, before its CR. Can move to `dataLineFeed`.
        case dataEnd
        /// Between the CR and the LF after the data. Can move to `size`.
        case dataLineFeed
        /// At the start of a trailer line. Can move to `trailerName` or `lastLineFeed`.
        case trailerStart
        /// In a trailer's name. Can move to `trailerValue`.
        case trailerName
        /// After a trailer's colon. Can move to `trailerLineFeed`.
        case trailerValue
        /// After the CR of a trailer line. Can move to `trailerStart`.
        case trailerLineFeed
        /// After the CR of the empty line. Can move to `done`.
        case lastLineFeed
        case done
    }

    /// More digits than any size below 2^64 needs.
    private static let sizeDigitsMax = 16

    private var state = State.size(digits: 0)
    private var extensionBytes = 0
    private var trailerBytes = 0

    /// Whether the empty line after the last chunk has passed.
    var isDone: Bool {
        if case .done = state { true } else { false }
    }

    /// Tells what the library read from the size line that has just passed.
    mutating func chunkBegan(size: UInt64) {
        state = size == 0 ? .trailerStart : .data(size)
    }

    /// How many of the bytes, at least one, form a piece that may be given to the library; then it must be called again.
    mutating func accept(
        _ bytes: UnsafeRawBufferPointer, limits: HTTPServerLimits
    ) throws(HTTPRefusal) -> Int {
        if case .data(let remaining) = state {
            let taken = Int(min(remaining, UInt64(bytes.count)))
            let rest = remaining - UInt64(taken)
            state = rest == 0 ? .dataEnd : .data(rest)
            return taken
        }
        for position in 0..<bytes.count {
            try step(bytes[position], limits)
            switch state {
            case .sized, .done: return position + 1
            default: continue
            }
        }
        return bytes.count
    }

    private mutating func step(_ byte: UInt8, _ limits: HTTPServerLimits) throws(HTTPRefusal) {
        switch state {
        case .size(let digits):
            if isHexDigit(byte), digits < Self.sizeDigitsMax {
                state = .size(digits: digits + 1)
            } else if byte == UInt8(ascii: "\r"), digits > 0 {
                state = .sizeEnd
            } else if byte == UInt8(ascii: ";"), digits > 0 {
                state = .extensions
            } else {
                throw .malformed("a malformed chunk size")
            }
        case .extensions:
            extensionBytes += 1
            if extensionBytes > limits.chunkExtensionBytesMax { throw .malformed("too many chunk extensions") }
            if byte == UInt8(ascii: "\r") {
                state = .sizeEnd
            } else if isControl(byte) {
                throw .malformed("a control character in a chunk extension")
            }
        case .sizeEnd:
            try expectLineFeed(byte)
            state = .sized
        case .dataEnd:
            guard byte == UInt8(ascii: "\r") else { throw .malformed("a chunk that is longer than its size") }
            state = .dataLineFeed
        case .dataLineFeed:
            try expectLineFeed(byte)
            // A piece may end here and the next size line begin in the same run of bytes.
            state = .size(digits: 0)
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .lastLineFeed:
            try stepTrailer(byte, limits)
        case .sized, .data, .done:
            preconditionFailure("the chunk guard was given bytes after the end of a piece")
        }
    }

    private mutating func stepTrailer(_ byte: UInt8, _ limits: HTTPServerLimits) throws(HTTPRefusal) {
        trailerBytes += 1
        if trailerBytes > limits.trailerBytesMax {
            throw HTTPRefusal(status: 431, reason: "the trailer section is too large")
        }
        switch state {
        case .trailerStart where byte == UInt8(ascii: "\r"):
            state = .lastLineFeed
        case .trailerStart where isTokenByte(byte):
            state = .trailerName
        case .trailerName where byte == UInt8(ascii: ":"):
            state = .trailerValue
        case .trailerName where isTokenByte(byte):
            break
        case .trailerValue where byte == UInt8(ascii: "\r"):
            state = .trailerLineFeed
        case .trailerValue where !isControl(byte):
            break
        case .trailerLineFeed:
            try expectLineFeed(byte)
            state = .trailerStart
        case .lastLineFeed:
            try expectLineFeed(byte)
            state = .done
        default:
            throw .malformed("a malformed trailer")
        }
    }

    private func expectLineFeed(_ byte: UInt8) throws(HTTPRefusal) {
        guard byte == UInt8(ascii: "\n") else { throw .malformed("a CR that no LF follows") }
    }
}
