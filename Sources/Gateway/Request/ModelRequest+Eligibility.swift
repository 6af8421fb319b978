import Dialects
import Routing
import Runtime
import Transport

/// Which legs of a route can serve a call at all: those that speak of what it asks for, and know what it refers to.
extension ModelRequest {
    /// The legs of the route that can serve the call; nil where none counts tokens, which lip then estimates.
    ///
    /// - Throws: 400, where no leg has what is asked for, or the call goes on from a response that none of them issued.
    func eligible(_ selector: Selector, for call: Call) throws(Failure) -> Selector? {
        let selector = if let id = call.previousResponseID { try pinned(selector, to: id) } else { selector }
        guard let refusal = refusal(of: call, by: selector) else { return selector }
        if let able = selector.keeping({ isAble($0, call) }) { return able }
        if case .countTokens = call.operation { return nil }
        throw refusal
    }

    /// Why the first leg that cannot serve the call cannot; nil where all can.
    private func refusal(of call: Call, by selector: Selector) -> Failure? {
        for arm in selector.arms {
            for leaf in arm.legs {
                if let refusal = gateway.backend(of: leaf).refusal(of: call) { return refusal }
            }
        }
        return nil
    }

    /// Whether a leg can serve the call; traces why it cannot.
    private func isAble(_ leaf: Leaf, _ call: Call) -> Bool {
        let backend = gateway.backend(of: leaf)
        guard let refusal = backend.refusal(of: call) else { return true }
        trace(
            .skip, LegID(backend: backend.configuration.id, model: leaf.model),
            detail: .answer(status: refusal.status, message: refusal.message))
        return false
    }

    // MARK: Responses that a provider keeps

    /// The one leg of the route that has the earlier response which the call goes on from.
    private func pinned(_ selector: Selector, to id: String) throws(Failure) -> Selector {
        guard let origin = gateway.responses.origin(of: id, for: record.principal, at: context.loop.now) else {
            return try onlyIssuer(in: selector, of: id)
        }
        let legs = selector.leaves.filter { $0.backend == origin.backend }
        guard var leaf = legs.first(where: { $0.model == origin.model }) ?? legs.first else {
            throw Self.notIssued(
                id, "was issued by the backend '\(origin.backend)', to which this request does not go")
        }
        issuer = origin
        leaf.handicap = nil
        var pinned = selector
        pinned.arms = [Arm(kind: .single, legs: [leaf])]
        return pinned
    }

    /// Where nobody knows who issued it: the legs of the only backend that may have.
    private func onlyIssuer(in selector: Selector, of id: String) throws(Failure) -> Selector {
        var issuers: Set<String> = []
        for leaf in selector.leaves {
            let backend = gateway.backend(of: leaf)
            if backend.keepsResponses { issuers.insert(backend.configuration.id) }
        }
        guard issuers.count == 1, let kept = selector.keeping({ $0.backend.map(issuers.contains) ?? false }) else {
            throw Self.notIssued(id, "was not issued here, or too long ago")
        }
        return kept
    }

    private static func notIssued(_ id: String, _ words: String) -> Failure {
        .malformed(
            "previous_response_id", "The previous_response_id '\(id)' \(words).", code: "previous_response_not_found")
    }

    /// Remembers who issued the answer, for a client that asks for it again or goes on from it.
    func remember(_ attempt: Attempt) {
        guard frontend == .openAIResponses, attempt.backend.keepsResponses,
            let id = attempt.answerID, call?.original?.root["store"]?.bool != false
        else { return }
        let origin = ResponseOrigin(
            backend: attempt.backend.configuration.id, model: attempt.leaf.model, key: attempt.lease?.index)
        gateway.responses.issued(id, to: record.principal, by: origin, at: context.loop.now)
    }

    // MARK: Counts of tokens

    /// Whether an estimate is a better answer than the failure: nobody could count, and it is not the client's mistake.
    func isReplaceable(_ failure: Failure, for call: Call) -> Bool {
        guard case .countTokens = call.operation else { return false }
        return switch failure.kind {
        case .invalidRequest, .contextLength, .tooLarge, .contentBlocked, .cancelled, .internalError: false
        // 404 and the like: a server that speaks the protocol, but has no such endpoint.
        default: true
        }
    }

    /// Answers with lip's own estimate, marked as such.
    func answerEstimate(of call: Call) -> Step {
        let estimate = TokenEstimate(call.body())
        let body =
            call.dialect == .gemini
            ? GeminiCountTokens.body(totalTokens: estimate.tokens)
            : AnthropicCountTokens.body(inputTokens: estimate.tokens)
        var headers = HTTPHeaders([("content-type", "application/json")])
        frontend.name(record.id, in: &headers)
        if !record.attempts.isEmpty || record.session != nil { record.nameALeg(in: &headers) }
        TokenCountHeader.mark(estimate.method, in: &headers)
        exchange.respond(status: 200, headers: headers, body: body)
        return .done
    }
}
