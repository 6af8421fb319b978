import Dialects

extension Call {
    /// What the call asks of a model.
    package var requiredCapabilities: Capabilities { Capabilities(requiredBy: features) }

    /// The call without the options for which a model lacks the capability, and their names as the client wrote them.
    ///
    /// Only what the call can do without is left out; the call is then written anew for the provider.
    package func leavingOut(_ lacking: Capabilities) -> (call: Call, dropped: [String]) {
        let lacking = lacking.intersection(.soft).intersection(requiredCapabilities)
        guard !lacking.isEmpty else { return (self, []) }
        var body = body()
        var dropped: [String] = []
        if lacking.contains(.reasoning) {
            if body.options.reasoningEffort != nil { dropped.append(body.spelling[.reasoningEffort]) }
            if body.options.reasoningBudgetTokens != nil { dropped.append(body.spelling[.reasoningBudgetTokens]) }
            body.options.reasoningEffort = nil
            body.options.reasoningBudgetTokens = nil
        }
        if lacking.contains(.parallelToolCalls) {
            dropped.append(body.spelling[.parallelToolCalls])
            body.options.parallelToolCalls = nil
        }
        var call = self
        call.replaceBody(body)
        return (call, dropped)
    }
}
