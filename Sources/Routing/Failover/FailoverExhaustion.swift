import Dialects
import Runtime

/// The answer when every leg failed or could not be tried.
enum FailoverExhaustion {
    static func answer(_ candidates: [FailoverCandidate], size: TokenEstimate?, at now: MonotonicInstant) -> Failure {
        var failures: [FailoverCandidate.FailedAttempt] = []
        var shortages: [KeyPool.Shortage] = []
        for candidate in candidates {
            switch candidate.state {
            case .untried: break
            case .skipped(let shortage): shortages.append(shortage)
            case .failed(let attempt): failures.append(attempt)
            }
        }
        failures.sort { $0.number < $1.number }
        guard let last = failures.last else {
            if shortages.isEmpty, let size { return unfit(size) }
            return ineligible(shortages, at: now)
        }

        var answer = last.verdict.answer(last.failure)
        if failures.allSatisfy({ $0.verdict.sort == .rateLimit }) {
            answer.settle(status: 429)
        } else if failures.allSatisfy({ $0.verdict.sort == .timeout }) {
            answer.settle(status: 504)
        } else if failures.count > 1 {
            answer.settle(status: 502)
        }
        let resting = shortages.compactMap { restingTime($0, at: now) }
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

    /// The answer when no leg could be tried: 429 if all of them rest, 503 if some do, 502 if none will come back.
    private static func ineligible(_ shortages: [KeyPool.Shortage], at now: MonotonicInstant) -> Failure {
        let resting = shortages.compactMap { restingTime($0, at: now) }
        guard let soonest = resting.min() else {
            let reason =
                shortages.allSatisfy { $0 == .disabled }
                ? "the provider has refused every key that the gateway has for this route"
                : shortages.allSatisfy { $0 == .missing }
                    ? "the gateway has no key for any provider of this route"
                    : "the gateway has no usable key for any provider of this route"
            return Failure(.unavailable, reason, side: .gateway, retry: .never, status: 502)
        }
        return resting.count == shortages.count
            ? Failure(
                .rateLimited, "every provider of this route is rate limited", side: .provider, retry: .never,
                status: 429,
                retryAfter: soonest)
            : Failure(
                .unavailable, "no provider of this route may be tried now", side: .gateway, retry: .never, status: 503,
                retryAfter: soonest)
    }

    private static func restingTime(_ shortage: KeyPool.Shortage, at now: MonotonicInstant) -> Duration? {
        guard case .coolingDown(let until) = shortage else { return nil }
        return max(until - now, .zero)
    }
}
