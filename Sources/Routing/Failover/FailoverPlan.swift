import Dialects
import Runtime

/// Ordered failover before output: which leg a request tries, and what it does when that one fails.
///
/// A pure machine. The gateway carries its actions out and reports what came of them; time and randomness are arguments.
/// It holds one leg an arm for now: races and weighted arms will be further kinds of steps.
package struct FailoverPlan: Sendable {
    /// One try at a leg.
    package struct Attempt: Sendable, Equatable {
        /// 1 for the request's first attempt.
        package let number: Int
        package let leaf: Leaf
        /// How often the key was changed within this attempt.
        package let keyChangeCount: Int
        /// Whether the leg had its turn in this request before, and no other is left.
        package let isRepeated: Bool

        /// Whether a key may be used that rests by lip's own guess: only where the leg is the last resort, and only once,
        /// so that an attempt cannot go round in the same keys.
        package var mayUseRestingKey: Bool { isRepeated && keyChangeCount == 0 }
    }

    /// What the gateway is to do next.
    package enum Action: Sendable, Equatable {
        /// Open the leg; then report ``FailoverPlan/committed()``, ``FailoverPlan/failed(_:_:shortage:at:using:)`` or
        /// ``FailoverPlan/skipped(_:at:)``.
        case attempt(Attempt)
        /// Wait, then report ``FailoverPlan/waited()``.
        case wait(Duration)
        /// Answer the client with this failure.
        case finish(Failure)
    }

    private enum Phase: Sendable {
        /// Nothing was asked yet; can move to attempting or finished.
        case ready
        /// The gateway tries a leg; can move to attempting (another leg, or the next key), waiting, committed or finished.
        case attempting(Attempt)
        /// The gateway lets time pass before this attempt; can move to attempting.
        case waiting(Attempt)
        /// The client has seen output of a leg; can move to finished.
        case committed
        /// The answer was decided; final.
        case finished
    }

    private let settings: FailoverSettings
    private var candidates: [FailoverCandidate]
    private var phase = Phase.ready
    private var attemptCount = 0
    private var waitCount = 0
    private var waitedInAll = Duration.zero
    /// The window that a leg must exceed, once a conversation did not fit one.
    private var windowExceeded: Int?

    /// - Parameters:
    ///   - selector: One whose arms hold one leg each (``UnsupportedFeature`` tells others). Of legs with equal keys the
    ///     first one counts.
    ///   - windows: The context windows in tokens that legs are known to have.
    package init(_ selector: Selector, settings: FailoverSettings, windows: [CandidateKey: Int] = [:]) {
        precondition(selector.arms.allSatisfy { $0.kind == .single }, "only arms of one leg can be planned")
        self.settings = settings
        var seen: Set<CandidateKey> = []
        candidates = selector.leaves.filter { seen.insert($0.key).inserted }.map {
            FailoverCandidate(leaf: $0, window: windows[$0.key])
        }
    }

    /// The number of attempts so far.
    package var attemptsMade: Int { attemptCount }

    /// The request is ready to be served.
    package mutating func began() -> Action {
        guard case .ready = phase else { preconditionFailure("a plan began in \(phase)") }
        return attempt(0, isRepeated: false)
    }

    /// The leg could not be tried at all, which uses up no attempt, or its keys ran out between two tries.
    package mutating func skipped(_ refusal: LegRefusal, at now: MonotonicInstant) -> Action {
        let attempt = currentAttempt()
        let index = index(of: attempt)
        if case .breakerOpen(let until) = refusal {
            // Never counted: the leg is not waited for, so it cannot keep the request for ever.
            attemptCount -= 1
            if case .failed(var failed) = candidates[index].state {
                failed.breakerOpen = until
                candidates[index].state = .failed(failed)
            } else {
                candidates[index].state = .skipped(refusal)
            }
            return moveOn(at: now, jitter: 0)
        }
        switch candidates[index].state {
        case .failed:
            // What the provider said before says more than the absence of keys.
            break
        case .untried:
            attemptCount -= 1
            candidates[index].state = .skipped(refusal)
        case .skipped:
            // Counted, so that a leg whose keys never come back cannot keep a request waiting for ever.
            candidates[index].state = .skipped(refusal)
        }
        return moveOn(at: now, jitter: 0)
    }

    /// The attempt failed; after output the failure is the answer, before it the verdict decides.
    ///
    /// - Parameter shortage: Why the backend has no other key for this attempt now; nil if it has one. It matters only
    ///   where the verdict asks for the next key.
    package mutating func failed(
        _ failure: Failure, _ verdict: Verdict, shortage: KeyPool.Shortage?, at now: MonotonicInstant,
        using random: inout some RandomNumberGenerator
    ) -> Action {
        if case .committed = phase { return finish(verdict.afterOutput.answer(failure.afterOutput())) }
        let attempt = currentAttempt()
        let index = index(of: attempt)
        candidates[index].state = .failed(
            FailoverCandidate.FailedAttempt(
                failure: failure, verdict: verdict, shortage: shortage, time: now, number: attempt.number))
        switch verdict.recovery {
        case .surface, .abandon:
            return finish(verdict.answer(failure))
        case .nextKey where shortage == nil:
            let again = Attempt(
                number: attempt.number, leaf: attempt.leaf, keyChangeCount: attempt.keyChangeCount + 1,
                isRepeated: attempt.isRepeated)
            phase = .attempting(again)
            return .attempt(again)
        case .largerWindow:
            // Without a window of its own nothing is known to be larger.
            windowExceeded = candidates[index].window ?? .max
            guard nextUntried != nil, attemptCount < settings.attemptsMax else {
                return finish(verdict.answer(failure))
            }
            return moveOn(at: now, jitter: 0)
        case .nextKey, .otherLeg:
            let jitter = Double.random(in: -settings.retryWaitJitter...settings.retryWaitJitter, using: &random)
            return moveOn(at: now, jitter: jitter)
        }
    }

    /// The wait is over.
    package mutating func waited() -> Action {
        guard case .waiting(let attempt) = phase else { preconditionFailure("a wait ended in \(phase)") }
        attemptCount += 1
        phase = .attempting(attempt)
        return .attempt(attempt)
    }

    /// The client has seen output: from now on nothing is tried again.
    package mutating func committed() {
        _ = currentAttempt()
        phase = .committed
    }

    // MARK: Moving on

    private var nextUntried: Int? {
        candidates.firstIndex { candidate in
            guard case .untried = candidate.state else { return false }
            return isLargeEnough(candidate)
        }
    }

    private func isLargeEnough(_ candidate: FailoverCandidate) -> Bool {
        guard let windowExceeded else { return true }
        return candidate.window ?? 0 > windowExceeded
    }

    private mutating func moveOn(at now: MonotonicInstant, jitter: Double) -> Action {
        if attemptCount < settings.attemptsMax {
            if let next = nextUntried { return attempt(next, isRepeated: false) }
            if let (index, wait) = soonestAgain(at: now, jitter: jitter) {
                waitCount += 1
                waitedInAll += wait
                phase = .waiting(
                    Attempt(
                        number: attemptCount + 1, leaf: candidates[index].leaf, keyChangeCount: 0, isRepeated: true))
                return .wait(wait)
            }
        }
        return finish(FailoverExhaustion.answer(candidates, at: now))
    }

    /// The leg that may be tried again the soonest, of several the one that was tried last, if the wait is within bounds.
    private func soonestAgain(at now: MonotonicInstant, jitter: Double) -> (index: Int, wait: Duration)? {
        let backoff = settings.retryWaitFirst * (1 << min(waitCount, 20)) * (1 + jitter)
        var soonest: (index: Int, wait: Duration, attempt: Int)?
        for (index, candidate) in candidates.enumerated() where isLargeEnough(candidate) {
            guard let (wait, attempt) = candidate.waitUntilAgain(at: now, backoff: backoff) else { continue }
            if let known = soonest, (wait, -attempt) >= (known.wait, -known.attempt) { continue }
            soonest = (index, wait, attempt)
        }
        guard let soonest, waitedInAll + soonest.wait <= settings.retryWaitMax else { return nil }
        return (soonest.index, soonest.wait)
    }

    private mutating func attempt(_ index: Int, isRepeated: Bool) -> Action {
        attemptCount += 1
        let attempt = Attempt(
            number: attemptCount, leaf: candidates[index].leaf, keyChangeCount: 0, isRepeated: isRepeated)
        phase = .attempting(attempt)
        return .attempt(attempt)
    }

    private mutating func finish(_ failure: Failure) -> Action {
        phase = .finished
        return .finish(failure)
    }

    private func currentAttempt() -> Attempt {
        guard case .attempting(let attempt) = phase else { preconditionFailure("no attempt is being made in \(phase)") }
        return attempt
    }

    private func index(of attempt: Attempt) -> Int {
        guard let index = candidates.firstIndex(where: { $0.leaf.key == attempt.leaf.key }) else {
            preconditionFailure("the attempt at \(attempt.leaf.key) is not of this plan")
        }
        return index
    }
}
