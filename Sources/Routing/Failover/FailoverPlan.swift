import Dialects
import Runtime

/// Failover before output: which leg a request tries, and what it does when that one fails.
///
/// A pure machine. The gateway carries its actions out and reports what came of them; time and randomness are arguments.
/// It plans one step at a time: the first arm, in written order, that still has a leg to try. A weighted arm is drawn anew
/// each time among the branches that are left, before the arm behind it has its turn.
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
        /// By when the leg must have output; nil if it may take its time.
        package let deadline: OutputDeadline?

        /// Whether a key may be used that rests by lip's own guess: only where the leg is the last resort, and only once,
        /// so that an attempt cannot go round in the same keys.
        package var mayUseRestingKey: Bool { isRepeated && keyChangeCount == 0 }

        /// The same attempt with the backend's next key.
        var withNextKey: Attempt {
            Attempt(
                number: number, leaf: leaf, keyChangeCount: keyChangeCount + 1, isRepeated: isRepeated,
                deadline: deadline)
        }
    }

    /// What the gateway is to do next.
    package enum Action: Sendable, Equatable {
        /// Open the leg; then report ``FailoverPlan/committed()``, ``FailoverPlan/failed(_:_:shortage:at:using:)`` (also
        /// when its deadline has passed) or ``FailoverPlan/skipped(_:at:using:)``.
        case attempt(Attempt)
        /// Ask these legs whether they may be tried; then report ``FailoverPlan/surveyed(_:at:using:)``.
        case survey([Leaf])
        /// Let these legs race; see ``FailoverPlan/Race``.
        case race(Race)
        /// Wait, then report ``FailoverPlan/waited(at:)``.
        case wait(Duration)
        /// Answer the client with this failure.
        case finish(Failure)
    }

    enum Phase: Sendable {
        /// Nothing was asked yet; can move to attempting, surveying or finished.
        case ready
        /// The gateway tries a leg; can move to attempting (another leg, or the next key), surveying, waiting, committed or
        /// finished.
        case attempting(Attempt)
        /// The gateway asks these legs whether they may race; can move to racing, and to where an attempt can.
        case surveying([Branch])
        /// The gateway lets legs race; can move to attempting (of the winner), and to where an attempt can.
        case racing(RaceProgress)
        /// The gateway lets time pass before this attempt; can move to attempting.
        case waiting(Candidate)
        /// The client has seen output of a leg; can move to finished.
        case committed
        /// The answer was decided; final.
        case finished
    }

    /// Up to so many legs are compared with each other.
    private static let searchedCountMax = 8

    /// An arm with its legs' places among the candidates.
    struct PlannedArm: Sendable {
        let kind: Arm.Kind
        let branches: [Branch]
    }

    struct Branch: Sendable {
        let leaf: Leaf
        let candidate: Candidate
    }

    /// The place of a leg among the candidates.
    typealias Candidate = Int

    let settings: FailoverSettings
    let size: TokenEstimate?
    let requestDeadline: OutputDeadline?
    let arms: [PlannedArm]
    var candidates: [FailoverCandidate] = []
    /// Whether a `[first]` branch is taken without a draw; only once a request.
    private var takesFirst: Bool
    /// The backend that the route is bound to; nil once it has proved to be of no use to this request, and the binding
    /// should go.
    package private(set) var sticky: AffinityBinding?
    var phase = Phase.ready
    var attemptCount = 0
    private var waitCount = 0
    private var waitedInAll = Duration.zero
    /// The window that a leg must exceed, once a conversation did not fit one.
    var windowExceeded: Int?

    /// - Parameters:
    ///   - selector: Legs with equal keys are one leg, which has one chance, under the annotations of the place where it
    ///     is taken.
    ///   - windows: The context windows in tokens that legs are known to have.
    package init(
        _ selector: Selector, for request: FailoverRequest, settings: FailoverSettings,
        windows: ContextWindows = .none
    ) {
        self.settings = settings
        size = request.size
        takesFirst = request.isFirst
        sticky = request.sticky
        requestDeadline = selector.global.ttftTimeout.map {
            OutputDeadline(time: request.start + $0, scope: .request, budget: $0)
        }
        // Windows are compared with each other: a leg that stands alone needs none.
        let isAlone = selector.arms.count == 1 && selector.arms[0].legs.count == 1
        let windows = isAlone ? .none : windows
        var candidates: [FailoverCandidate] = []
        // A few are found faster by looking than by hashing.
        let isLong = selector.arms.reduce(0) { $0 + $1.legs.count } > Self.searchedCountMax
        var places: [CandidateKey: Candidate] = [:]
        arms = selector.arms.map { arm in
            PlannedArm(
                kind: arm.kind,
                branches: arm.legs.map { leaf in
                    let known = isLong ? places[leaf.key] : candidates.firstIndex { $0.leaf.key == leaf.key }
                    if let known { return Branch(leaf: leaf, candidate: known) }
                    if isLong { places[leaf.key] = candidates.count }
                    candidates.append(FailoverCandidate(leaf: leaf, window: Self.window(of: leaf, windows)))
                    return Branch(leaf: leaf, candidate: candidates.count - 1)
                })
        }
        self.candidates = candidates
    }

    /// A leg's parameters do not change its window.
    private static func window(of leaf: Leaf, _ windows: ContextWindows) -> Int? {
        guard !windows.isEmpty, let backend = leaf.backend else { return nil }
        return windows[LegID(backend: backend, model: leaf.model)]
    }

    /// The number of attempts so far.
    package var attemptsMade: Int { attemptCount }

    /// The request is ready to be served.
    package mutating func began(at now: MonotonicInstant, using random: inout some RandomNumberGenerator) -> Action {
        guard case .ready = phase else { preconditionFailure("a plan began in \(phase)") }
        return moveOn(at: now, jitter: 0, using: &random)
    }

    /// The leg could not be tried at all, which uses up no attempt, or its keys ran out between two tries.
    package mutating func skipped(
        _ refusal: LegRefusal, at now: MonotonicInstant, using random: inout some RandomNumberGenerator
    ) -> Action {
        let attempt = currentAttempt()
        if !noteRefusal(refusal, of: index(of: attempt)) { attemptCount -= 1 }
        unstick(attempt)
        return moveOn(at: now, jitter: 0, using: &random)
    }

    /// Remembers why a leg could not be tried; returns whether that counts as an attempt.
    mutating func noteRefusal(_ refusal: LegRefusal, of index: Candidate) -> Bool {
        if let until = refusal.passedOverUntil {
            // Never counted: the leg is not waited for, so it cannot keep the request for ever.
            if case .failed(var failed) = candidates[index].state {
                failed.breakerOpen = until
                candidates[index].state = .failed(failed)
            } else {
                candidates[index].state = .skipped(refusal)
                candidates[index].deadline = nil
            }
            return false
        }
        switch candidates[index].state {
        case .failed:
            // What the provider said before says more than the absence of keys.
            return true
        case .untried:
            // It has not begun, so its time has not either.
            candidates[index].deadline = nil
            candidates[index].state = .skipped(refusal)
            return false
        case .skipped:
            // Counted, so that a leg whose keys never come back cannot keep a request waiting for ever.
            candidates[index].state = .skipped(refusal)
            return true
        }
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
        let index = noteFailure(failure, verdict, shortage, of: attempt, at: now)
        switch verdict.recovery {
        case .surface, .abandon:
            return finish(verdict.answer(failure))
        case .nextKey where shortage == nil:
            let again = attempt.withNextKey
            phase = .attempting(again)
            return .attempt(again)
        case .largerWindow:
            unstick(attempt)
            // Without a window of its own nothing is known to be larger.
            windowExceeded = candidates[index].window ?? .max
            return moveToLargerWindow(else: verdict.answer(failure), at: now, using: &random)
        case .nextKey, .otherLeg:
            unstick(attempt)
            return moveOn(at: now, jitter: jitter(using: &random), using: &random)
        }
    }

    /// Remembers how an attempt failed; returns its leg's place.
    mutating func noteFailure(
        _ failure: Failure, _ verdict: Verdict, _ shortage: KeyPool.Shortage?, of attempt: Attempt,
        at now: MonotonicInstant
    ) -> Candidate {
        let index = index(of: attempt)
        candidates[index].state = .failed(
            FailoverCandidate.FailedAttempt(
                failure: failure, verdict: verdict, shortage: shortage, time: now, number: attempt.number))
        return index
    }

    /// The wait is over.
    package mutating func waited(at now: MonotonicInstant) -> Action {
        guard case .waiting(let candidate) = phase else { preconditionFailure("a wait ended in \(phase)") }
        return attempt(candidates[candidate].leaf, candidate, isRepeated: true, at: now)
    }

    /// The client has seen output: from now on nothing is tried again.
    package mutating func committed() {
        _ = currentAttempt()
        phase = .committed
    }

    // MARK: Moving on

    /// What has its turn.
    private enum Turn {
        case single(Branch)
        case race([Branch])
    }

    /// What has its turn: of the first arm that has any legs left, the only one, one drawn by weight, or all of a race;
    /// before all of them the leg that the route is bound to.
    private mutating func nextTurn(using random: inout some RandomNumberGenerator) -> Turn? {
        if let bound = stickyBranch { return .single(bound) }
        sticky = nil
        for arm in arms {
            if arm.kind == .single {
                if isEligible(arm.branches[0]) { return .single(arm.branches[0]) }
                continue
            }
            let branches = eligible(arm)
            guard !branches.isEmpty else { continue }
            if arm.kind == .race { return .race(branches) }
            if takesFirst, let first = branches.first(where: \.leaf.first) {
                takesFirst = false
                return .single(first)
            }
            return .single(branches[WeightedDraw.index(of: branches.map(\.leaf.weight), using: &random)])
        }
        return nil
    }

    /// The leg of the backend that the route is bound to: the very one that served, else the first in written order.
    private var stickyBranch: Branch? {
        guard let sticky else { return nil }
        var found: Branch?
        for arm in arms {
            for branch in eligible(arm) where branch.leaf.backend == sticky.backend {
                if branch.leaf.key == sticky.candidate { return branch }
                if found == nil { found = branch }
            }
        }
        return found
    }

    /// An attempt came to nothing: where the route is bound to its backend, it is not any more.
    private mutating func unstick(_ attempt: Attempt) {
        if let sticky, sticky.backend == attempt.leaf.backend { self.sticky = nil }
    }

    /// The legs of an arm that have not had their turn and may serve a request of this size.
    func eligible(_ arm: PlannedArm) -> [Branch] {
        var branches: [Branch] = []
        for branch in arm.branches {
            guard isEligible(branch) else { continue }
            // A leg cannot race itself.
            if arm.kind == .race, branches.contains(where: { $0.candidate == branch.candidate }) { continue }
            branches.append(branch)
        }
        return branches
    }

    private func isEligible(_ branch: Branch) -> Bool {
        guard case .untried = candidates[branch.candidate].state else { return false }
        return branch.leaf.fits(size) && isLargeEnough(candidates[branch.candidate])
    }

    private func isLargeEnough(_ candidate: FailoverCandidate) -> Bool {
        guard let windowExceeded else { return true }
        return candidate.window ?? 0 > windowExceeded
    }

    func jitter(using random: inout some RandomNumberGenerator) -> Double {
        Double.random(in: -settings.retryWaitJitter...settings.retryWaitJitter, using: &random)
    }

    mutating func moveOn(
        at now: MonotonicInstant, jitter: Double, using random: inout some RandomNumberGenerator
    ) -> Action {
        if attemptCount < settings.attemptsMax {
            switch nextTurn(using: &random) {
            case .single(let next): return attempt(next.leaf, next.candidate, isRepeated: false, at: now)
            case .race(let branches):
                phase = .surveying(branches)
                return .survey(branches.map(\.leaf))
            case nil: break
            }
            if let (candidate, wait) = soonestAgain(at: now, jitter: jitter) {
                waitCount += 1
                waitedInAll += wait
                phase = .waiting(candidate)
                return .wait(wait)
            }
        }
        return finish(FailoverExhaustion.answer(candidates, size: size, at: now))
    }

    /// What follows a conversation that did not fit: a leg with a larger window, also one that has failed and may be tried
    /// again; without any the failure is the answer.
    mutating func moveToLargerWindow(
        else failure: Failure, at now: MonotonicInstant, using random: inout some RandomNumberGenerator
    ) -> Action {
        let jitter = jitter(using: &random)
        guard attemptCount < settings.attemptsMax,
            arms.contains(where: { !eligible($0).isEmpty }) || soonestAgain(at: now, jitter: jitter) != nil
        else { return finish(failure) }
        return moveOn(at: now, jitter: jitter, using: &random)
    }

    /// The leg that may be tried again the soonest, of several the one that was tried last, if the wait is within bounds.
    private func soonestAgain(at now: MonotonicInstant, jitter: Double) -> (Candidate, wait: Duration)? {
        let backoff = settings.retryWaitFirst * (1 << min(waitCount, 20)) * (1 + jitter)
        var soonest: (index: Int, wait: Duration, attempt: Int)?
        for (index, candidate) in candidates.enumerated() where isLargeEnough(candidate) {
            guard let (wait, attempt) = candidate.waitUntilAgain(at: now, backoff: backoff) else { continue }
            // A leg whose time to output is over by then would only be asked in vain.
            if let deadline = deadline(of: candidate), now + wait >= deadline.time { continue }
            if let known = soonest, (wait, -attempt) >= (known.wait, -known.attempt) { continue }
            soonest = (index, wait, attempt)
        }
        guard let soonest, waitedInAll + soonest.wait <= settings.retryWaitMax else { return nil }
        return (soonest.index, soonest.wait)
    }

    private mutating func attempt(
        _ leaf: Leaf, _ candidate: Candidate, isRepeated: Bool, at now: MonotonicInstant
    ) -> Action {
        if let failure = requestOverdue(at: now) { return finish(failure) }
        attemptCount += 1
        let attempt = makeAttempt(leaf, candidate, isRepeated: isRepeated, at: now)
        phase = .attempting(attempt)
        return .attempt(attempt)
    }

    /// The answer if the time for the whole route is over.
    func requestOverdue(at now: MonotonicInstant) -> Failure? {
        guard let requestDeadline, requestDeadline.time <= now else { return nil }
        return Verdict(requestDeadline.signal, key: .gateway).answer(requestDeadline.failure)
    }

    /// One try at a leg, whose time begins with its first one.
    mutating func makeAttempt(
        _ leaf: Leaf, _ candidate: Candidate, isRepeated: Bool, at now: MonotonicInstant
    ) -> Attempt {
        candidates[candidate].leaf = leaf
        if candidates[candidate].deadline == nil, let budget = leaf.ttftTimeout {
            candidates[candidate].deadline = OutputDeadline(time: now + budget, scope: .leg, budget: budget)
        }
        return Attempt(
            number: attemptCount, leaf: leaf, keyChangeCount: 0, isRepeated: isRepeated,
            deadline: deadline(of: candidates[candidate]))
    }

    private func deadline(of candidate: FailoverCandidate) -> OutputDeadline? {
        .earlier(leg: candidate.deadline, request: requestDeadline)
    }

    mutating func finish(_ failure: Failure) -> Action {
        phase = .finished
        return .finish(failure)
    }

    private func currentAttempt() -> Attempt {
        guard case .attempting(let attempt) = phase else { preconditionFailure("no attempt is being made in \(phase)") }
        return attempt
    }

    func index(of attempt: Attempt) -> Int {
        guard let index = candidates.firstIndex(where: { $0.leaf.key == attempt.leaf.key }) else {
            preconditionFailure("the attempt at \(attempt.leaf.key) is not of this plan")
        }
        return index
    }
}
