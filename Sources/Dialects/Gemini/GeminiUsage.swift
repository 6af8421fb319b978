import Transport

/// Reads and writes `usageMetadata` (https://ai.google.dev/api/generate-content#UsageMetadata).
///
/// Gemini's total is the sum of prompt, tool results fed back by the provider, candidates and thoughts: the thoughts
/// stand beside the candidates, the cached tokens inside the prompt.
enum GeminiUsage {
    /// The usage that a value states, nil if it is no object or counts nothing.
    static func read(_ value: JSONCursor) -> Usage? {
        guard value.isObject else { return nil }
        let prompt = value.field("promptTokenCount", "prompt_token_count")?.lenientInt
        let candidates = value.field("candidatesTokenCount", "candidates_token_count")?.lenientInt
        let thoughts = value.field("thoughtsTokenCount", "thoughts_token_count")?.lenientInt
        let toolUse = value.field("toolUsePromptTokenCount", "tool_use_prompt_token_count")?.lenientInt ?? 0
        let total = value.field("totalTokenCount", "total_token_count")?.lenientInt
        guard prompt != nil || candidates != nil || thoughts != nil else { return nil }
        let input = sum(prompt ?? 0, toolUse)
        let said = max(0, candidates ?? 0)
        // A server that imitates Gemini may count the thoughts among the candidates; its total tells.
        let areInside = thoughts.map { $0 > 0 && $0 <= said && total == sum(input, said) } ?? false
        let usage = Usage(
            input: input, output: areInside ? said : sum(said, thoughts ?? 0),
            cacheRead: value.field("cachedContentTokenCount", "cached_content_token_count")?.lenientInt,
            reasoning: thoughts,
            audioInput: audio(value.field("promptTokensDetails", "prompt_tokens_details")),
            audioOutput: audio(value.field("candidatesTokensDetails", "candidates_tokens_details")))
        return usage.reconciled()
    }

    /// Writes the object; parts that nobody named are left out.
    static func write(_ usage: Usage, to json: inout JSONWriter) {
        json.beginObject()
        json.key("promptTokenCount")
        json.int(usage.input)
        json.key("candidatesTokenCount")
        json.int(max(0, usage.output - (usage.reasoning ?? 0)))
        json.key("totalTokenCount")
        json.int(usage.total)
        if let cached = usage.cacheRead {
            json.key("cachedContentTokenCount")
            json.int(cached)
        }
        if let reasoning = usage.reasoning {
            json.key("thoughtsTokenCount")
            json.int(reasoning)
        }
        writeDetails("promptTokensDetails", usage.input, audio: usage.audioInput, &json)
        writeDetails(
            "candidatesTokensDetails", max(0, usage.output - (usage.reasoning ?? 0)), audio: usage.audioOutput, &json)
        json.endObject()
    }

    private static func writeDetails(_ name: StaticString, _ total: Int, audio: Int?, _ json: inout JSONWriter) {
        guard let audio else { return }
        json.key(name)
        json.beginArray()
        for (modality, count) in [("TEXT", max(0, total - audio)), ("AUDIO", audio)] {
            json.beginObject()
            json.key("modality")
            json.string(modality)
            json.key("tokenCount")
            json.int(count)
            json.endObject()
        }
        json.endArray()
    }

    private static func audio(_ details: JSONCursor?) -> Int? {
        details?.elements.first { $0["modality"]?.equals("AUDIO") ?? false }?
            .field("tokenCount", "token_count")?.lenientInt
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = max(0, left).addingReportingOverflow(max(0, right))
        return overflow ? Int.max : sum
    }
}
