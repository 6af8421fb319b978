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
        /// Whether it takes a part of the backend's retry budget.
        package let isRetry: Bool
        fileprivate let begun: MonotonicInstant
        /// Nil where no breaker watches.
        fileprivate let pass: CircuitBreaker.Pass?

        /// The same attempt with another key.
        fileprivate func retried(with lease: KeyPool.Lease?) -> Admission {
            Admission(lease: lease, transition: nil, isRetry: true, begun: begun, pass: pass)
        }
    }

    package nonisolated let id: LegID
    package nonisolated let keys: BackendKeys
    /// What is in flight at the backend, shared with its other legs.
    package nonisolated let load: BackendLoad
    /// The most attempts in flight here; nil is no bound but the backend's.
    package nonisolated let inFlightMax: Int?
    /// Whether failures are held against the leg, for the registry, which forgets such legs last.
    package nonisolated let isTroubled = Atomic(false)
    /// When it was last asked for, in nanoseconds of the monotonic clock, for the registry.
    nonisolated let lastUsed = Atomic<Int64>(0)
    private var breaker: CircuitBreaker?
    private var inFlightCount = 0
    private var counters = LegCounters()
    private var lastBegun: MonotonicInstant?
    private var firstOutputs = DecayingQuantiles()
    private var durations = DecayingQuantiles()
    /// When there was output last, on which ``usualFirstOutput(at:)`` rests.
    private var lastFirstOutput: MonotonicInstant?

    /// The share of its answers that begin within the time that a leg usually takes.
    private static let usualShare = 0.95

    /// The span in which a busy leg is said to have room again, whatever its attempts took so far.
    private static let busyTimes = Duration.seconds(1)...Duration.seconds(60)

    /// - Parameter breaker: When the leg is left alone after failures; nil is never.
    package init(
        id: LegID, keys: BackendKeys, load: BackendLoad = BackendLoad(), inFlightMax: Int? = nil,
        breaker: CircuitBreaker.Settings? = nil
    ) {
        self.id = id
        self.keys = keys
        self.load = load
        self.inFlightMax = inFlightMax
        self.breaker = breaker.map { CircuitBreaker($0) }
    }

    /// Begins an attempt with one of the backend's keys; every attempt that begins must be ended once.
    ///
    /// - Parameters:
    ///   - lastResort: Whether a key that rests by lip's own guess may be used.
    ///   - preferred: The place of the key that is taken if it may be used; nil leaves it to the keys' order.
    ///   - isRetry: Whether the request has tried the backend before.
    /// - Throws: Why it may not begin; it has then not begun.
    package func begin(
        at now: MonotonicInstant, lastResort: Bool = false, preferring preferred: Int? = nil, isRetry: Bool = false
    ) throws(LegRefusal) -> Admission {
        // Asked before the key and passed after it: a probe's place must not be taken by an attempt without a key.
        try askBreaker(at: now)
        try askBound(at: now)
        let lease: KeyPool.Lease?
        do throws(KeyPool.Shortage) {
            lease = try keys.lease(at: now, lastResort: lastResort, preferring: preferred)
        } catch {
            throw .key(error)
        }
        return try admit(lease, isRetry: isRetry, at: now)
    }

    /// Why an attempt could not begin now; nil if it could.
    ///
    /// Nothing is taken or counted by asking.
    package func refusal(at now: MonotonicInstant, isRetry: Bool = false) -> LegRefusal? {
        if let until = breaker?.refusal(at: now) { return .breakerOpen(until: until) }
        if let inFlightMax, inFlightCount >= inFlightMax { return .busy(until: roomExpected(inFlightMax, at: now)) }
        do throws(KeyPool.Shortage) {
            _ = try keys.lease(at: now)
        } catch {
            return .key(error)
        }
        return switch load.refusal(isRetry: isRetry) {
        case .busy: .busy(until: roomExpected(load.inFlightMax ?? 1, at: now))
        case .retryBudget: .retryBudget
        case nil: nil
        }
    }

    /// Begins an attempt with the client's own key.
    ///
    /// - Throws: That the leg is left alone, is busy, or may not be retried.
    package func beginWithClientKey(
        at now: MonotonicInstant, isRetry: Bool = false
    ) throws(LegRefusal) -> Admission {
        try askBreaker(at: now)
        try askBound(at: now)
        return try admit(nil, isRetry: isRetry, at: now)
    }

    /// Goes on with the backend's next key in the same attempt, after ``keyFailed(_:_:retryAfter:at:)`` said that there is one.
    ///
    /// - Parameter admission: What the attempt has; what is returned takes its place, up to the attempt's end.
    /// - Throws: Why there is none: other requests use the same keys, and too many may be retrying already.
    package func nextKey(_ admission: Admission, at now: MonotonicInstant) throws(LegRefusal) -> Admission {
        let lease: KeyPool.Lease?
        do throws(KeyPool.Shortage) {
            lease = try keys.lease(at: now)
        } catch {
            throw .key(error)
        }
        // An attempt takes its part of the budget once, however often it changes the key.
        if !admission.isRetry {
            do throws(BackendLoad.Refusal) {
                try load.beginRetry()
            } catch {
                throw refusal(error, at: now)
            }
        }
        counters.keyChangeCount += 1
        return admission.retried(with: lease)
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
        lastFirstOutput = now
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
        load.end(isRetry: admission.isRetry)
        switch ending {
        case .succeeded:
            counters.succeededCount += 1
            counters.consecutiveFailureCount = 0
            durations.observe(now - admission.begun, at: now)
            keys.succeeded(lease)
        case .cancelled:
            counters.cancelledCount += 1
        case .failed(let verdict):
            counters.failedCount += 1
            if verdict.sort == .rateLimit { counters.rateLimitedCount += 1 }
            if verdict.sort == .timeout { counters.timedOutCount += 1 }
            if counts(verdict, admission, at: now) { counters.consecutiveFailureCount += 1 }
        }
        return judge(ending, admission, at: now)
    }

    /// Whether a failure speaks against the leg: one by a budget does not where the leg had less time than it usually takes.
    private func counts(_ verdict: Verdict, _ admission: Admission, at now: MonotonicInstant) -> Bool {
        guard verdict.countsAgainstLeg else { return false }
        guard verdict.isOfBudget, let usual = usualFirstOutput(at: now) else { return true }
        return now - admission.begun >= usual
    }

    /// How long the leg usually takes to its first output.
    ///
    /// Nil where nothing is known, or nothing that still holds: a leg that has fallen silent must not be judged for ever
    /// by how it was.
    private func usualFirstOutput(at now: MonotonicInstant) -> Duration? {
        guard let lastFirstOutput, now - lastFirstOutput < DecayingQuantiles.halfLife else { return nil }
        return firstOutputs.quantile(Self.usualShare)
    }

    package func snapshot(at now: MonotonicInstant) -> LegSnapshot {
        var snapshot = LegSnapshot(
            id: id, inFlightCount: inFlightCount, counters: counters, lastBegun: lastBegun, keys: keys.states(at: now))
        snapshot.isCredentialRefused = keys.isCredentialRefused
        snapshot.inFlightMax = inFlightMax
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

    private func askBound(at now: MonotonicInstant) throws(LegRefusal) {
        guard let inFlightMax, inFlightCount >= inFlightMax else { return }
        load.refusedBusy()
        throw busy(inFlightMax, at: now)
    }

    private func busy(_ bound: Int, at now: MonotonicInstant) -> LegRefusal {
        counters.busyCount += 1
        return .busy(until: roomExpected(bound, at: now))
    }

    /// With so many under way, one of them should end after that part of what one takes.
    private func roomExpected(_ bound: Int, at now: MonotonicInstant) -> MonotonicInstant {
        let usual = durations.quantile(0.5) ?? .zero
        return now + min(max(usual / bound, Self.busyTimes.lowerBound), Self.busyTimes.upperBound)
    }

    private func refusal(_ refusal: BackendLoad.Refusal, at now: MonotonicInstant) -> LegRefusal {
        switch refusal {
        case .busy: return busy(load.inFlightMax ?? 1, at: now)
        case .retryBudget:
            counters.refusedRetryCount += 1
            return .retryBudget
        }
    }

    private func admit(
        _ lease: KeyPool.Lease?, isRetry: Bool, at now: MonotonicInstant
    ) throws(LegRefusal) -> Admission {
        do throws(BackendLoad.Refusal) {
            try load.begin(isRetry: isRetry)
        } catch {
            throw refusal(error, at: now)
        }
        inFlightCount += 1
        counters.begunCount += 1
        lastBegun = now
        let (pass, transition) = breaker?.admitted(at: now) ?? (nil, nil)
        return Admission(lease: lease, transition: transition, isRetry: isRetry, begun: now, pass: pass)
    }

    private func judge(
        _ ending: Ending, _ admission: Admission, at now: MonotonicInstant
    ) -> CircuitBreaker.Transition? {
        guard let pass = admission.pass else { return nil }
        var transition: CircuitBreaker.Transition?
        switch ending {
        case .succeeded: transition = breaker?.succeeded(pass, at: now)
        case .failed(let verdict) where counts(verdict, admission, at: now): transition = breaker?.failed(pass, at: now)
        case .failed, .cancelled: breaker?.endedWithoutEvidence(pass)
        }
        isTroubled.store(breaker?.isUntroubled == false, ordering: .relaxed)
        return transition
    }
}
