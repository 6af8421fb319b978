import Dialects
import Routing

extension Attempt {
    /// How the opening of a leg came out.
    enum Outcome {
        /// A whole answer in the client's form, complete.
        case whole(body: [UInt8], usage: Usage?)
        /// A streamed answer that has committed, or has ended without ever having output.
        case stream(StreamRelay)
        /// A stream that has committed, for a client that asked for none: ``Attempt/collect()`` reads the rest.
        case collecting(StreamRelay)
        /// No answer.
        case failed(Failure)
        /// The call was called off.
        case cancelled
    }

    /// A failure that moved the attempt on to its backend's next key.
    struct KeyRefusal {
        var failure: Failure
        var verdict: Verdict
    }

    /// Whether a session may have it as its first turn, and a route stick to its backend.
    var isGeneration: Bool { call.operation.isGeneration }

    /// How many of its requests went out once more, with those that led up to the one for the answer.
    var resendCount: Int { ownResendCount + (agentTurn?.resendCount ?? 0) }

    /// What follows from its failure before the client has seen anything of it.
    func verdict(on failure: Failure) -> Verdict {
        let verdict = Verdict(signal(of: failure), key: .gateway)
        return hasActed ? verdict.afterOutput : verdict
    }

    /// What its failure means to the router.
    private func signal(of failure: Failure) -> UpstreamSignal {
        missedDeadline?.signal ?? (isWithoutOutput ? UpstreamSignal(.noOutput) : UpstreamSignal(failure))
    }
}
