import Dialects
import Routing
import Runtime

/// What the log says of a request's attempts.
extension ModelRequest {
    /// Tells of a failed attempt; `next` is what follows from it.
    func log(_ failure: Failure, of attempt: Attempt, _ verdict: Verdict, next: String) {
        var fields: [(String, LogValue)] = [
            ("request_id", .string(record.id)), ("attempt", .integer(attempt.planned.number)),
            ("backend", .string(attempt.backend.configuration.id)),
            ("backend_model", .string(attempt.leaf.model)), ("error_kind", .string(failure.kind.rawValue)),
            ("error", .string(failure.message)),
        ]
        if let detail = attempt.transportDetail { fields.append(("detail", .string(detail))) }
        if let status = attempt.providerStatus { fields.append(("provider_status", .integer(status))) }
        // Which of several keys it was, counted from 1: a refused one must be found and replaced.
        if let lease = attempt.lease { fields.append(("key", .integer(lease.index + 1))) }
        if attempt.resendCount > 0 { fields.append(("resent", .flag(true))) }
        fields += [("verdict", .string(verdict.row)), ("next", .string(next))]
        if failure.kind == .exhausted {
            logExhaustion(fields)
        } else {
            gateway.logger.log(.warn, "attempt.failed", fields)
        }
        trace(
            .fail, attempt.leg.id, attempt.planned.number,
            .failure(row: verdict.row, status: attempt.providerStatus, message: failure.message))
    }

    /// Tells that the gateway itself lacks something, of one attempt for many: whoever asks meets the same lack.
    private func logExhaustion(_ fields: [(String, LogValue)]) {
        context.metrics.descriptorsRanOut()
        guard let heldBack = context.exhaustionThrottle.admitted(at: context.loop.now) else { return }
        gateway.logger.log(.error, "gateway.exhausted", fields + [("held_back", .integer(heldBack))])
    }

    /// What follows from a failure, in a word.
    static func name(_ action: FailoverPlan.Action) -> String {
        switch action {
        case .attempt(let next): next.keyChangeCount > 0 ? "next_key" : "next_leg"
        case .survey, .race: "next_leg"
        case .wait: "wait"
        case .finish: "surface"
        }
    }
}
