import Runtime
import Synchronization

/// One upstream target, a model at a backend: what is in flight there, how it has fared, and whether it may be tried.
///
/// An actor, since requests on every loop meet here; a call from a loop runs on that loop. Its backend's keys are shared
/// with the other legs of the backend.
package actor Leg {
    /// How an attempt ended.
    package enum Ending: Sendable {
        case succeeded
        case failed(Verdict)
        /// The client left, or another leg won.
        case cancelled
    }

    /// An attempt that has begun; it is handed back when it ends.
    package struct Admission: Sendable {
        /// The key to begin with; nil where none is needed.
        package let lease: KeyPool.Lease?
        /// What the attempt's beginning changed about the breaker.
        package let transition: CircuitBreaker.Transition?
        fileprivate let begun: MonotonicInstant
        /// Nil where no breaker watches.
        fileprivate let pass: CircuitBreaker.Pass?
    }

    package nonisolated let id: LegID
    package nonisolated let keys: BackendKeys
    /// Whether failures are held against the leg, for the registry, which forgets such legs last.
    package nonisolated let isTroubled = Atomic(false)
    private var breaker: CircuitBreaker?
    private var inFlightCount = 0
    private var counters = LegCounters()
    private var lastBegun: MonotonicInstant?
    private var firstOutputs = DecayingQuantiles()
    private var durations = DecayingQuantiles()

    /// - Parameter breaker: When the leg is left alone after failures; nil is never.
    package init(id: LegID, keys: BackendKeys, breaker: CircuitBreaker.Settings? = nil) {
        self.id = id
        self.keys = keys
        self.breaker = breaker.map { CircuitBreaker($0) }
    }

    /// Begins an attempt with one of the backend's keys; every attempt that begins must be ended once.
    ///
    /// - Parameter lastResort: Whether a key that rests by lip's own guess may be used.
    /// - Throws: Why it may not begin; it has then not begun.
    package func begin(at now: MonotonicInstant, lastResort: Bool = false) throws(LegRefusal) -> Admission {
        // Asked before the key and passed after it: a probe's place must not be taken by an attempt without a key.
        try askBreaker(at: now)
        let lease: KeyPool.Lease?
        do throws(KeyPool.Shortage) {
            lease = try keys.lease(at: now, lastResort: lastResort)
        } catch {
            throw .key(error)
        }
        return admit(lease, at: now)
    }

    /// Why an attempt could not begin now; nil if it could.
    ///
    /// Nothing is taken or counted by asking.
    package func refusal(at now: MonotonicInstant) -> LegRefusal? {
        if let until = breaker?.refusal(at: now) { return .breakerOpen(until: until) }
        do throws(KeyPool.Shortage) {
            _ = try keys.lease(at: now)
            return nil
        } catch {
            return .key(error)
        }
    }

    /// Begins an attempt with the client's own key.
    ///
    /// - Throws: That the leg is left alone.
    package func beginWithClientKey(at now: MonotonicInstant) throws(LegRefusal) -> Admission {
        try askBreaker(at: now)
        return admit(nil, at: now)
    }

    /// Goes on with the backend's next key in the same attempt, after ``keyFailed(_:_:retryAfter:at:)`` said that there is one.
    ///
    /// - Throws: Why there is none any more: other requests use the same keys.
    package func nextKey(at now: MonotonicInstant) throws(KeyPool.Shortage) -> KeyPool.Lease? {
        let lease = try keys.lease(at: now)
        counters.keyChangeCount += 1
        return lease
    }

    /// Notes what a failure means for the key that was used; returns why no key may be used now, nil if one may.
    package func keyFailed(
        _ lease: KeyPool.Lease, _ effect: Verdict.KeyEffect, retryAfter: Duration?, at now: MonotonicInstant
    ) -> KeyPool.Shortage? {
        keys.failed(lease, effect, retryAfter: retryAfter, at: now)
    }

    /// Notes that a streamed attempt has its first output; call it at most once, before the attempt's end.
    ///
    /// - Returns: What that changed about the breaker.
    package func committed(_ admission: Admission, at now: MonotonicInstant) -> CircuitBreaker.Transition? {
        firstOutputs.observe(now - admission.begun, at: now)
        guard let pass = admission.pass else { return nil }
        return breaker?.committed(pass)
    }

    /// Ends an attempt.
    ///
    /// - Parameter lease: The key that it used last.
    /// - Returns: What that changed about the breaker.
    package func end(
        _ ending: Ending, _ admission: Admission, with lease: KeyPool.Lease?, at now: MonotonicInstant
    ) -> CircuitBreaker.Transition? {
        precondition(inFlightCount > 0, "an attempt at \(id) ended that never began")
        inFlightCount -= 1
        switch ending {
        case .succeeded:
            counters.succeededCount += 1
            counters.consecutiveFailureCount = 0
            durations.observe(now - admission.begun, at: now)
            if let lease { keys.succeeded(lease) }
        case .cancelled:
            counters.cancelledCount += 1
        case .failed(let verdict):
            counters.failedCount += 1
            if verdict.sort == .rateLimit { counters.rateLimitedCount += 1 }
            if verdict.sort == .timeout { counters.timedOutCount += 1 }
            if verdict.countsAgainstLeg { counters.consecutiveFailureCount += 1 }
        }
        return judge(ending, admission, at: now)
    }

    package func snapshot(at now: MonotonicInstant) -> LegSnapshot {
        var snapshot = LegSnapshot(
            id: id, inFlightCount: inFlightCount, counters: counters, lastBegun: lastBegun, keys: keys.states(at: now))
        snapshot.breaker = breaker?.state(at: now)
        snapshot.firstOutput = LatencySummary(firstOutputs)
        snapshot.duration = LatencySummary(durations)
        return snapshot
    }

    /// How the breaker stands; nil if none watches.
    package func breakerState(at now: MonotonicInstant) -> CircuitBreaker.State? {
        breaker?.state(at: now)
    }

    private func askBreaker(at now: MonotonicInstant) throws(LegRefusal) {
        guard let until = breaker?.refusal(at: now) else { return }
        counters.refusedCount += 1
        throw .breakerOpen(until: until)
    }

    private func admit(_ lease: KeyPool.Lease?, at now: MonotonicInstant) -> Admission {
        inFlightCount += 1
        counters.begunCount += 1
        lastBegun = now
        let (pass, transition) = breaker?.admitted(at: now) ?? (nil, nil)
        return Admission(lease: lease, transition: transition, begun: now, pass: pass)
    }

    private func judge(
        _ ending: Ending, _ admission: Admission, at now: MonotonicInstant
    ) -> CircuitBreaker.Transition? {
        guard let pass = admission.pass else { return nil }
        var transition: CircuitBreaker.Transition?
        switch ending {
        case .succeeded: transition = breaker?.succeeded(pass, at: now)
        case .failed(let verdict) where verdict.countsAgainstLeg: transition = breaker?.failed(pass, at: now)
        case .failed, .cancelled: breaker?.endedWithoutEvidence(pass)
        }
        isTroubled.store(breaker?.isUntroubled == false, ordering: .relaxed)
        return transition
    }
}
