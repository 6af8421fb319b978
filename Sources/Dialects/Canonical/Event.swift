/// One step of a model's answer, the same for every dialect and for streamed and whole answers.
///
/// `choice` counts the alternatives of one call (0 unless the client asked for more), `index` the tool calls of one
/// choice. A tool call starts exactly once; its arguments are the concatenation of its deltas.
package enum Event: Sendable, Equatable {
    /// The provider began to answer; comes once, before everything else.
    indirect case started(ResponseInfo)
    /// Text for the reader.
    case textDelta(choice: Int, String)
    /// Reasoning that the provider shows.
    case reasoningDelta(choice: Int, String)
    /// The provider's seal on the reasoning before it; goes back only to the dialect that issued it.
    case reasoningSignature(choice: Int, String)
    /// A provider's structured or encrypted reasoning, as source text.
    case reasoningDetails(choice: Int, RawJSON)
    /// The model's explanation of why it declines.
    case refusalDelta(choice: Int, String)
    /// A tool call begins.
    indirect case toolCallStarted(choice: Int, index: Int, id: String, name: String, kind: ToolKind)
    /// More of a tool call's arguments (JSON text for functions, any text for custom tools).
    case toolCallArguments(choice: Int, index: Int, String)
    /// Audio, images or files, as source text in the dialect that issued them.
    case media(choice: Int, RawJSON)
    /// Citations and other annotations: a JSON array as source text.
    case annotations(choice: Int, RawJSON)
    /// Token log probabilities as source text.
    case logprobs(choice: Int, RawJSON)
    /// A choice is complete.
    case finished(choice: Int, FinishReason)
    /// What the call consumed; a later one replaces an earlier one.
    indirect case usage(Usage)
    /// The answer failed; nothing follows.
    indirect case failed(Failure)
    /// The answer is complete; nothing follows.
    case ended

    /// Whether this is model output that a client can see: from the first such event on nothing may be retried.
    package var commits: Bool {
        switch self {
        case .textDelta(_, let text), .reasoningDelta(_, let text), .refusalDelta(_, let text): !text.isEmpty
        case .toolCallStarted, .toolCallArguments, .media: true
        case .reasoningDetails, .reasoningSignature: true
        case .started, .annotations, .logprobs, .finished, .usage, .failed, .ended: false
        }
    }

    /// Whether this output decides a race: text or reasoning that is not blank, a refusal, media, or a tool call.
    package var wins: Bool {
        switch self {
        case .textDelta(_, let text), .reasoningDelta(_, let text), .refusalDelta(_, let text): !text.isBlank
        case .toolCallStarted, .media: true
        case .toolCallArguments(_, _, let text): !text.isEmpty
        case .reasoningDetails, .reasoningSignature, .started, .annotations, .logprobs, .finished, .usage, .failed,
            .ended:
            false
        }
    }
}

extension String {
    /// Whether the text is empty or only white space.
    fileprivate var isBlank: Bool {
        for scalar in unicodeScalars where !scalar.properties.isWhitespace { return false }
        return true
    }
}
