/// Escapes the text between a string's quotes (RFC 8259, section 7): quotes, backslashes and control characters, and
/// nothing else.
enum JSONStringEncoder {
    static func append(_ text: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        var start = 0
        while start < text.count {
            let end = endOfPlainRun(text, from: start)
            if end > start {
                output.append(contentsOf: text[start..<end])
            }
            if end < text.count {
                appendEscape(text[end], to: &output)
            }
            start = end + 1
        }
    }

    /// The position of the first byte that needs an escape, or the count; looks at eight bytes at a time.
    private static func endOfPlainRun(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            if wordNeedsEscape(word) { break }
            position += 8
        }
        while position < text.count {
            if byteNeedsEscape(text[position]) { break }
            position += 1
        }
        return position
    }

    private static func byteNeedsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Whether any of the eight bytes needs an escape: a byte below n borrows from the high bit when n is taken from it.
    private static func wordNeedsEscape(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highBits = ones << 7
        let quotes = word ^ ones &* UInt64(UInt8(ascii: "\""))
        let backslashes = word ^ ones &* UInt64(UInt8(ascii: "\\"))
        let controls = (word &- ones &* 0x20) & ~word
        return (controls | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes) & highBits != 0
    }

    private static func appendEscape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        default:
            let low = byte & 0x0F
            output.append(contentsOf: "u00".utf8)
            output.append(UInt8(ascii: byte < 0x10 ? "0" : "1"))
            output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") - 10 + low)
        }
    }
}
