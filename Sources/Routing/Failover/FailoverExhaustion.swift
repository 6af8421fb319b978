import Dialects
import Runtime

/// The answer when every leg failed or could not be tried.
enum FailoverExhaustion {
    static func answer(_ candidates: [FailoverCandidate], size: TokenEstimate?, at now: MonotonicInstant) -> Failure {
        var failures: [FailoverCandidate.FailedAttempt] = []
        var refusals: [LegRefusal] = []
        for candidate in candidates {
            switch candidate.state {
            case .untried: break
            case .skipped(let refusal): refusals.append(refusal)
            case .failed(let attempt): failures.append(attempt)
            }
        }
        failures.sort { $0.number < $1.number }
        guard let last = failures.last else {
            if refusals.isEmpty, let size { return unfit(size) }
            return ineligible(refusals, at: now)
        }

        var answer = last.verdict.answer(last.failure)
        // No larger leg could be tried after it, so that the conversation is too long for what there is.
        if last.verdict.recovery == .largerWindow { return answer }
        if failures.allSatisfy({ $0.verdict.sort == .rateLimit }) {
            answer.settle(status: 429)
        } else if failures.allSatisfy({ $0.verdict.sort == .timeout }) {
            answer.settle(status: 504)
        } else if failures.count > 1 {
            answer.settle(status: 502)
        }
        let resting = refusals.compactMap { $0.retryAfter(at: now) }
        answer.retryAfter = (failures.compactMap { $0.retryAfter(at: now) } + resting).min()
        return answer
    }

    /// The answer when no leg takes a request of this size.
    private static func unfit(_ size: TokenEstimate) -> Failure {
        Failure(
            .contextLength,
            "the request is outside of every leg's min_context and max_context: it has an estimated \(size)",
            side: .gateway, status: 413, code: "context_length_exceeded")
    }

    /// The answer when no leg could be tried: 429 if all are limited, 503 if some come back, 502 if none will.
    private static func ineligible(_ refusals: [LegRefusal], at now: MonotonicInstant) -> Failure {
        let resting = refusals.compactMap { $0.retryAfter(at: now) }
        guard let soonest = resting.min() else {
            let reason =
                refusals.allSatisfy { $0 == .key(.disabled) }
                ? "the provider has refused every key that the gateway has for this route"
                : refusals.allSatisfy { $0 == .key(.missing) }
                    ? "the gateway has no key for any provider of this route"
                    : "the gateway has no usable key for any provider of this route"
            return Failure(.unavailable, reason, side: .gateway, retry: .never, status: 502)
        }
        let isLimited = refusals.allSatisfy { if case .key(.coolingDown) = $0 { true } else { false } }
        return isLimited
            ? Failure(
                .rateLimited, "every provider of this route is rate limited", side: .provider, retry: .never,
                status: 429, retryAfter: soonest)
            : Failure(
                .unavailable, "no provider of this route may be tried now", side: .gateway, retry: .never, status: 503,
                retryAfter: soonest)
    }
}

extension LegRefusal {
    /// The shortest time that a client is told to stay away for.
    private static let retryAfterMin = Duration.seconds(1)

    /// How long a client should leave the leg alone; nil if for good.
    func retryAfter(at now: MonotonicInstant) -> Duration? {
        switch self {
        case .key(.coolingDown(let until)), .breakerOpen(let until), .busy(let until):
            max(until - now, Self.retryAfterMin)
        case .retryBudget: Self.retryAfterMin
        case .key(.disabled), .key(.missing): nil
        }
    }
}
