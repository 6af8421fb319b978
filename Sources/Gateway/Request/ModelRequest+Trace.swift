import Dialects
import Routing
import Runtime

/// What a request leaves in the route trace.
extension ModelRequest {
    /// Notes a decision; without a leg it is one about the whole request.
    func trace(
        _ decision: RouteTraceEntry.Decision, _ leg: LegID? = nil, _ attempt: Int? = nil,
        _ detail: RouteTraceEntry.Detail = .none
    ) {
        context.trace.note(
            RouteTraceEntry(
                time: context.loop.now, requestID: InlineText(record.id), selector: record.selector ?? "",
                decision: decision,
                leg: leg, attempt: attempt, detail: detail))
    }

    func trace(
        _ decision: RouteTraceEntry.Decision, _ leg: LegID? = nil, detail: RouteTraceEntry.Detail
    ) {
        trace(decision, leg, nil, detail)
    }

    /// Notes for each leg of the route whether it may have its turn.
    @inline(never)
    func tracePlan(of selector: Selector, _ call: Call, _ size: TokenEstimate?) {
        let required = call.requiredCapabilities.subtracting(.soft)
        // That a route's only leg may have its turn is what its attempt says.
        let isAlone = selector.arms.count == 1 && selector.arms[0].legs.count == 1
        for leaf in selector.leaves {
            guard let backend = leaf.backend else { continue }
            let leg = LegID(backend: backend, model: leaf.model)
            let lacking = gateway.capabilities.lacking(leaf, of: required)
            if !lacking.isEmpty {
                trace(.skip, leg, detail: .lacks(lacking))
            } else if let size, !leaf.fits(size) {
                trace(.skip, leg, detail: .unfit(tokens: size.tokens))
            } else if !isAlone {
                trace(.planCandidate, leg)
            }
        }
    }
}
