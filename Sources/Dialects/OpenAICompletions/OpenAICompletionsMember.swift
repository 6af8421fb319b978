import Transport

/// The top-level members of a completion request in OpenAI's oldest interface.
///
/// Source: OpenAI API reference, "Create completion (legacy)".
enum OpenAICompletionsMember: String, CaseIterable {
    case model
    case prompt
    case stream
    case streamOptions = "stream_options"
    case n
    case bestOf = "best_of"
    case echo
    case suffix
    case logprobs
    case maxTokens = "max_tokens"
    case temperature
    case topP = "top_p"
    case stop
    case seed
    case presencePenalty = "presence_penalty"
    case frequencyPenalty = "frequency_penalty"
    case logitBias = "logit_bias"
    case user

    /// The member that a key names, or nil for one that only the provider knows.
    static func named(_ key: JSONCursor) -> OpenAICompletionsMember? {
        key.string.flatMap(OpenAICompletionsMember.init(rawValue:))
    }

    /// The member's bit in a set of those that were seen.
    var bit: UInt32 { 1 << UInt32(Self.allCases.firstIndex(of: self) ?? 0) }
}
