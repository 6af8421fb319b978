import Dialects
import Routing
import Runtime
import Testing

/// A plan with a clock and a random source, driven step by step.
struct PlanDrive {
    var plan: FailoverPlan
    var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    var random: SplitMix64
    private(set) var last: FailoverPlan.Action

    init(
        _ selector: String, windows: [LegID: Int] = [:], size: Int? = nil, isFirst: Bool = true,
        sticky: Leaf? = nil, seed: UInt64 = 7,
        _ change: (inout FailoverSettings) -> Void = { _ in }
    ) throws {
        var settings = FailoverSettings()
        settings.retryWaitJitter = 0
        change(&settings)
        random = SplitMix64(state: seed)
        let request = FailoverRequest(
            start: now, size: size.map { TokenEstimate(tokens: $0, method: .bytes) }, isFirst: isFirst,
            sticky: sticky.map { [now] in AffinityBinding($0, since: now) })
        plan = FailoverPlan(
            try Selector.parse(selector), for: request, settings: settings, windows: ContextWindows(windows))
        last = plan.began(at: now, using: &random)
    }

    mutating func fail(
        status: Int, retryAfter: Duration? = nil, key: CredentialOwner = .gateway,
        shortage: KeyPool.Shortage? = .disabled
    ) {
        let kind: Failure.Kind =
            switch status {
            case 401: .authentication
            case 429: .rateLimited
            case 400..<500: .invalidRequest
            default: .providerError
            }
        fail(
            Failure(kind, "status \(status)", side: .provider, providerStatus: status, retryAfter: retryAfter),
            key: key,
            shortage: shortage)
    }

    mutating func fail(_ failure: Failure, key: CredentialOwner = .gateway, shortage: KeyPool.Shortage? = .disabled) {
        let verdict = Verdict(UpstreamSignal(failure), key: key)
        last = plan.failed(failure, verdict, shortage: shortage, at: now, using: &random)
    }

    /// Rate limited, with no other key before `keyBack`.
    mutating func limit(retryAfter: Duration?, keyBack: Duration = .seconds(60)) {
        fail(status: 429, retryAfter: retryAfter, shortage: .coolingDown(until: now + (retryAfter ?? keyBack)))
    }

    /// Lets the attempt's deadline pass.
    mutating func expire() throws {
        let deadline = try #require(attempt?.deadline)
        now = max(now, deadline.time)
        last = plan.failed(
            deadline.failure, Verdict(deadline.signal, key: .gateway), shortage: nil, at: now, using: &random)
    }

    mutating func skip(_ shortage: KeyPool.Shortage) {
        last = plan.skipped(.key(shortage), at: now, using: &random)
    }

    mutating func skip(_ refusal: LegRefusal) {
        last = plan.skipped(refusal, at: now, using: &random)
    }

    /// The leg's breaker is open for so many seconds.
    mutating func skipOpen(_ seconds: Int) {
        last = plan.skipped(.breakerOpen(until: now + .seconds(seconds)), at: now, using: &random)
    }

    mutating func sleep() {
        if let wait { now = now + wait }
        last = plan.waited(at: now)
    }

    /// Lets the legs in question race, but for those that are refused.
    mutating func survey(_ refusals: [LegRefusal?]) {
        last = plan.surveyed(refusals, at: now, using: &random)
    }

    /// Starts the leg at this place of the race.
    mutating func start(_ place: Int) -> FailoverPlan.Attempt {
        let attempt = plan.raceLegStarts(place, at: now)
        plan.raceLegBegan()
        return attempt
    }

    /// The leg at this place starts and fails with a status.
    @discardableResult
    mutating func failInRace(
        _ place: Int, status: Int, shortage: KeyPool.Shortage? = .disabled
    ) -> FailoverPlan.RaceLegAction {
        let kind: Failure.Kind =
            switch status {
            case 401: .authentication
            case 413: .contextLength
            case 400..<500: .invalidRequest
            default: .providerError
            }
        let failure = Failure(kind, "status \(status)", side: .provider, providerStatus: status)
        let attempt = start(place)
        return plan.raceLegFailed(
            attempt, failure, Verdict(UpstreamSignal(failure), key: .gateway), shortage: shortage, at: now)
    }

    mutating func loseRace() {
        last = plan.raceLost(at: now, using: &random)
    }

    var attempt: FailoverPlan.Attempt? {
        if case .attempt(let attempt) = last { attempt } else { nil }
    }
    var wait: Duration? {
        if case .wait(let wait) = last { wait } else { nil }
    }
    var answer: Failure? {
        if case .finish(let failure) = last { failure } else { nil }
    }
    /// The step in short: `1 a:m`, `2* a:m` for a repeated leg, `1 a:m #1` after a change of the key.
    var step: String {
        switch last {
        case .attempt(let attempt):
            "\(attempt.number)\(attempt.isRepeated ? "*" : "") \(attempt.leaf.key)"
                + (attempt.keyChangeCount > 0 ? " #\(attempt.keyChangeCount)" : "")
        case .survey(let legs): "survey \(legs.map(\.key.description).joined(separator: " "))"
        case .race(let race): "\(race.number) \(race.legs.map(\.key.description).joined(separator: "!"))"
        case .wait(let wait): "wait \(wait.wholeNanoseconds / 1_000_000)"
        case .finish(let failure): "\(failure.status)"
        }
    }
}
