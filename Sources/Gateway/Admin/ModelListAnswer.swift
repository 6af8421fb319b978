import Dialects
import Transport

/// The answers about models, in the protocol of whoever asks.
struct ModelListAnswer {
    var body: [UInt8]
    /// What tells a client that has the same list that it is the same (RFC 9110, 8.8.3); nil where there is none.
    var entityTag: String?

    /// The answer to a request for the list, or for one model; throws 404 for a model that is not listed, and 400 for a
    /// page that cannot be.
    static func make(
        _ request: HTTPRequestHead, _ frontend: Frontend, _ list: ModelList
    ) throws(Failure) -> ModelListAnswer {
        switch GeminiResource(String(decoding: request.path, as: UTF8.self)) {
        case .model(let id):
            // Google's clients put this in front of every name.
            guard let row = list[id] ?? (id.hasPrefix("models/") ? list[String(id.dropFirst(7))] : nil) else {
                throw Failure(
                    .notFound, "The model '\(id)' does not exist here.", side: .client, code: "model_not_found",
                    parameter: frontend == .openAIChat ? "model" : nil)
            }
            var json = JSONWriter()
            write(row, for: frontend, list, to: &json)
            return ModelListAnswer(body: json.bytes)
        case .models, nil:
            return try whole(request, frontend, list)
        }
    }

    private static func whole(
        _ request: HTTPRequestHead, _ frontend: Frontend, _ list: ModelList
    ) throws(Failure) -> ModelListAnswer {
        guard let query = QueryText(request.query) else {
            throw .malformed(nil, "The query is not percent-encoded as it has to be.")
        }
        switch frontend {
        case .openAIChat, .openAICompletions, .openAIResponses:
            let body = openAI(list)
            return ModelListAnswer(body: body, entityTag: "\"\(String(hash(body), radix: 16))\"")
        case .anthropicMessages: return ModelListAnswer(body: anthropic(list, try .anthropic(query, of: list)))
        case .gemini: return ModelListAnswer(body: gemini(list, try .gemini(query, of: list)))
        }
    }

    /// Whether the client that sends this `If-None-Match` has the same list; the comparison is the weak one, as the field
    /// asks for (RFC 9110, 13.1.2).
    func isKnown(to condition: String?) -> Bool {
        guard let condition, let entityTag else { return false }
        return condition.split(separator: ",").contains { part in
            let tag = part.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
            let text = String(tag)
            return text == "*" || text == entityTag || text == "W/\(entityTag)"
        }
    }

    // MARK: The forms

    /// Source: OpenAI API reference, "List models".
    private static func openAI(_ list: ModelList) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 96 * list.rows.count + 64)
        json.beginObject()
        json.key("object")
        json.string("list" as StaticString)
        json.key("data")
        json.beginArray()
        for row in list.rows { write(row, for: .openAIChat, list, to: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// Source: Anthropic API reference, "List Models".
    private static func anthropic(_ list: ModelList, _ page: ModelPage) -> [UInt8] {
        let rows = list.rows[page.range]
        var json = JSONWriter()
        json.beginObject()
        json.key("data")
        json.beginArray()
        for row in rows { write(row, for: .anthropicMessages, list, to: &json) }
        json.endArray()
        json.key("has_more")
        json.bool(page.hasMore)
        json.key("first_id")
        if let first = rows.first { json.string(first.id) } else { json.null() }
        json.key("last_id")
        if let last = rows.last { json.string(last.id) } else { json.null() }
        json.endObject()
        return json.bytes
    }

    /// Source: https://ai.google.dev/api/models#method:-models.list.
    private static func gemini(_ list: ModelList, _ page: ModelPage) -> [UInt8] {
        let rows = list.rows[page.range]
        var json = JSONWriter()
        json.beginObject()
        json.key("models")
        json.beginArray()
        for row in rows { write(row, for: .gemini(.events), list, to: &json) }
        json.endArray()
        if page.hasMore, let last = rows.last {
            json.key("nextPageToken")
            json.string(last.id)
        }
        json.endObject()
        return json.bytes
    }

    private static func write(
        _ row: ModelList.Row, for frontend: Frontend, _ list: ModelList, to json: inout JSONWriter
    ) {
        func put(_ key: StaticString, _ text: String) {
            json.key(key)
            json.string(text)
        }
        json.beginObject()
        switch frontend {
        case .openAIChat, .openAICompletions, .openAIResponses:
            put("id", row.id)
            put("object", "model")
            json.key("created")
            json.int(list.created.unixSeconds)
            put("owned_by", row.owner)
        case .anthropicMessages:
            put("type", "model")
            put("id", row.id)
            put("display_name", row.id)
            put("created_at", list.created.text)
        case .gemini:
            put("name", "models/\(row.id)")
            put("displayName", row.id)
            if let window = row.contextWindow {
                json.key("inputTokenLimit")
                json.int(window)
            }
            json.key("supportedGenerationMethods")
            json.beginArray()
            for method in ["generateContent", "streamGenerateContent", "countTokens"] { json.string(method) }
            if row.hasEmbeddings { for method in ["embedContent", "batchEmbedContents"] { json.string(method) } }
            json.endArray()
        }
        json.endObject()
    }

    /// FNV-1a of 64 bits (draft-eastlake-fnv): the list changes with the configuration only, and nobody gains by a collision.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
