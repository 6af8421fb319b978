/// SHA-256 (FIPS 180-4) and HMAC over it (RFC 2104): small rather than fast, to check what the gateway's library signs
/// with code that is not the library's.
enum SHA256 {
    static let blockBytes = 64

    private static let constants: [UInt32] = primes(64).map { fraction(ofCubeRoot: $0) }
    private static let start: [UInt32] = primes(8).map { fraction(ofSquareRoot: $0) }

    static func digest(_ message: [UInt8]) -> [UInt8] {
        var padded = message + [0x80]
        while padded.count % blockBytes != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        var state = start
        var words = [UInt32](repeating: 0, count: 64)
        for block in stride(from: 0, to: padded.count, by: blockBytes) {
            for index in 0..<16 {
                words[index] = (0..<4).reduce(0) { $0 << 8 | UInt32(padded[block + index * 4 + $1]) }
            }
            for index in 16..<64 {
                let (early, late) = (words[index - 15], words[index - 2])
                let first = rotated(early, 7) ^ rotated(early, 18) ^ early >> 3
                let second = rotated(late, 17) ^ rotated(late, 19) ^ late >> 10
                words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
            }
            compress(words, into: &state)
        }
        return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
    }

    static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > blockBytes ? digest(key) : key
        block += [UInt8](repeating: 0, count: blockBytes - block.count)
        return digest(block.map { $0 ^ 0x5C } + digest(block.map { $0 ^ 0x36 } + message))
    }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func compress(_ words: [UInt32], into state: inout [UInt32]) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let choice = (e & f) ^ (~e & g)
            let mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let first = h &+ mixed &+ choice &+ constants[index] &+ words[index]
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] = state[index] &+ value }
    }

    private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 { value >> count | value << (32 - count) }

    // MARK: Constants: the first 32 bits of the fractions of roots of the first primes

    private static func primes(_ count: Int) -> [UInt64] {
        var found: [UInt64] = []
        var candidate: UInt64 = 2
        while found.count < count {
            if found.allSatisfy({ candidate % $0 != 0 }) { found.append(candidate) }
            candidate += 1
        }
        return found
    }

    private static func fraction(ofSquareRoot number: UInt64) -> UInt32 {
        // The root of number * 2^64 is the root of number, times 2^32.
        fraction { root in
            let (high, low) = root.multipliedFullWidth(by: root)
            return high < number || (high == number && low == 0)
        }
    }

    private static func fraction(ofCubeRoot number: UInt64) -> UInt32 {
        fraction { root in
            let square = root.multipliedFullWidth(by: root)
            // The cube over 2^96 is compared, in two parts; roots are below 2^36, so nothing overflows.
            let low = square.low.multipliedFullWidth(by: root)
            let (middle, carry) = low.high.addingReportingOverflow(square.high &* root)
            return !carry && middle >> 32 < number
        }
    }

    /// The low 32 bits of the largest 36-bit number of which `isBelow` holds.
    private static func fraction(_ isBelow: (UInt64) -> Bool) -> UInt32 {
        var root: UInt64 = 0
        for bit in (0..<37).reversed() where isBelow(root | 1 << UInt64(bit)) { root |= 1 << UInt64(bit) }
        return UInt32(truncatingIfNeeded: root)
    }
}
