import Transport

/// The words for finish reasons in chat completions.
enum OpenAIChatFinish {
    /// The reason that a string value names.
    static func read(_ value: JSONCursor) -> FinishReason {
        if value.equals("stop") { return .stop }
        if value.equals("tool_calls") { return .toolCalls }
        if value.equals("length") { return .length }
        if value.equals("content_filter") { return .contentFilter }
        if value.equals("function_call") { return .functionCall }
        return .other(value.string ?? "")
    }

    /// OpenAI's word for a reason; those that it has no word for become the nearest one that clients know.
    static func word(_ reason: FinishReason) -> String {
        switch reason {
        case .stop, .stopSequence, .pause: "stop"
        case .length, .contextWindow: "length"
        case .toolCalls: "tool_calls"
        case .functionCall: "function_call"
        case .contentFilter, .refusal: "content_filter"
        case .other(let word): word.isEmpty ? "stop" : word
        }
    }
}
