import Dialects
import Runtime

/// Decides who fetches a backend's access token, and who waits for it: at most one fetch is under way.
///
/// A pure value: time is an argument, and waiters are whatever the caller tells them by.
struct AccessTokenMachine<Waiter> {
    /// What one who asks for a token does.
    enum Action {
        case use(AccessToken)
        /// Fetch one, and report how that came out.
        case fetch
        /// Wait until told, then ask again.
        case wait
    }

    /// How long after a failed renewal a token that is still good is used without another try.
    static var renewalPause: Duration { .seconds(30) }

    private(set) var token: AccessToken?
    /// What the next fetch has to replace: the token that is due, or that was refused last; nil before there was any.
    private(set) var outgoing: AccessToken?
    /// Why the credentials were refused when a token was last asked for; nil once one has come.
    private var credentialsRefusal: Failure?
    /// Why the provider refused a token that was new; nil once it has taken one.
    private var tokenRefusal: Failure?
    private var isFetching = false
    private var waiters: [Waiter] = []
    private var renewalAllowed: MonotonicInstant?

    /// Someone needs a token; the waiter is kept only if the answer is to wait.
    mutating func asked(at now: MonotonicInstant, _ waiter: @autoclosure () -> Waiter) -> Action {
        if let token, token.expiry.map({ now < $0 }) ?? true {
            let isDue = token.renewal.map { now >= $0 } ?? false
            let mayRenew = !isFetching && (renewalAllowed.map { now >= $0 } ?? true)
            guard isDue, mayRenew else { return .use(token) }
            isFetching = true
            outgoing = token
            return .fetch
        }
        guard !isFetching else {
            waiters.append(waiter())
            return .wait
        }
        if let token { outgoing = token }
        isFetching = true
        return .fetch
    }

    /// A token has come; returns those who may ask again.
    mutating func fetched(_ token: AccessToken) -> [Waiter] {
        self.token = token
        credentialsRefusal = nil
        renewalAllowed = nil
        return endFetch()
    }

    /// There is no token; returns those who get the failure, and the old token where it is still good.
    mutating func failed(
        _ failure: Failure, at now: MonotonicInstant
    ) -> (waiters: [Waiter], fallback: AccessToken?) {
        renewalAllowed = now + Self.renewalPause
        if failure.kind == .authentication { credentialsRefusal = failure }
        return (endFetch(), usableToken(at: now))
    }

    /// Who fetched was called off; returns those who may ask again, the first of whom then fetches.
    mutating func abandoned() -> [Waiter] { endFetch() }

    /// The provider refused a token; a newer one stays.
    mutating func refused(_ refused: AccessToken) {
        guard token?.value == refused.value else { return }
        outgoing = token
        token = nil
    }

    /// The provider refused a token that had just replaced another one.
    mutating func refusedAgain(_ failure: Failure) {
        tokenRefusal = failure
    }

    /// The provider took a token.
    mutating func accepted() {
        tokenRefusal = nil
    }

    /// Why requests cannot be authenticated, as far as the last ones have shown; nil where they can.
    func refusal(at now: MonotonicInstant) -> Failure? {
        usableToken(at: now) == nil ? credentialsRefusal ?? tokenRefusal : tokenRefusal
    }

    private func usableToken(at now: MonotonicInstant) -> AccessToken? {
        token.flatMap { token in token.expiry.map { now < $0 } ?? true ? token : nil }
    }

    private mutating func endFetch() -> [Waiter] {
        isFetching = false
        defer { waiters = [] }
        return waiters
    }
}
