/// A 128-bit identifier that is unique without coordination: request ids, lineage ids, trace ids.
package struct RandomID: Hashable, Sendable, CustomStringConvertible {
    /// Hexadecimal digits of an id.
    package static let digitCount = 32

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

    /// Appends the id as 32 lower-case hexadecimal digits.
    package func append(to bytes: inout [UInt8]) {
        Self.append(high, to: &bytes)
        Self.append(low, to: &bytes)
    }

    package var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.digitCount)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift -= 4
            let digit = UInt8(truncatingIfNeeded: word >> shift) & 15
            bytes.append(digit < 10 ? 48 + digit : 87 + digit)
        }
    }
}
