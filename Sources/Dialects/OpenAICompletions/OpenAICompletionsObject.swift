import Transport

/// Writes the parts of `text_completion` objects, which are the same streamed and whole.
enum OpenAICompletionsObject {
    /// Writes what every object begins with.
    static func writeHead(_ info: ResponseInfo, _ json: inout JSONWriter) {
        json.put("id", id(info.id))
        json.word("object", "text_completion")
        json.put("created", info.created ?? 0)
        json.put("model", info.model ?? "")
        json.put("system_fingerprint", info.systemFingerprint)
    }

    /// The id in this interface's form, made of the provider's.
    private static func id(_ given: String?) -> String {
        guard let given else { return "cmpl-lip" }
        if given.hasPrefix("cmpl") { return given }
        return "cmpl-\(given.hasPrefix("chatcmpl-") ? given.dropFirst(9) : given[...])"
    }

    /// Writes one choice.
    static func writeChoice(
        _ index: Int, text: String, logprobs: RawJSON?, finish: FinishReason?, _ json: inout JSONWriter
    ) {
        json.beginObject()
        json.put("text", text)
        json.put("index", index)
        json.key("logprobs")
        if let logprobs { json.raw(logprobs.bytes) } else { json.null() }
        json.key("finish_reason")
        if let finish { json.string(word(finish)) } else { json.null() }
        json.endObject()
    }

    /// The word for a reason; there are only three.
    private static func word(_ reason: FinishReason) -> String {
        switch reason {
        case .length, .contextWindow: "length"
        case .contentFilter, .refusal: "content_filter"
        case .stop, .stopSequence, .toolCalls, .functionCall, .pause, .other: "stop"
        }
    }

    /// Log probabilities in this interface's form, in which each token has a place in three arrays.
    ///
    /// `offset` is where the first token's text begins in the whole, in characters.
    static func logprobs(_ raw: RawJSON, offset: inout Int) -> RawJSON? {
        guard let root = (try? JSONDocument(parsing: raw.bytes))?.root else { return nil }
        if root["tokens"] != nil { return raw }
        guard let content = root["content"], content.isArray else { return nil }
        var tokens = JSONWriter()
        var values = JSONWriter()
        var offsets = JSONWriter()
        var alternatives = JSONWriter()
        tokens.beginArray()
        values.beginArray()
        offsets.beginArray()
        alternatives.beginArray()
        for token in content.elements {
            let text = token["token"]?.string ?? ""
            tokens.string(text)
            if let value = token["logprob"] { values.raw(value) } else { values.null() }
            offsets.int(offset)
            offset += text.unicodeScalars.count
            alternatives.beginObject()
            for other in token["top_logprobs"]?.elements.map({ $0 }) ?? [] {
                guard let name = other["token"]?.string, let value = other["logprob"] else { continue }
                alternatives.key(name)
                alternatives.raw(value)
            }
            alternatives.endObject()
        }
        tokens.endArray()
        values.endArray()
        offsets.endArray()
        alternatives.endArray()
        var json = JSONWriter()
        json.beginObject()
        json.put("tokens", RawJSON(bytes: tokens.bytes))
        json.put("token_logprobs", RawJSON(bytes: values.bytes))
        json.put("top_logprobs", RawJSON(bytes: alternatives.bytes))
        json.put("text_offset", RawJSON(bytes: offsets.bytes))
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }

    /// Several records of log probabilities as one: each member's arrays joined.
    static func joined(_ records: [RawJSON]) -> RawJSON? {
        if records.count < 2 { return records.first }
        let documents = records.compactMap { try? JSONDocument(parsing: $0.bytes) }
        var json = JSONWriter()
        json.beginObject()
        for name in ["tokens", "token_logprobs", "top_logprobs", "text_offset"] as [StaticString] {
            json.key(name)
            json.beginArray()
            for document in documents {
                guard let values = document.root[name] else { continue }
                for value in values.elements { json.raw(value) }
            }
            json.endArray()
        }
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }
}
