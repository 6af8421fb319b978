/// A 128-bit identifier that is unique without coordination: request ids, lineage ids, trace ids.
package struct RandomID: Hashable, Sendable, CustomStringConvertible {
    /// Hexadecimal digits of an id.
    package static let digitCount = 32
    private static let digits: StaticString = "0123456789abcdef"

    package var high: UInt64
    package var low: UInt64

    /// Draws an id; never the all-zero one, which trace contexts hold for invalid.
    package init(from generator: inout XoshiroGenerator) {
        repeat {
            high = generator.next()
            low = generator.next()
        } while high == 0 && low == 0
    }

    /// Reads an id of exactly 32 lower-case hexadecimal digits; nil for anything else, and for the all-zero one.
    package init?(_ digits: some Collection<UInt8>) {
        guard digits.count == Self.digitCount else { return nil }
        high = 0
        low = 0
        for digit in digits {
            let nibble: UInt64
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = UInt64(digit - UInt8(ascii: "a")) + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | nibble
        }
        if high == 0 && low == 0 { return nil }
    }

    /// Reads what `text(after:)` writes; nil for anything else.
    package init?(_ text: String, after prefix: StaticString) {
        let bytes = text.utf8
        let isPrefixed = prefix.withUTF8Buffer { bytes.starts(with: $0) }
        guard isPrefixed else { return nil }
        self.init(bytes.dropFirst(prefix.utf8CodeUnitCount))
    }

    package var description: String { text(after: "") }

    /// The id as 32 lower-case hexadecimal digits behind a prefix.
    package func text(after prefix: StaticString) -> String {
        let prefixCount = prefix.utf8CodeUnitCount
        return String(unsafeUninitializedCapacity: prefixCount + Self.digitCount) { bytes in
            for index in 0..<prefixCount { bytes[index] = prefix.utf8Start[index] }
            for index in 0..<Self.digitCount {
                let word = index < 16 ? high : low
                let digit = Int(truncatingIfNeeded: word &>> UInt64(60 &- 4 &* (index & 15))) & 15
                bytes[prefixCount + index] = Self.digits.utf8Start[digit]
            }
            return prefixCount + Self.digitCount
        }
    }
}
