import Runtime

/// Decides how a login comes to an access token that is good: by what its file holds now, or by a renewal.
///
/// A pure value. Refresh tokens are good once, and the file is shared with whoever else uses the login: what another
/// program has renewed is taken from there, and a refresh token that was refused is not sent again.
struct CodexRenewalMachine {
    enum Step {
        case use(AccessToken)
        /// Send this refresh token.
        case refresh(Secret)
        /// Only the person can help.
        case logInAgain(reason: String)
    }

    /// The refresh token in the file that was used without the file learning of it, and what came for it.
    private var replaced: (from: Secret, to: Secret)?
    private var refused: (token: Secret, reason: String)?

    /// What the file says now; `outgoing` is the access token that is due or was refused.
    func step(
        _ file: CodexLoginFile, outgoing: Secret?, at time: Int64, _ now: MonotonicInstant, account: String?
    ) -> Step {
        let isOutdated = replaced != nil && replaced?.from == file.refreshToken
        if !isOutdated, file.accessToken != outgoing, let token = file.token(at: time, now, account: account) {
            return .use(token)
        }
        guard let token = isOutdated ? replaced?.to : file.refreshToken else {
            return .logInAgain(reason: "its access token is no longer good, and there is no refresh token")
        }
        if let refused, refused.token == token { return .logInAgain(reason: refused.reason) }
        return .refresh(token)
    }

    /// The token endpoint refused a refresh token.
    mutating func refused(_ token: Secret, reason: String) {
        refused = (token, reason)
    }

    /// A refresh token was used; `isWritten` if the file holds what came for it.
    mutating func renewed(_ file: CodexLoginFile, with token: Secret, next: Secret?, isWritten: Bool) {
        replaced = isWritten ? nil : file.refreshToken.map { ($0, next ?? token) }
    }
}
