import Runtime

/// What is in flight at one backend, over all of its legs and on all loops, and whether more may go there.
///
/// Not an actor: every attempt asks it when it begins and ends, from inside its leg, and its lock is held for a few
/// additions.
package final class BackendLoad: Sendable {
    /// Its state at one moment.
    package struct Snapshot: Sendable, Equatable {
        /// Attempts that have begun and not ended.
        package var inFlightCount = 0
        /// Those of them that went to a backend which their request had tried before.
        package var retriesInFlightCount = 0
        /// How many of them there may be at this load.
        package var retriesInFlightMax = 0
        /// Retries that were allowed since the start.
        package var retryCount: UInt64 = 0
        /// Retries that the budget refused since the start.
        package var refusedRetryCount: UInt64 = 0
        /// Attempts that the bounds of the backend or of a leg refused since the start.
        package var busyCount: UInt64 = 0

        package init() {}
    }

    /// Why an attempt may not begin.
    enum Refusal: Error {
        case busy, retryBudget
    }

    private struct State {
        var budget: RetryBudget
        var counts = Snapshot()
    }

    /// The most attempts in flight; nil is no bound.
    package let inFlightMax: Int?
    private let state: Locked<State>

    package init(inFlightMax: Int? = nil, retries: RetryBudget.Settings = RetryBudget.Settings()) {
        self.inFlightMax = inFlightMax
        state = Locked(State(budget: RetryBudget(retries)))
    }

    package var snapshot: Snapshot {
        state.withLock { state in
            var snapshot = state.counts
            snapshot.retriesInFlightCount = state.budget.takenCount
            snapshot.retriesInFlightMax = state.budget.bound(callsInFlight: snapshot.inFlightCount)
            return snapshot
        }
    }

    /// Why an attempt could not begin now; nothing is counted by asking.
    func refusal(isRetry: Bool) -> Refusal? {
        state.withLock { [inFlightMax] state in
            let inFlight = state.counts.inFlightCount
            if let inFlightMax, inFlight >= inFlightMax { return .busy }
            return isRetry && state.budget.takenCount >= state.budget.bound(callsInFlight: inFlight)
                ? .retryBudget : nil
        }
    }

    /// Counts an attempt in, which must be counted out once.
    func begin(isRetry: Bool) throws(Refusal) {
        try state.withLock { [inFlightMax] state throws(Refusal) in
            if let inFlightMax, state.counts.inFlightCount >= inFlightMax {
                state.counts.busyCount += 1
                throw .busy
            }
            if isRetry { try Self.take(&state) }
            state.counts.inFlightCount += 1
        }
    }

    /// An attempt that is in flight becomes a retry.
    func beginRetry() throws(Refusal) {
        try state.withLock { state throws(Refusal) in try Self.take(&state) }
    }

    /// A leg's own bound refused an attempt.
    func refusedBusy() {
        state.withLock { $0.counts.busyCount += 1 }
    }

    /// Counts an attempt out.
    func end(isRetry: Bool) {
        state.withLock { state in
            precondition(state.counts.inFlightCount > 0, "a backend's attempt ended that never began")
            state.counts.inFlightCount -= 1
            if isRetry { state.budget.giveBack() }
        }
    }

    private static func take(_ state: inout State) throws(Refusal) {
        guard state.budget.take(callsInFlight: state.counts.inFlightCount) else {
            state.counts.refusedRetryCount += 1
            throw .retryBudget
        }
        state.counts.retryCount += 1
    }
}
