import Transport

/// Reads and writes the `usage` object of Responses.
enum OpenAIResponsesUsage {
    /// The usage that a value states, nil if it is no object or counts nothing.
    static func read(_ value: JSONCursor) -> Usage? {
        // The names of the counts are among those that servers of chat completions use.
        OpenAIChatUsage.read(value)
    }

    /// Writes the object; all its parts are required, so one that nobody named is zero.
    static func write(_ usage: Usage, to json: inout JSONWriter) {
        json.beginObject()
        json.put("input_tokens", usage.input)
        json.key("input_tokens_details")
        json.beginObject()
        json.put("cached_tokens", usage.cacheRead ?? 0)
        json.put("cache_write_tokens", usage.cacheWrite ?? 0)
        json.endObject()
        json.put("output_tokens", usage.output)
        json.key("output_tokens_details")
        json.beginObject()
        json.put("reasoning_tokens", usage.reasoning ?? 0)
        json.endObject()
        json.put("total_tokens", usage.total)
        json.endObject()
    }
}
