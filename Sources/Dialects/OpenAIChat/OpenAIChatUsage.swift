import Transport

/// Reads and writes the `usage` object of chat completions.
enum OpenAIChatUsage {
    /// The usage that a value states, nil if it is no object or counts nothing.
    ///
    /// Takes OpenAI's names and those of DeepSeek, Moonshot and OpenRouter; counts that stand beside their sum instead
    /// of inside it are put right.
    static func read(_ value: JSONCursor) -> Usage? {
        guard value.isObject else { return nil }
        guard let input = value["prompt_tokens"]?.int ?? value["input_tokens"]?.int else { return nil }
        let inputDetails = value["prompt_tokens_details"] ?? value["input_tokens_details"]
        let outputDetails = value["completion_tokens_details"] ?? value["output_tokens_details"]
        let usage = Usage(
            input: input,
            output: value["completion_tokens"]?.int ?? value["output_tokens"]?.int ?? 0,
            cacheRead: inputDetails?["cached_tokens"]?.int ?? value["prompt_cache_hit_tokens"]?.int
                ?? value["cached_tokens"]?.int,
            cacheWrite: inputDetails?["cache_write_tokens"]?.int,
            reasoning: outputDetails?["reasoning_tokens"]?.int,
            audioInput: inputDetails?["audio_tokens"]?.int,
            audioOutput: outputDetails?["audio_tokens"]?.int,
            acceptedPrediction: outputDetails?["accepted_prediction_tokens"]?.int,
            rejectedPrediction: outputDetails?["rejected_prediction_tokens"]?.int)
        return usage.reconciled(statedTotal: value["total_tokens"]?.int)
    }

    /// Writes the object; parts that nobody named are left out.
    static func write(_ usage: Usage, to json: inout JSONWriter) {
        json.beginObject()
        json.key("prompt_tokens")
        json.int(usage.input)
        json.key("completion_tokens")
        json.int(usage.output)
        json.key("total_tokens")
        json.int(usage.total)
        write(
            "prompt_tokens_details",
            [
                ("cached_tokens", usage.cacheRead), ("cache_write_tokens", usage.cacheWrite),
                ("audio_tokens", usage.audioInput),
            ], to: &json)
        write(
            "completion_tokens_details",
            [
                ("reasoning_tokens", usage.reasoning), ("audio_tokens", usage.audioOutput),
                ("accepted_prediction_tokens", usage.acceptedPrediction),
                ("rejected_prediction_tokens", usage.rejectedPrediction),
            ], to: &json)
        json.endObject()
    }

    private static func write(_ name: StaticString, _ parts: [(StaticString, Int?)], to json: inout JSONWriter) {
        guard parts.contains(where: { $0.1 != nil }) else { return }
        json.key(name)
        json.beginObject()
        for (part, count) in parts {
            guard let count else { continue }
            json.key(part)
            json.int(count)
        }
        json.endObject()
    }
}
