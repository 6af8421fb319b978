import Runtime

/// One upstream target, a model at a backend: what is in flight there and how it has fared.
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

    package nonisolated let id: LegID
    package nonisolated let keys: BackendKeys
    private var inFlightCount = 0
    private var counters = LegCounters()
    private var lastBegun: MonotonicInstant?

    package init(id: LegID, keys: BackendKeys) {
        self.id = id
        self.keys = keys
    }

    /// Begins an attempt with one of the backend's keys; every attempt that begins must be ended once.
    ///
    /// - Parameter lastResort: Whether a key that rests by lip's own guess may be used.
    /// - Returns: The key; nil where none is needed.
    /// - Throws: Why there is no key; the attempt has then not begun.
    package func begin(
        at now: MonotonicInstant, lastResort: Bool = false
    ) throws(KeyPool.Shortage) -> KeyPool.Lease? {
        let lease = try keys.lease(at: now, lastResort: lastResort)
        noteBegin(at: now)
        return lease
    }

    /// Begins an attempt with the client's own key.
    package func beginWithClientKey(at now: MonotonicInstant) {
        noteBegin(at: now)
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

    /// Ends an attempt.
    package func end(_ ending: Ending, with lease: KeyPool.Lease?) {
        precondition(inFlightCount > 0, "an attempt at \(id) ended that never began")
        inFlightCount -= 1
        switch ending {
        case .succeeded:
            counters.succeededCount += 1
            counters.consecutiveFailureCount = 0
            if let lease { keys.succeeded(lease) }
        case .cancelled:
            counters.cancelledCount += 1
        case .failed(let verdict):
            counters.failedCount += 1
            if verdict.sort == .rateLimit { counters.rateLimitedCount += 1 }
            if verdict.sort == .timeout { counters.timedOutCount += 1 }
            if verdict.countsAgainstLeg { counters.consecutiveFailureCount += 1 }
        }
    }

    package func snapshot(at now: MonotonicInstant) -> LegSnapshot {
        LegSnapshot(
            id: id, inFlightCount: inFlightCount, counters: counters, lastBegun: lastBegun, keys: keys.states(at: now))
    }

    private func noteBegin(at now: MonotonicInstant) {
        inFlightCount += 1
        counters.begunCount += 1
        lastBegun = now
    }
}
