import Dialects
import Runtime

/// One leg of a plan and what this request has seen of it.
struct FailoverCandidate: Sendable {
    enum State: Sendable {
        /// Can move to skipped or failed.
        case untried
        /// It could not be tried; can move to failed when it is tried later.
        case skipped(LegRefusal)
        /// Its latest attempt failed; stays so.
        case failed(FailedAttempt)
    }

    /// A leg's latest failure.
    struct FailedAttempt: Sendable {
        let failure: Failure
        let verdict: Verdict
        /// Why the backend had no other key then; nil if it had one.
        let shortage: KeyPool.Shortage?
        let time: MonotonicInstant
        /// The number of the request's attempt.
        let number: Int
        /// Set once the leg's breaker refused another try: the soonest moment at which it may be tried.
        var breakerOpen: MonotonicInstant?
    }

    /// As it stands where it was taken last.
    var leaf: Leaf
    /// The context window in tokens, where it is known.
    let window: Int?
    var state = State.untried
    /// By when the leg must have output, set when it is first tried: later attempts have what is left.
    var deadline: OutputDeadline?

    /// How long the leg has to be left alone before it is tried again, and when it was tried last; nil if for good.
    func waitUntilAgain(at now: MonotonicInstant, backoff: Duration) -> (wait: Duration, attempt: Int)? {
        switch state {
        case .untried, .skipped(.key(.disabled)), .skipped(.key(.missing)): nil
        // Not waited for, however short: all who waited would come at one moment, and one of them is let through.
        case .skipped(.breakerOpen), .skipped(.busy): nil
        // It has not been tried, so whatever was tried in its stead is waited for.
        case .skipped(.retryBudget): nil
        case .skipped(.key(.coolingDown(let until))): (max(until - now, .zero), 0)
        case .failed(let attempt): attempt.waitUntilAgain(at: now, backoff: backoff).map { ($0, attempt.number) }
        }
    }
}

extension FailoverCandidate.FailedAttempt {
    /// How long the provider asked to be left alone.
    private var statedWait: Duration? {
        failure.retryAfter.flatMap { $0 > .zero ? $0 : nil }
    }

    fileprivate func waitUntilAgain(at now: MonotonicInstant, backoff: Duration) -> Duration? {
        if breakerOpen != nil { return nil }
        switch (verdict.recovery, shortage) {
        case (.surface, _), (.abandon, _), (.largerWindow, _), (.nextKey, .disabled), (.nextKey, .missing):
            return nil
        case (.nextKey, .coolingDown(let until)) where statedWait != nil || verdict.keyEffect == .disable:
            return max(until - now, .zero)
        case (.nextKey, _), (.otherLeg, _):
            return statedWait.map { max(time + $0 - now, .zero) } ?? backoff
        }
    }

    /// How long a client should leave the leg alone: until its first key is back, else as the provider said.
    func retryAfter(at now: MonotonicInstant) -> Duration? {
        if let breakerOpen { return LegRefusal.breakerOpen(until: breakerOpen).retryAfter(at: now) }
        if verdict.recovery == .nextKey, case .coolingDown(let until) = shortage { return max(until - now, .zero) }
        return statedWait.map { max(time + $0 - now, .zero) }
    }
}
