import Runtime
import Transport

/// Where a ChatGPT login is kept, and how it is renewed: the file that `codex login` writes.
///
/// Source: OpenAI's client, github.com/openai/codex, `codex-rs/login/src/auth/storage.rs` and `manager.rs`.
package struct CodexLogin: Sendable {
    /// The file's path.
    package let path: String
    /// Where access tokens are renewed; https, or http on a loopback address.
    package let tokenURL: String
    /// Whether renewed tokens are kept in memory only, and the file is left as it is.
    package let isReadOnly: Bool
    /// The account, where the configuration names it.
    package let accountID: String?

    package static let tokenURLUnlessSaid = "https://auth.openai.com/oauth/token"
    /// The longest file that is read, in bytes.
    package static let fileBytesMax = 64 << 10
    /// The public id of OpenAI's client, whose logins these are.
    private static let clientID = "app_EMoamEEZ73f0CkXaXp7hrann"

    package init(
        path: String, tokenURL: String = CodexLogin.tokenURLUnlessSaid, isReadOnly: Bool = false,
        accountID: String? = nil
    ) {
        self.path = path
        self.tokenURL = tokenURL
        self.isReadOnly = isReadOnly
        self.accountID = accountID
    }

    /// The request for another access token (RFC 6749, 6).
    func grant(_ refreshToken: Secret) -> TokenSource.Grant {
        let form = [
            ("grant_type", "refresh_token"), ("client_id", Self.clientID), ("refresh_token", refreshToken.reveal()),
        ]
        let text = form.map { "\($0.0)=\(PercentEncoding.segment($0.1))" }.joined(separator: "&")
        return TokenSource.Grant(url: tokenURL, body: Array(text.utf8))
    }

    /// Why an address cannot be a token endpoint; nil where it can.
    package static func refusal(ofTokenURL text: String) -> String? {
        do {
            let url = try UpstreamURL(text)
            guard url.isEncrypted || ServerAddress(host: url.host, port: 0).isLoopback else {
                return "http is taken for a loopback address only"
            }
            return nil
        } catch {
            return error.message
        }
    }
}
