import Transport

/// Reads the JSON-RPC errors of agents.
///
/// Their numbers are the agent protocol's own, and mean nothing to a client: the kind of failure is what it is told.
/// Nothing else is tried after one: an agent acts, and may have changed something before it failed.
enum ACPErrors {
    /// The failure that an `error` member is.
    ///
    /// - Parameter isPrompt: Whether it answers the prompt, and not what lip itself asked before.
    static func failure(_ error: JSONCursor, isPrompt: Bool, phase: Failure.Phase) -> Failure {
        let code = error["code"]?.int
        var text = error["message"]?.string ?? ""
        // SDKs say "Internal error", and what it was in the data.
        if let detail = detail(error["data"]), !text.contains(detail) {
            text = text.isEmpty ? detail : "\(text): \(detail)"
        }
        if text.isEmpty { text = "the agent reported an error without an explanation" }
        let failure: Failure
        switch code {
        case ACPErrorCode.authenticationRequired:
            failure = made(.permission, text, phase)
        case ACPErrorCode.invalidParameters where isPrompt:
            failure = made(.invalidRequest, text, phase)
        case ACPErrorCode.resourceNotFound where isPrompt:
            failure = made(.notFound, text, phase)
        default:
            failure = made(.providerError, text, phase)
        }
        return phase == .afterOutput ? failure.afterOutput() : failure
    }

    private static func made(
        _ kind: Failure.Kind, _ text: String, _ phase: Failure.Phase
    ) -> Failure {
        Failure(kind, text, side: .provider, phase: phase, retry: .never)
    }

    private static func detail(_ data: JSONCursor?) -> String? {
        guard let data else { return nil }
        let text = data.string ?? data["details"]?.string ?? data["message"]?.string
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }
}
