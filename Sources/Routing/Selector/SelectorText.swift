/// A selector's source as bytes, with the scans that its grammar needs.
///
/// All of the language's own signs are ASCII, so bytes can be scanned without decoding. Offsets are byte offsets.
struct SelectorText {
    let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var all: Range<Int> { bytes.indices }

    func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
        bytes[range].firstIndex(of: byte)
    }

    func starts(_ range: Range<Int>, with byte: UInt8) -> Bool {
        !range.isEmpty && bytes[range.lowerBound] == byte
    }

    /// The number of the character at an offset: 1-based, counted in Unicode scalars.
    func column(at offset: Int) -> Int {
        var column = 1
        for byte in bytes[..<offset] where byte & 0xC0 != 0x80 { column += 1 }
        return column
    }

    func error(_ detail: String, at offset: Int) -> SelectorError {
        SelectorError(detail: detail, column: column(at: offset))
    }

    /// The parts between separators, none of them left out for being empty.
    func split(_ range: Range<Int>, at separator: UInt8) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        for offset in range where bytes[offset] == separator {
            parts.append(start..<offset)
            start = offset + 1
        }
        parts.append(start..<range.upperBound)
        return parts
    }

    /// The parts between those separators that stand outside of all brackets.
    ///
    /// The depth is never clamped: after a `]` too many, nothing separates until a `[` makes up for it.
    func splitOutsideBrackets(_ range: Range<Int>, at separator: UInt8) -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = range.lowerBound
        var depth = 0
        for offset in range {
            switch bytes[offset] {
            case UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "]"): depth -= 1
            case separator where depth == 0:
                parts.append(start..<offset)
                start = offset + 1
            default: break
            }
        }
        parts.append(start..<range.upperBound)
        return parts
    }

    /// The first such byte that stands outside of all brackets.
    func firstOutsideBrackets(_ byte: UInt8, in range: Range<Int>) -> Int? {
        var depth = 0
        for offset in range {
            switch bytes[offset] {
            case UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "]"): depth -= 1
            case byte where depth == 0: return offset
            default: break
            }
        }
        return nil
    }

    /// The range without the white space (Unicode's `White_Space`) around it.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        var end = range.upperBound
        while start < end, let length = whitespaceLength(from: start, limit: end) { start += length }
        while start < end, let length = whitespaceLength(before: end, limit: start) { end -= length }
        return start..<end
    }

    private func whitespaceLength(from start: Int, limit: Int) -> Int? {
        if isASCIIWhitespace(bytes[start]) { return 1 }
        for length in [2, 3] where start + length <= limit {
            if isWideWhitespace(bytes[start..<start + length]) { return length }
        }
        return nil
    }

    private func whitespaceLength(before end: Int, limit: Int) -> Int? {
        if isASCIIWhitespace(bytes[end - 1]) { return 1 }
        for length in [2, 3] where end - length >= limit {
            if isWideWhitespace(bytes[end - length..<end]) { return length }
        }
        return nil
    }

    private func isASCIIWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    /// Whether two or three bytes encode a white-space scalar beyond ASCII.
    private func isWideWhitespace(_ encoded: ArraySlice<UInt8>) -> Bool {
        let first = encoded.startIndex
        if encoded.count == 2 {
            return encoded[first] == 0xC2 && (encoded[first + 1] == 0x85 || encoded[first + 1] == 0xA0)
        }
        switch (encoded[first], encoded[first + 1], encoded[first + 2]) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF),
            (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
            return true
        default:
            return false
        }
    }

    /// An annotation's or parameter's entry: its key in lower case and, where a `=` stands, its trimmed value.
    func entry(_ range: Range<Int>) -> (key: String, value: Range<Int>?) {
        let equals = first(UInt8(ascii: "="), in: range)
        let key = trimmed(range.lowerBound..<(equals ?? range.upperBound))
        return (lowercased(key), equals.map { trimmed($0 + 1..<range.upperBound) })
    }

    /// The text with its ASCII letters in lower case.
    func lowercased(_ range: Range<Int>) -> String {
        String(
            decoding: bytes[range].lazy.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
