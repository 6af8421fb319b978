import Transport

/// What a JSON web token says (RFC 7519); its signature is the issuer's and the receiver's affair, and is not checked.
struct JSONWebToken {
    /// When it ends, in seconds since 1970 (`exp`).
    let expiry: Int64?
    /// The ChatGPT account that it stands for.
    ///
    /// Source: OpenAI's client, github.com/openai/codex, `codex-rs/login/src/token_data.rs`.
    let chatGPTAccount: String?

    /// The last moment that is believed, some 34,000 years from now.
    private static let expiryMax = Double(UInt64(1) << 40)

    /// Reads a token; nil for what is none.
    init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let claims = Base64URL.decode(parts[1]),
            let root = (try? JSONDocument(parsing: claims))?.root, root.isObject
        else { return nil }
        expiry = root["exp"]?.double.flatMap { (0...Self.expiryMax).contains($0) ? Int64($0) : nil }
        let account = root["https://api.openai.com/auth"]?["chatgpt_account_id"]?.string
        chatGPTAccount = account.flatMap { $0.isEmpty || !$0.utf8.allSatisfy(Self.isVisible) ? nil : $0 }
    }

    /// Whether a byte may stand in an id that goes into a header.
    static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}
