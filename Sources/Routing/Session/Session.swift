import Runtime

/// A conversation that lasts longer than one request: its A-leg, and what its requests have in common.
///
/// Shared by the requests of the conversation, on whatever loops they run; a request keeps it alive, also once the
/// registry has forgotten it.
package final class Session: Sendable {
    private struct State {
        var lastSequence = 0
        var isFirstConsumed = false
        var runningCount = 0
    }

    package let id: SessionID
    package let principal: Principal
    package let aLeg: ALegID
    /// Nil where the client chose the name.
    let token: ResumeToken?
    private let state = Locked(State())

    init(id: SessionID, principal: Principal, aLeg: ALegID, token: ResumeToken?) {
        self.id = id
        self.principal = principal
        self.aLeg = aLeg
        self.token = token
    }

    /// The sequence of the next attempt: 1, 2, 3… over all requests of the conversation, each once.
    package func nextSequence() -> Int {
        state.withLock { state in
            state.lastSequence += 1
            return state.lastSequence
        }
    }

    /// Whether a `[first]` branch has its turn: no attempt at one has begun in this conversation.
    package var isFirst: Bool { state.withLock { !$0.isFirstConsumed } }

    /// Notes that an attempt at a `[first]` branch begins; whatever becomes of it, there will be no second.
    package func consumeFirst() {
        state.withLock { $0.isFirstConsumed = true }
    }

    /// Whether one of its requests runs: such a session does not grow old.
    var isRunning: Bool { state.withLock { $0.runningCount > 0 } }

    func requestBegan() {
        state.withLock { $0.runningCount += 1 }
    }

    func requestEnded() {
        state.withLock { $0.runningCount -= 1 }
    }
}
