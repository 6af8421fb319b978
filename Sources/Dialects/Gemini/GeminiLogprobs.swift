import Transport

/// Log probabilities between Gemini's `logprobsResult` and the form of chat completions, which events carry.
enum GeminiLogprobs {
    /// The `logprobs` of a chat completion.
    static func chat(_ value: JSONCursor) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("content")
        json.beginArray()
        let top = value.field("topCandidates", "top_candidates")
        var index = 0
        if let chosen = value.field("chosenCandidates", "chosen_candidates") {
            for token in chosen.elements {
                json.beginObject()
                writeChat(token, &json)
                json.key("top_logprobs")
                json.beginArray()
                if let candidates = top?[index]?["candidates"] {
                    for candidate in candidates.elements {
                        json.beginObject()
                        writeChat(candidate, &json)
                        json.endObject()
                    }
                }
                json.endArray()
                json.endObject()
                index += 1
            }
        }
        json.endArray()
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }

    private static func writeChat(_ token: JSONCursor, _ json: inout JSONWriter) {
        json.key("token")
        json.string(token["token"]?.string ?? "")
        json.key("logprob")
        if let probability = token.field("logProbability", "log_probability"), probability.isNumber {
            json.raw(probability)
        } else {
            json.int(0)
        }
        json.key("bytes")
        json.null()
    }

    /// Writes `logprobsResult` from records in the form of chat completions, one a chunk.
    static func write(_ records: [RawJSON], to json: inout JSONWriter) {
        let documents = records.compactMap { try? JSONDocument(parsing: $0.bytes) }
        let tokens = documents.flatMap { Array($0.root["content"]?.elements ?? $0.root.elements) }
        guard !tokens.isEmpty else { return }
        json.key("logprobsResult")
        json.beginObject()
        json.key("topCandidates")
        json.beginArray()
        for token in tokens {
            json.beginObject()
            json.key("candidates")
            json.beginArray()
            if let top = token["top_logprobs"] { for candidate in top.elements { write(candidate, &json) } }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.key("chosenCandidates")
        json.beginArray()
        for token in tokens { write(token, &json) }
        json.endArray()
        json.endObject()
    }

    private static func write(_ token: JSONValue, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("token")
        json.string(token["token"]?.string ?? "")
        if let probability = token["logprob"], probability.isNumber {
            json.key("logProbability")
            json.raw(probability)
        }
        json.endObject()
    }
}
