/// Makes text from elsewhere fit to be shown: bounded, without control bytes, without what looks like a secret.
package enum SafeText {
    /// What stands in the place of a secret.
    package static let redacted = "<redacted>"

    /// Returns the text without secrets and control characters, cut to `bytesMax` bytes of UTF-8 (and an ellipsis).
    package static func message(_ text: String, bytesMax: Int) -> String {
        message(utf8: Array(text.utf8.prefix(bytesMax + lookAheadBytes)), bytesMax: bytesMax)
    }

    /// Returns the bytes as text without secrets and control characters, cut to `bytesMax` bytes (and an ellipsis).
    ///
    /// Bytes that are not UTF-8 become replacement characters.
    package static func message(utf8 source: [UInt8], bytesMax: Int) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(source.count, bytesMax + lookAheadBytes))
        var index = 0
        while index < source.count, bytes.count <= bytesMax {
            if let end = secretEnd(in: source, at: index) {
                bytes.append(contentsOf: redacted.utf8)
                index = end
                continue
            }
            let byte = source[index]
            bytes.append(byte < 0x20 || byte == 0x7F ? UInt8(ascii: " ") : byte)
            index += 1
        }
        guard bytes.count > bytesMax else { return String(decoding: bytes, as: UTF8.self) }
        var end = bytesMax
        while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self) + "…"
    }

    /// How far beyond the bound the source is read, so that a secret at the bound is still recognised.
    private static let lookAheadBytes = 512

    /// Beginnings of keys that providers issue, with the fewest bytes that follow in a real one.
    private static let keyPrefixes: [(prefix: [UInt8], least: Int)] = [
        ("sk-", 8), ("pk-", 8), ("rk-", 8), ("sk_", 8), ("gsk_", 8), ("xai-", 8), ("AIza", 16), ("AKIA", 12),
        ("ASIA", 12), ("hf_", 8), ("nvapi-", 8), ("r8_", 8), ("pplx-", 8), ("ghp_", 8), ("gho_", 8), ("github_pat_", 8),
        ("glpat-", 8), ("xoxb-", 8), ("xoxp-", 8), ("ya29.", 8), ("eyJ", 24), ("fw_", 12), ("csk-", 8), ("tgp_", 8),
    ].map { (Array($0.0.utf8), $0.1) }

    /// Words after which a secret stands, in lower case, with the fewest bytes that count as one: a word such as
    /// `authentication` may well follow `bearer`.
    private static let introducers: [(word: [UInt8], least: Int)] = [
        ("bearer ", 16), ("basic ", 16), ("api_key=", 8), ("api-key=", 8), ("apikey=", 8), ("api_key:", 8),
        ("api-key:", 8), ("apikey:", 8), ("token=", 8), ("secret=", 8), ("password=", 8), ("key=", 8),
    ].map { (Array($0.0.utf8), $0.1) }

    /// The end of the secret that starts at `index`, or nil where none does.
    private static func secretEnd(in bytes: [UInt8], at index: Int) -> Int? {
        if index > 0, isTokenByte(bytes[index - 1]) { return addressCredentialsEnd(in: bytes, at: index) }
        for (prefix, least) in keyPrefixes where starts(bytes, at: index, with: prefix) {
            let end = tokenEnd(in: bytes, from: index + prefix.count)
            if end - index - prefix.count >= least { return end }
        }
        for (word, least) in introducers where follows(bytes, before: index, lowercase: word) {
            let end = tokenEnd(in: bytes, from: index)
            if end - index >= least { return end }
        }
        return addressCredentialsEnd(in: bytes, at: index)
    }

    /// The end of `user:password` in `scheme://user:password@host`, where it starts at `index`.
    private static func addressCredentialsEnd(in bytes: [UInt8], at index: Int) -> Int? {
        guard index >= 3, follows(bytes, before: index, lowercase: Array("://".utf8)) else { return nil }
        var end = index
        while end < bytes.count, end - index < 256 {
            switch bytes[end] {
            case UInt8(ascii: "@"): return end > index ? end : nil
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "\""), 0...0x20: return nil
            default: end += 1
            }
        }
        return nil
    }

    private static func starts(_ bytes: [UInt8], at index: Int, with prefix: [UInt8]) -> Bool {
        guard bytes.count - index >= prefix.count, bytes[index] == prefix[0] else { return false }
        for offset in prefix.indices where bytes[index + offset] != prefix[offset] { return false }
        return true
    }

    /// Whether `lowercase` stands right before `index`, in any case.
    private static func follows(_ bytes: [UInt8], before index: Int, lowercase word: [UInt8]) -> Bool {
        guard index >= word.count else { return false }
        for offset in word.indices {
            let byte = bytes[index - word.count + offset]
            let folded = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
            if folded != word[offset] { return false }
        }
        return true
    }

    private static func tokenEnd(in bytes: [UInt8], from start: Int) -> Int {
        var end = start
        while end < bytes.count, isTokenByte(bytes[end]) || bytes[end] == UInt8(ascii: "*") { end += 1 }
        return end
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
