import Transport

/// The top-level members of a Responses request that have a canonical name or are checked.
///
/// Source: OpenAI API reference, "Create a model response".
enum OpenAIResponsesMember: String, CaseIterable {
    case model
    case input
    case instructions
    case stream
    case streamOptions = "stream_options"
    case tools
    case toolChoice = "tool_choice"
    case text
    case reasoning
    case maxOutputTokens = "max_output_tokens"
    case maxToolCalls = "max_tool_calls"
    case temperature
    case topP = "top_p"
    case topLogprobs = "top_logprobs"
    case parallelToolCalls = "parallel_tool_calls"
    case metadata
    case store
    case include
    case previousResponseID = "previous_response_id"
    case conversation
    case prompt
    case background
    case truncation
    case serviceTier = "service_tier"
    case promptCacheKey = "prompt_cache_key"
    case safetyIdentifier = "safety_identifier"
    case user

    /// The member that a key names, or nil for one that only the provider knows.
    static func named(_ key: JSONCursor) -> OpenAIResponsesMember? {
        // Names up to fifteen bytes need no memory of their own, and few are longer.
        key.string.flatMap(OpenAIResponsesMember.init(rawValue:))
    }

    /// Which members a request has had already, to refuse duplicates that readers would understand differently.
    struct Seen {
        private var bits: UInt64 = 0

        /// Notes a member; false if it was there before.
        mutating func insert(_ member: OpenAIResponsesMember) -> Bool {
            let bit = UInt64(1) << UInt64(member.position)
            defer { bits |= bit }
            return bits & bit == 0
        }
    }

    private var position: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
