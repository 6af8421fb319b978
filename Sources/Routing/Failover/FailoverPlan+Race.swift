import Dialects
import Runtime

/// Races: several legs of one arm at once, the first with output serves.
///
/// Who starts when and who wins is ``RaceMachine``'s business; the plan says who takes part, and what becomes of the
/// request when nobody wins. A race is one attempt of the request, whatever its width.
extension FailoverPlan {
    /// The legs that are let loose together.
    ///
    /// The gateway reports ``FailoverPlan/raceLegStarts(_:at:)`` for each that starts, then how it fared, and at the end
    /// ``FailoverPlan/raceWon(by:)`` or ``FailoverPlan/raceLost(at:using:)``.
    package struct Race: Sendable, Equatable {
        /// Which of the request's attempts it is.
        package let number: Int
        package let legs: [Leaf]
    }

    /// What a leg of a race does after its failure.
    package enum RaceLegAction: Sendable, Equatable {
        /// It goes on with the backend's next key.
        case nextKey(Attempt)
        /// It is out of the race.
        case out
        /// The race is over for all of them, and the request with it: the time for the whole route has passed.
        case abort(Failure)
    }

    /// What a race has come to so far.
    struct RaceProgress: Sendable {
        let branches: [Branch]
        /// Whether any leg has begun: a race that nobody could enter is no attempt.
        var hasBegun = false
        /// A failure that is the answer unless a leg wins.
        var surfacing: Failure?
        /// The answer if no leg wins and none with a larger window is left.
        var tooLong: Failure?
    }

    /// The legs of a race said whether they may be tried: nil for yes, in the order of the question.
    package mutating func surveyed(
        _ refusals: [LegRefusal?], at now: MonotonicInstant, using random: inout some RandomNumberGenerator
    ) -> Action {
        guard case .surveying(let asked) = phase, asked.count == refusals.count else {
            preconditionFailure("\(refusals.count) legs were asked in \(phase)")
        }
        var branches: [Branch] = []
        for (branch, refusal) in zip(asked, refusals) {
            if let refusal {
                _ = noteRefusal(refusal, of: branch.candidate)
            } else {
                branches.append(branch)
            }
        }
        guard !branches.isEmpty else { return moveOn(at: now, jitter: 0, using: &random) }
        if let failure = requestOverdue(at: now) { return finish(failure) }
        attemptCount += 1
        phase = .racing(RaceProgress(branches: branches))
        return .race(Race(number: attemptCount, legs: branches.map(\.leaf)))
    }

    /// The leg at this place of the race has its start; its own time counts from here.
    package mutating func raceLegStarts(_ place: Int, at now: MonotonicInstant) -> Attempt {
        let branch = race.branches[place]
        return makeAttempt(branch.leaf, branch.candidate, isRepeated: false, at: now)
    }

    /// The leg could not be tried after all, or its keys ran out between two tries.
    package mutating func raceLegSkipped(_ attempt: Attempt, _ refusal: LegRefusal) {
        _ = noteRefusal(refusal, of: index(of: attempt))
    }

    /// The leg was admitted: the race counts as an attempt.
    package mutating func raceLegBegan() {
        race.hasBegun = true
    }

    /// The leg failed before anybody won; see ``failed(_:_:shortage:at:using:)`` for the parameters.
    package mutating func raceLegFailed(
        _ attempt: Attempt, _ failure: Failure, _ verdict: Verdict, shortage: KeyPool.Shortage?,
        at now: MonotonicInstant
    ) -> RaceLegAction {
        let index = noteFailure(failure, verdict, shortage, of: attempt, at: now)
        switch verdict.recovery {
        case .nextKey where shortage == nil:
            return .nextKey(attempt.withNextKey)
        case .surface where isOverdue(verdict):
            return .abort(verdict.answer(failure))
        case .surface, .abandon:
            if race.surfacing == nil { race.surfacing = verdict.answer(failure) }
        case .largerWindow:
            windowExceeded = max(windowExceeded ?? 0, candidates[index].window ?? .max)
            if race.tooLong == nil { race.tooLong = verdict.answer(failure) }
        case .nextKey, .otherLeg:
            break
        }
        return .out
    }

    /// The leg has output: it is the request's attempt now.
    ///
    /// The others are as if they had not been tried.
    package mutating func raceWon(by attempt: Attempt) {
        _ = race
        phase = .attempting(attempt)
    }

    /// No leg is left in the race.
    package mutating func raceLost(
        at now: MonotonicInstant, using random: inout some RandomNumberGenerator
    ) -> Action {
        let race = race
        if !race.hasBegun { attemptCount -= 1 }
        if let failure = race.surfacing { return finish(failure) }
        if let failure = race.tooLong {
            return moveToLargerWindow(else: failure, at: now, using: &random)
        }
        return moveOn(at: now, jitter: jitter(using: &random), using: &random)
    }

    /// The race was cut short: by the time for the whole route, or since the client left.
    package mutating func raceAborted(_ failure: Failure) -> Action {
        _ = race
        return finish(failure)
    }

    /// Whether it was the time for the whole route that passed; an agent's own timeout may be final, too.
    private func isOverdue(_ verdict: Verdict) -> Bool {
        requestDeadline.map { Verdict($0.signal, key: .gateway) } == verdict
    }

    private var race: RaceProgress {
        get {
            guard case .racing(let race) = phase else { preconditionFailure("there is no race in \(phase)") }
            return race
        }
        set { phase = .racing(newValue) }
    }
}
