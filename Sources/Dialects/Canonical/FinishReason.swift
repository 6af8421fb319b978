/// Why a model stopped.
package enum FinishReason: Sendable, Hashable {
    /// A natural end, or a stop sequence.
    case stop
    /// The output token limit or the context window was reached.
    case length
    /// The model waits for the results of its tool calls.
    case toolCalls
    /// The model waits for the result of a call in the legacy `function_call` form.
    case functionCall
    /// The provider withheld or cut the output.
    case contentFilter
    /// The model declined to answer.
    case refusal
    /// The provider paused a long turn that the client may continue.
    case pause
    /// A reason that only its own dialect has a name for.
    case other(String)
}
