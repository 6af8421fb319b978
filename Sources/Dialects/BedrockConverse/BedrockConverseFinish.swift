import Transport

/// The words for stop reasons in Converse answers.
///
/// Source: Bedrock API reference, `Converse` and `MessageStopEvent`.
enum BedrockConverseFinish {
    /// The reason that a string value names; `sequence` is the stop sequence stated beside it.
    static func read(_ value: JSONCursor, sequence: String?) -> FinishReason {
        if value.equals("end_turn") { return .stop }
        if value.equals("tool_use") { return .toolCalls }
        if value.equals("max_tokens") { return .length }
        if value.equals("stop_sequence") { return sequence.map { .stopSequence($0) } ?? .stop }
        if value.equals("guardrail_intervened") || value.equals("content_filtered") { return .contentFilter }
        if value.equals("model_context_window_exceeded") { return .contextWindow }
        if value.equals("refusal") { return .refusal }
        return .other(value.string ?? "")
    }
}
