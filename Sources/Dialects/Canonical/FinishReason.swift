/// Why a model stopped.
package enum FinishReason: Sendable, Hashable {
    /// A natural end, or a stop sequence that the provider does not name.
    case stop
    /// One of the client's stop sequences, where the provider tells which.
    case stopSequence(String)
    /// The output token limit or the context window was reached.
    case length
    /// The context window is full, where the provider tells it from the limit of output tokens.
    case contextWindow
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
