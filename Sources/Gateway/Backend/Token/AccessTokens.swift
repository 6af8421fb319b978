import Dialects
import Runtime
import Transport

/// A backend's access token: fetched by the first request that needs one, kept, and renewed before it ends.
///
/// Shared by all loops. One request at a time fetches, with its own loop's client; others wait for it without holding a
/// loop up, or go on with a token that is still good. When the one that fetches is called off, the next one does it.
final class AccessTokens: Sendable {
    /// What one who waits is told.
    enum Notice: Sendable {
        case askAgain
        case failed(Failure)
        case calledOff
    }

    /// Why there is no token.
    enum Shortage: Error {
        case failed(Failure)
        case calledOff
    }

    /// The longest answer of a token endpoint, in bytes.
    static let answerBytesMax = 64 << 10
    /// How long a 403 is not taken for the refusal of a token that a renewal brought.
    private static let renewalPause = Duration.seconds(60)
    static let timeouts = HTTPClientTimeouts(
        connect: .seconds(10), head: .seconds(20), idle: .seconds(20), total: .seconds(30))

    private let backend: String
    private let source: TokenSource
    private let state = Locked(AccessTokenMachine<OneShot<Notice>>())
    /// Who renews a login; nil where whoever needs a token gets it.
    let login: CodexRenewal?

    init(_ source: TokenSource, of backend: String) {
        self.source = source
        self.backend = backend
        login = if case .codex(let login) = source { CodexRenewal(login, of: backend) } else { nil }
    }

    /// What must not be shown.
    var secrets: [Secret] { source.secrets + (login?.secrets ?? []) }

    /// A token that is good now; called on the client's loop.
    ///
    /// - Parameters:
    ///   - opening: Calls the fetch off, if it is this caller's.
    ///   - turn: Calls the wait off.
    func token(
        from client: HTTPClient, as opening: HTTPClientOpening?, _ turn: TokenTurn
    ) async throws(Shortage) -> AccessToken {
        while true {
            let notice = OneShot<Notice>()
            turn.begin(notice)
            var action = state.withLock { $0.asked(at: client.loop.now, notice) }
            if let login, case .fetch = action {
                // Before the renewal can end: the old token is good for a while yet, or the one to come is waited for.
                action = state.withLock { $0.asked(at: client.loop.now, notice) }
                guard login.ask() else {
                    tell(state.withLock { $0.abandoned() }, .calledOff)
                    throw .calledOff
                }
            }
            switch action {
            case .use(let token): return token
            case .fetch: return try await fetch(from: client, as: opening)
            case .wait:
                switch await notice.wait() {
                case .askAgain: continue
                case .failed(let failure): throw .failed(failure)
                case .calledOff, nil: throw .calledOff
                }
            }
        }
    }

    /// The provider answered a token with a status: where that refuses the token, the next one who asks gets another.
    ///
    /// One that a renewal brought a moment ago is not what 403 is about.
    func refused(_ token: AccessToken, with status: Int, at now: MonotonicInstant) -> Bool {
        guard source.refusesToken(status) else { return false }
        if status == 403, let renewed = token.renewed, now < renewed + Self.renewalPause { return false }
        state.withLock { $0.refused(token) }
        return true
    }

    /// The provider refused a token that it was sent in place of another one.
    func refusedAgain(with status: Int) {
        let words = "the provider refused a new token as well (\(status))"
        state.withLock { $0.refusedAgain(Failure(.authentication, words, side: .provider, providerStatus: status)) }
    }

    /// The provider took a token.
    func accepted() {
        state.withLock { $0.accepted() }
    }

    /// Why the login cannot be used, as far as the last requests have shown; nil where it can, or where there is none.
    func loginRefusal(at now: MonotonicInstant) -> Failure? {
        login == nil ? nil : state.withLock { $0.refusal(at: now) }
    }

    /// Renews the login for all who wait; called by the service alone.
    func renew(with client: HTTPClient, on files: BlockingExecutor) async -> CodexRenewal.Outcome {
        guard let login else { preconditionFailure("the backend \(backend) has no login") }
        let outcome = await login.renew(state.withLock { $0.outgoing }, with: client, on: files)
        switch outcome {
        case .token(let token, _): tell(state.withLock { $0.fetched(token) }, .askAgain)
        case .failed(let failure):
            let (waiters, fallback) = state.withLock { $0.failed(failure, at: client.loop.now) }
            tell(waiters, fallback == nil ? .failed(failure) : .askAgain)
        case .calledOff: tell(state.withLock { $0.abandoned() }, .calledOff)
        }
        return outcome
    }

    private func fetch(
        from client: HTTPClient, as opening: HTTPClientOpening?
    ) async throws(Shortage) -> AccessToken {
        do throws(Shortage) {
            let token = try await fetched(from: client, as: opening)
            tell(state.withLock { $0.fetched(token) }, .askAgain)
            return token
        } catch {
            switch error {
            case .failed(let failure):
                let (waiters, fallback) = state.withLock { $0.failed(failure, at: client.loop.now) }
                tell(waiters, fallback == nil ? .failed(failure) : .askAgain)
                if let fallback { return fallback }
            case .calledOff:
                tell(state.withLock { $0.abandoned() }, .askAgain)
            }
            throw error
        }
    }

    private func tell(_ waiters: [OneShot<Notice>], _ notice: Notice) {
        for waiter in waiters { waiter.fulfil(notice) }
    }

    private func fetched(
        from client: HTTPClient, as opening: HTTPClientOpening?
    ) async throws(Shortage) -> AccessToken {
        guard let grant = source.grant(at: Timestamp.now().unixSeconds) else {
            throw .failed(Failure(.internalError, "the credentials of \(backend) cannot sign"))
        }
        let request = HTTPClientRequest(
            url: grant.url, headers: [("Content-Type", grant.contentType), ("Accept", "application/json")],
            body: grant.body, timeouts: Self.timeouts)
        let status: Int
        let body: [UInt8]
        do {
            let response = try await client.open(request, as: opening)
            status = response.status
            body = try await response.readAll(upTo: Self.answerBytesMax)
        } catch {
            guard let failure = Failure(error, backend: "\(backend) (its token endpoint)", hasAnswered: false)
            else { throw .calledOff }
            throw .failed(failure)
        }
        guard (200...299).contains(status) else { throw .failed(refusal(status, body)) }
        guard let token = TokenAnswer(body) else {
            throw .failed(Failure(.invalidResponse, "the token endpoint of \(backend) answered without a token"))
        }
        return token.accessToken(at: client.loop.now)
    }

    /// What a token endpoint's error is to the request: credentials that are not taken, or a provider in trouble.
    private func refusal(_ status: Int, _ body: [UInt8]) -> Failure {
        let said = ProviderErrorReader.failure(status: status, body: body)
        let isFinal = (400..<500).contains(status) && status != 408 && status != 429
        return Failure(
            isFinal ? .authentication : .unavailable,
            "the token endpoint of \(backend) answered \(status): \(said.message)",
            side: .provider, providerStatus: status)
    }
}
