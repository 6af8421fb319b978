/// A race of legs for the first output that wins: who starts when, who has won, and when all is lost.
///
/// A pure machine without a clock: whoever carries its actions out reports when a delay has passed and how the legs fare.
/// A handicap is a head start, so a leg waits for as long as the largest handicap exceeds its own. Legs are named by
/// their place in the arm.
package struct RaceMachine: Sendable {
    /// What is to be done, in order.
    package enum Action: Sendable, Equatable {
        /// Open the leg now; then report ``RaceMachine/legWon(_:)`` or ``RaceMachine/legFailed(_:)``.
        case start(Int)
        /// Report ``RaceMachine/delayPassed(_:)`` after this time; too late does no harm.
        case scheduleStart(Int, after: Duration)
        /// Deliver this leg's answer, without waiting for anyone.
        case win(Int)
        /// Cancel these legs, which were opened and have not ended, in this turn.
        case cancelOthers([Int])
        /// No leg is left.
        case failed
    }

    private enum LegState: Sendable, Equatable {
        /// Its start is to come. Can move to running or over.
        case waiting
        /// It was opened. Can move to over.
        case running
        /// It won, failed, was cancelled, or will not start any more; final.
        case over
    }

    private enum Phase: Sendable, Equatable {
        /// Can move to running or over.
        case ready
        /// Can move to over.
        case running
        /// Won, lost or called off; final.
        case over
    }

    private struct Leg: Sendable {
        let handicap: Duration
        let delay: Duration
        var state = LegState.waiting
    }

    private var legs: [Leg]
    private var phase = Phase.ready

    /// - Parameter handicaps: The head start of each leg, zero for none; legs that cannot run are left out beforehand, since
    ///   nobody should wait behind them.
    package init(handicaps: [Duration]) {
        precondition(!handicaps.isEmpty, "a race without legs")
        let largest = handicaps.max() ?? .zero
        legs = handicaps.map { Leg(handicap: $0, delay: largest - $0) }
    }

    /// The race is on.
    package mutating func began() -> [Action] {
        precondition(phase == .ready, "a race began twice")
        phase = .running
        let order = legs.indices.sorted { (legs[$0].delay, $0) < (legs[$1].delay, $1) }
        return order.map { leg in
            legs[leg].delay == .zero ? start(leg) : .scheduleStart(leg, after: legs[leg].delay)
        }
    }

    /// The time has come for a leg to start, unless it did or the race is over.
    package mutating func delayPassed(_ leg: Int) -> [Action] {
        precondition(phase != .ready, "a delay passed before the race began")
        guard phase == .running, legs[leg].state == .waiting else { return [] }
        return [start(leg)]
    }

    /// A leg has output that wins: text or reasoning that is not blank, a refusal, media or a tool call.
    package mutating func legWon(_ leg: Int) -> [Action] {
        precondition(legs[leg].state != .waiting, "leg \(leg) won before it started")
        // Two can cross the line in one turn; the one that was told first has won.
        guard phase == .running, legs[leg].state == .running else { return [] }
        legs[leg].state = .over
        return [.win(leg)] + end()
    }

    /// A leg ended without output that wins, or could not be opened.
    package mutating func legFailed(_ leg: Int) -> [Action] {
        precondition(legs[leg].state != .waiting, "leg \(leg) failed before it started")
        guard phase == .running, legs[leg].state == .running else { return [] }
        legs[leg].state = .over
        if legs.allSatisfy({ $0.state == .over }) {
            phase = .over
            return [.failed]
        }
        // Those that wait do so to give it a head start, which has become pointless.
        guard legs[leg].handicap > .zero else { return [] }
        return inOrder(.waiting).map { start($0) }
    }

    /// The request was called off.
    package mutating func cancelled() -> [Action] {
        guard phase == .running else {
            phase = .over
            return []
        }
        return end()
    }

    private mutating func start(_ leg: Int) -> Action {
        legs[leg].state = .running
        return .start(leg)
    }

    /// Ends the race: nobody starts any more, and who runs is to be cancelled.
    private mutating func end() -> [Action] {
        let running = inOrder(.running)
        for leg in legs.indices { legs[leg].state = .over }
        phase = .over
        return running.isEmpty ? [] : [.cancelOthers(running)]
    }

    /// The legs in a state, in the order of their starts.
    private func inOrder(_ state: LegState) -> [Int] {
        legs.indices.filter { legs[$0].state == state }.sorted { (legs[$0].delay, $0) < (legs[$1].delay, $1) }
    }
}
