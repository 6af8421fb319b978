import Transport

/// The words for stop reasons in answers to prompts.
///
/// Source: https://agentclientprotocol.com/protocol/prompt-turn, "Stop reasons".
enum ACPFinish {
    /// The reason that a string value names; nil for `cancelled`: a turn that was cut short is no answer.
    static func read(_ value: JSONCursor) -> FinishReason? {
        if value.equals("end_turn") { return .stop }
        if value.equals("max_tokens") { return .length }
        // More steps would have been needed than the agent may take: what there is, is not whole.
        if value.equals("max_turn_requests") { return .length }
        if value.equals("refusal") { return .refusal }
        if value.equals("cancelled") { return nil }
        return .other(value.string ?? "")
    }
}
