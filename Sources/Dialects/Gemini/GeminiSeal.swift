/// Seals of reasoning as `thoughtSignature`, which is bytes in base64 here: the SDKs decode it.
///
/// A seal of another dialect is shown as the base64 of its marked form (see `ReasoningSeal`), and known again when it
/// comes back, in the standard alphabet or the one for URLs, which Google's Python client uses.
enum GeminiSeal {
    /// What every marked seal begins with in base64: `lip1`, whose last byte shows only in part.
    private static let markedPrefix = "bGlwM"
    private static let mark = "lip1:"

    /// The seal as a client of this dialect gets it.
    static func shown(_ seal: ReasoningSeal) -> String {
        seal.issuer == .gemini ? seal.text : encoded(Array(seal.shown(in: .gemini).utf8))
    }

    /// Reads a seal that a client of this dialect sent.
    static func read(_ text: String) -> ReasoningSeal {
        guard isMarked(text) else { return ReasoningSeal(issuer: .gemini, text: text) }
        return ReasoningSeal(decoded(text) ?? text, sentIn: .gemini)
    }

    /// Whether the seal was shown here for another dialect.
    static func isMarked(_ text: String) -> Bool {
        text.utf8.starts(with: markedPrefix.utf8) && decoded(text)?.utf8.starts(with: mark.utf8) ?? false
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func encoded(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            output.append(alphabet[Int(group >> 18 & 63)])
            output.append(alphabet[Int(group >> 12 & 63)])
            output.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            output.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes as text; nil where the input is not base64 of either alphabet.
    private static func decoded(_ text: String) -> String? {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count / 4 * 3)
        var (group, bits) = (UInt32(0), 0)
        for byte in text.utf8 where byte != UInt8(ascii: "=") {
            guard let value = value(of: byte) else { return nil }
            group = group << 6 | value
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            output.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            group &= (1 << UInt32(bits)) - 1
        }
        return String(validating: output, as: UTF8.self)
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
