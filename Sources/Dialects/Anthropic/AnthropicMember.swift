import Transport

/// The top-level members of a Messages request that have a canonical name or are checked.
///
/// Source: https://docs.anthropic.com/en/api/messages.
enum AnthropicMember: String, CaseIterable {
    case model
    case messages
    case system
    case stream
    case maxTokens = "max_tokens"
    case temperature
    case topP = "top_p"
    case topK = "top_k"
    case stopSequences = "stop_sequences"
    case tools
    case toolChoice = "tool_choice"
    case thinking
    case outputConfig = "output_config"
    case metadata
    case serviceTier = "service_tier"

    /// The member that a key names, or nil for one that only the provider knows.
    ///
    /// A key spelled with escapes is decoded: it must not slip by as an unknown member.
    static func named(_ key: JSONCursor) -> AnthropicMember? {
        if let member = spelledPlainly(key) { return member }
        guard key.raw.contains(UInt8(ascii: "\\")), let name = key.string else { return nil }
        return AnthropicMember(rawValue: name)
    }

    /// Compares only the names of the key's length.
    private static func spelledPlainly(_ key: JSONCursor) -> AnthropicMember? {
        switch key.range.count - 2 {
        case 5:
            key.equals("model")
                ? .model
                : key.equals("tools")
                    ? .tools
                    : key.equals("top_p") ? .topP : key.equals("top_k") ? .topK : nil
        case 6: key.equals("system") ? .system : key.equals("stream") ? .stream : nil
        case 8:
            key.equals("messages")
                ? .messages
                : key.equals("thinking") ? .thinking : key.equals("metadata") ? .metadata : nil
        case 10: key.equals("max_tokens") ? .maxTokens : nil
        case 11: key.equals("temperature") ? .temperature : key.equals("tool_choice") ? .toolChoice : nil
        case 12: key.equals("service_tier") ? .serviceTier : nil
        case 13: key.equals("output_config") ? .outputConfig : nil
        case 14: key.equals("stop_sequences") ? .stopSequences : nil
        default: nil
        }
    }

    /// A set of members, for finding duplicates without memory.
    struct Seen {
        private var bits: UInt32 = 0

        /// Adds a member; false if it was there.
        mutating func insert(_ member: AnthropicMember) -> Bool {
            let bit: UInt32 = 1 << member.position
            defer { bits |= bit }
            return bits & bit == 0
        }
    }

    private var position: UInt32 {
        switch self {
        case .model: 0
        case .messages: 1
        case .system: 2
        case .stream: 3
        case .maxTokens: 4
        case .temperature: 5
        case .topP: 6
        case .topK: 7
        case .stopSequences: 8
        case .tools: 9
        case .toolChoice: 10
        case .thinking: 11
        case .outputConfig: 12
        case .metadata: 13
        case .serviceTier: 14
        }
    }
}
