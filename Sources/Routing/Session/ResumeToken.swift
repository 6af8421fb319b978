import Runtime

/// What proves that a client may go on with a session: 48 random bytes, in text 64 characters of base64url.
///
/// The first 16 bytes only find the session, the other 32 are the secret and are compared in constant time: so neither a
/// look-up nor a comparison takes a time that tells of the secret. It prints as `<redacted>`.
package struct ResumeToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The characters of a token.
    package static let textCount = 64
    private static let wordCount = 6

    /// What a table finds a session by; no secret.
    struct Locator: Hashable, Sendable {
        let high: UInt64
        let low: UInt64
    }

    private let words: [UInt64]

    /// Draws a token from the kernel.
    package init() {
        words = SecureRandom.words(Self.wordCount)
    }

    /// Reads a token as `reveal` writes it; nil for anything else.
    package init?(_ text: some Collection<UInt8>) {
        guard text.count == Self.textCount else { return nil }
        var words: [UInt64] = []
        words.reserveCapacity(Self.wordCount)
        // Of 32 characters come 24 bytes, three words.
        var word: UInt64 = 0
        var bitCount = 0
        for character in text {
            guard let sextet = Self.value(character) else { return nil }
            let missing = 64 - bitCount
            if missing > 6 {
                word = word << 6 | sextet
                bitCount += 6
            } else {
                words.append(word << UInt64(missing) | sextet >> UInt64(6 - missing))
                bitCount = 6 - missing
                word = sextet & ((1 << UInt64(bitCount)) - 1)
            }
        }
        self.words = words
    }

    var locator: Locator { Locator(high: words[0], low: words[1]) }

    /// Whether the secrets are equal, in a time that is always the same.
    func matches(_ other: ResumeToken) -> Bool {
        var difference: UInt64 = 0
        for index in 2..<Self.wordCount { difference |= words[index] ^ other.words[index] }
        return difference == 0
    }

    /// The token as the client gets it: for the one place that sends it.
    package func reveal() -> String {
        var text: [UInt8] = []
        text.reserveCapacity(Self.textCount)
        for index in 0..<Self.textCount {
            let bit = index * 6
            let (word, offset) = (bit / 64, bit % 64)
            var sextet = (words[word] << UInt64(offset)) >> 58
            if offset > 58 { sextet |= words[word + 1] >> UInt64(122 - offset) }
            text.append(Self.character(sextet))
        }
        return String(decoding: text, as: UTF8.self)
    }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    /// Hides the words from `dump`.
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }

    // RFC 4648, section 5: the alphabet that is safe in URLs and file names.

    private static func value(_ character: UInt8) -> UInt64? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    private static func character(_ value: UInt64) -> UInt8 {
        let value = UInt8(value)
        return switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "-")
        default: UInt8(ascii: "_")
        }
    }
}
