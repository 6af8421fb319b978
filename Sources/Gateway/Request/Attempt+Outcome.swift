import Dialects
import Routing

extension Attempt {
    /// How the opening of a leg came out.
    enum Outcome {
        /// A whole answer in the client's form, complete.
        case whole(body: [UInt8], usage: Usage?)
        /// A streamed answer that has committed, or has ended without ever having output.
        case stream(StreamRelay)
        /// The same in a race, for a client that asked for no stream: ``Attempt/collect()`` reads the rest.
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
}
