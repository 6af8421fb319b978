import Glibc

/// Takes the text between a string's quotes apart into runs without escapes and decoded characters.
///
/// The text must be valid, as every string of a parsed document is, and outlive the decoder. The decoded text is never
/// longer than the source.
struct JSONStringDecoder {
    /// A stretch of decoded UTF-8.
    enum Run {
        /// Source text that stands for itself.
        case literal(UnsafeBufferPointer<UInt8>)
        /// A decoded escape: up to four bytes of UTF-8, the first in the lowest place.
        case scalar(UInt32, count: Int)

        var count: Int {
            switch self {
            case .literal(let bytes): bytes.count
            case .scalar(_, let count): count
            }
        }

        @inline(__always)
        func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
            switch self {
            case .literal(let bytes):
                return body(bytes)
            case .scalar(let packed, let count):
                var littleEndian = packed.littleEndian
                return withUnsafeBytes(of: &littleEndian) { buffer in
                    body(UnsafeBufferPointer(rebasing: buffer.assumingMemoryBound(to: UInt8.self)[..<count]))
                }
            }
        }
    }

    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    mutating func nextRun() -> Run? {
        guard position < text.count, let base = text.baseAddress else { return nil }
        if text[position] != UInt8(ascii: "\\") {
            let rest = text.count - position
            let start = position
            if let found = memchr(base + start, CInt(UInt8(ascii: "\\")), rest) {
                position = UnsafePointer(found.assumingMemoryBound(to: UInt8.self)) - base
            } else {
                position = text.count
            }
            return .literal(UnsafeBufferPointer(rebasing: text[start..<position]))
        }
        let escaped = text[position + 1]
        if escaped == UInt8(ascii: "u") {
            return Self.pack(unicodeEscape())
        }
        position += 2
        return .scalar(UInt32(Self.character(escaped)), count: 1)
    }

    /// Whether the text between a string's quotes decodes to this UTF-8.
    static func decodes(_ content: UnsafeBufferPointer<UInt8>, to text: UnsafeBufferPointer<UInt8>) -> Bool {
        var decoder = JSONStringDecoder(content)
        var matched = 0
        while let run = decoder.nextRun() {
            let isSame = run.withBytes { part in
                part.count <= text.count - matched && text[matched..<matched + part.count].elementsEqual(part)
            }
            guard isSame else { return false }
            matched += run.count
        }
        return matched == text.count
    }

    private static func character(_ escaped: UInt8) -> UInt8 {
        switch escaped {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: escaped
        }
    }

    /// Decodes `\uXXXX`, with its second half where it is the first of a surrogate pair (RFC 8259, section 7).
    private mutating func unicodeEscape() -> UInt32 {
        let unit = hexDigits(at: position + 2)
        position += 6
        guard unit & 0xF800 == 0xD800 else { return unit }
        let isPair =
            unit < 0xDC00 && position + 6 <= text.count && text[position] == UInt8(ascii: "\\")
            && text[position + 1] == UInt8(ascii: "u")
        guard isPair else { return 0xFFFD }
        let second = hexDigits(at: position + 2)
        guard second & 0xFC00 == 0xDC00 else { return 0xFFFD }
        position += 6
        return 0x10000 + ((unit & 0x3FF) << 10 | second & 0x3FF)
    }

    private func hexDigits(at start: Int) -> UInt32 {
        var unit: UInt32 = 0
        for digit in text[start..<start + 4] {
            // Letters have bit 6 set, and their low bits count from 1 for A or a.
            unit = unit << 4 | UInt32(digit & 0x40 == 0 ? digit & 0x0F : digit & 0x07 + 9)
        }
        return unit
    }

    private static func pack(_ scalar: UInt32) -> Run {
        let tail = { (shift: UInt32) in 0x80 | scalar >> shift & 0x3F }
        switch scalar {
        case ..<0x80:
            return .scalar(scalar, count: 1)
        case ..<0x800:
            return .scalar(0xC0 | scalar >> 6 | tail(0) << 8, count: 2)
        case ..<0x10000:
            return .scalar(0xE0 | scalar >> 12 | tail(6) << 8 | tail(0) << 16, count: 3)
        default:
            return .scalar(0xF0 | scalar >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24, count: 4)
        }
    }
}
