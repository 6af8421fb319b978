import Transport

/// The words for stop reasons in Messages answers.
enum AnthropicFinish {
    /// The reason that a string value names; `sequence` is the stop sequence stated beside it.
    static func read(_ value: JSONCursor, sequence: String?) -> FinishReason {
        if value.equals("end_turn") { return .stop }
        if value.equals("tool_use") { return .toolCalls }
        if value.equals("max_tokens") { return .length }
        if value.equals("stop_sequence") { return sequence.map { .stopSequence($0) } ?? .stop }
        if value.equals("pause_turn") { return .pause }
        if value.equals("refusal") { return .refusal }
        if value.equals("model_context_window_exceeded") { return .contextWindow }
        return .other(value.string ?? "")
    }

    /// Anthropic's word for a reason; those that it has no word for become the nearest one that clients know.
    static func word(_ reason: FinishReason) -> String {
        switch reason {
        case .stop: "end_turn"
        case .stopSequence: "stop_sequence"
        case .length: "max_tokens"
        case .contextWindow: "model_context_window_exceeded"
        case .toolCalls, .functionCall: "tool_use"
        case .contentFilter, .refusal: "refusal"
        case .pause: "pause_turn"
        case .other(let word): word.isEmpty ? "end_turn" : word
        }
    }

    /// Why an answer with these signs ended: some servers say `stop` for calls and refusals, or nothing.
    static func settled(_ reason: FinishReason?, hasCalls: Bool, hasRefusal: Bool) -> FinishReason {
        guard let reason, reason != .stop else { return hasCalls ? .toolCalls : hasRefusal ? .refusal : .stop }
        return reason
    }

    /// Writes `stop_reason` and `stop_sequence`.
    static func write(_ reason: FinishReason, to json: inout JSONWriter) {
        json.key("stop_reason")
        json.string(word(reason))
        json.key("stop_sequence")
        if case .stopSequence(let sequence) = reason {
            json.string(sequence)
        } else {
            json.null()
        }
    }
}
