import Runtime
import Transport

/// What the token endpoint of a ChatGPT login answers: with the access token the next refresh token, each good once.
struct CodexTokenAnswer {
    let token: TokenAnswer
    let refreshToken: Secret?
    let idToken: Secret?

    /// Reads the answer; nil where there is no token in it.
    init?(_ body: [UInt8]) {
        guard let token = TokenAnswer(body), let root = (try? JSONDocument(parsing: body))?.root else { return nil }
        self.token = token
        func secret(_ name: StaticString) -> Secret? {
            root[name]?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
        }
        refreshToken = secret("refresh_token")
        idToken = secret("id_token")
    }

    /// The access token, at a time in seconds since 1970; it tells itself when it ends, or the answer does.
    func accessToken(at time: Int64, _ now: MonotonicInstant, account: String?) -> AccessToken {
        let claims = JSONWebToken(token.value)
        var access =
            claims?.expiry.map {
                AccessToken(Secret(token.value), lifetime: .seconds(max(1, $0 - time)), from: now)
            } ?? token.accessToken(at: now)
        access.account =
            account ?? idToken.flatMap { JSONWebToken($0.reveal())?.chatGPTAccount } ?? claims?.chatGPTAccount
        access.renewed = now
        return access
    }
}
