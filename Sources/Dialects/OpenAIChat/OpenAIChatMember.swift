import Transport

/// The top-level members of a chat completion request that have a canonical name or are checked.
enum OpenAIChatMember: String, CaseIterable {
    case model
    case messages
    case stream
    case streamOptions = "stream_options"
    case n
    case temperature
    case topP = "top_p"
    case topK = "top_k"
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
    case stop
    case seed
    case presencePenalty = "presence_penalty"
    case frequencyPenalty = "frequency_penalty"
    case logitBias = "logit_bias"
    case logprobs
    case topLogprobs = "top_logprobs"
    case reasoningEffort = "reasoning_effort"
    case parallelToolCalls = "parallel_tool_calls"
    case tools
    case toolChoice = "tool_choice"
    case functions
    case functionCall = "function_call"
    case responseFormat = "response_format"
    case modalities
    case audio
    case prediction
    case webSearchOptions = "web_search_options"
    case verbosity
    case serviceTier = "service_tier"
    case store
    case metadata
    case user
    case safetyIdentifier = "safety_identifier"
    case promptCacheKey = "prompt_cache_key"

    /// The member that a key names, or nil for one that only the provider knows.
    ///
    /// A key spelled with escapes is decoded first: it must not slip by as an unknown member.
    static func named(_ key: JSONCursor) -> OpenAIChatMember? {
        if let member = spelledPlainly(key) { return member }
        guard key.raw.contains(UInt8(ascii: "\\")), let name = key.string else { return nil }
        return OpenAIChatMember(rawValue: name)
    }

    /// Compares only the names of the key's length.
    private static func spelledPlainly(_ key: JSONCursor) -> OpenAIChatMember? {
        switch key.range.count - 2 {
        case 1: key.equals("n") ? .n : nil
        case 4:
            key.equals("stop")
                ? .stop
                : key.equals("seed")
                    ? .seed
                    : key.equals("user") ? .user : nil
        case 5:
            key.equals("model")
                ? .model
                : key.equals("top_p")
                    ? .topP
                    : key.equals("top_k")
                        ? .topK
                        : key.equals("tools")
                            ? .tools
                            : key.equals("audio")
                                ? .audio
                                : key.equals("store") ? .store : nil
        case 6: key.equals("stream") ? .stream : nil
        case 8:
            key.equals("messages")
                ? .messages
                : key.equals("logprobs")
                    ? .logprobs
                    : key.equals("metadata") ? .metadata : nil
        case 9:
            key.equals("functions")
                ? .functions
                : key.equals("verbosity") ? .verbosity : nil
        case 10:
            key.equals("max_tokens")
                ? .maxTokens
                : key.equals("logit_bias")
                    ? .logitBias
                    : key.equals("modalities")
                        ? .modalities
                        : key.equals("prediction") ? .prediction : nil
        case 11:
            key.equals("temperature")
                ? .temperature
                : key.equals("tool_choice") ? .toolChoice : nil
        case 12:
            key.equals("top_logprobs")
                ? .topLogprobs
                : key.equals("service_tier") ? .serviceTier : nil
        case 13: key.equals("function_call") ? .functionCall : nil
        case 14: key.equals("stream_options") ? .streamOptions : nil
        case 15: key.equals("response_format") ? .responseFormat : nil
        case 16:
            key.equals("presence_penalty")
                ? .presencePenalty
                : key.equals("reasoning_effort")
                    ? .reasoningEffort
                    : key.equals("prompt_cache_key") ? .promptCacheKey : nil
        case 17:
            key.equals("frequency_penalty")
                ? .frequencyPenalty
                : key.equals("safety_identifier") ? .safetyIdentifier : nil
        case 18: key.equals("web_search_options") ? .webSearchOptions : nil
        case 19: key.equals("parallel_tool_calls") ? .parallelToolCalls : nil
        case 21: key.equals("max_completion_tokens") ? .maxCompletionTokens : nil
        default: nil
        }
    }

    /// A set of members, for finding duplicates without memory.
    struct Seen {
        private var bits: UInt64 = 0

        /// Adds a member; false if it was there.
        mutating func insert(_ member: OpenAIChatMember) -> Bool {
            let bit: UInt64 = 1 << member.position
            defer { bits |= bit }
            return bits & bit == 0
        }
    }

    private var position: UInt64 {
        switch self {
        case .model: 0
        case .messages: 1
        case .stream: 2
        case .streamOptions: 3
        case .n: 4
        case .temperature: 5
        case .topP: 6
        case .topK: 7
        case .maxTokens: 8
        case .maxCompletionTokens: 9
        case .stop: 10
        case .seed: 11
        case .presencePenalty: 12
        case .frequencyPenalty: 13
        case .logitBias: 14
        case .logprobs: 15
        case .topLogprobs: 16
        case .reasoningEffort: 17
        case .parallelToolCalls: 18
        case .tools: 19
        case .toolChoice: 20
        case .functions: 21
        case .functionCall: 22
        case .responseFormat: 23
        case .modalities: 24
        case .audio: 25
        case .prediction: 26
        case .webSearchOptions: 27
        case .verbosity: 28
        case .serviceTier: 29
        case .store: 30
        case .metadata: 31
        case .user: 32
        case .safetyIdentifier: 33
        case .promptCacheKey: 34
        }
    }
}
