import Runtime
import Transport

/// One attempt's way to an access token: its place in the queue, and the token that it got.
///
/// Belongs to the attempt's loop.
final class TokenTurn {
    private var notice: OneShot<AccessTokens.Notice>?
    private var isOver = false
    private var token: AccessToken?
    /// Whether the provider has refused a token already: another one is tried once.
    private var hasRenewed = false

    /// Gets a token; ends with `calledOff` when `end` is called before there is one.
    func take(
        from tokens: AccessTokens, with client: HTTPClient, as opening: HTTPClientOpening?
    ) async throws(AccessTokens.Shortage) {
        token = try await tokens.token(from: client, as: opening, self)
        if isOver { throw .calledOff }
    }

    /// What the request authenticates itself with; nothing where its backend has no tokens.
    var fields: [(name: String, value: String)] {
        guard let token else { return [] }
        let account = token.account.map { [(CodexHeaders.account, $0)] } ?? []
        return [("Authorization", "Bearer \(token.value.reveal())")] + account
    }

    /// Whether a refused request is sent once more with another token; notes what the status says of the token.
    func renews(after status: Int, with tokens: AccessTokens?, at now: MonotonicInstant) -> Bool {
        guard let tokens, let token else { return false }
        if (200...299).contains(status) { tokens.accepted() }
        if hasRenewed {
            // 403 may be about something else.
            if status == 401 { tokens.refusedAgain(with: status) }
            return false
        }
        guard tokens.refused(token, with: status, at: now) else { return false }
        hasRenewed = true
        return true
    }

    /// The attempt is about to wait.
    func begin(_ notice: OneShot<AccessTokens.Notice>) {
        self.notice = notice
        if isOver { notice.fulfil(.calledOff) }
    }

    /// Ends the wait: the request was called off, or its time is over.
    func end() {
        isOver = true
        notice?.fulfil(.calledOff)
    }
}
