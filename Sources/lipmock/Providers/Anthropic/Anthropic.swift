import Transport

/// The Anthropic Messages protocol, with its counting of tokens and its list of models.
enum Anthropic: Provider {
    static let errorEvent: String? = "error"

    static let unknownKey = ErrorReply(status: 401, message: "invalid x-api-key")

    /// The seal of every thinking block: base64, as the real ones are.
    static let signature = "bW9jayBzaWduYXR1cmU="

    static func serves(_ request: ReceivedRequest) -> Bool {
        if request.path.hasSuffix("/messages") || request.path.hasSuffix("/messages/count_tokens") { return true }
        if AnthropicRequest.vertexModel(of: request) != nil { return true }
        return request.path.hasSuffix("/models")
            && (request.header("x-api-key") != nil || request.header("anthropic-version") != nil)
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        if let key = request.header("x-api-key"), !key.isEmpty { return key }
        guard let credentials = request.header("authorization"), credentials.hasPrefix("Bearer "),
            credentials.utf8.count > 7
        else { throw ErrorReply(status: 401, message: "x-api-key header is required") }
        return String(credentials.dropFirst(7))
    }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> AnthropicRequest {
        try AnthropicRequest(request)
    }

    static func frames(of reply: Reply, to request: AnthropicRequest, id: Int) -> any FrameSource {
        AnthropicStream(reply: reply, request: request, id: id)
    }

    static func body(of error: ErrorReply) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.string("error")
        json.key("error")
        json.beginObject()
        json.key("type")
        json.string(error.type ?? type(for: error.status))
        json.key("message")
        json.string(error.message)
        json.endObject()
        json.key("request_id")
        json.string("req_mock")
        json.endObject()
        return json.bytes
    }

    private static func type(for status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case 504: "timeout_error"
        case 529: "overloaded_error"
        case 500...: "api_error"
        default: "invalid_request_error"
        }
    }

    static func body(of reply: Reply, to request: AnthropicRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 512)
        json.beginObject()
        if request.countsOnly {
            json.key("input_tokens")
            json.int(reply.usage.inputTokens)
            json.endObject()
            return json.bytes
        }
        head(reply, request, id, into: &json)
        json.key("content")
        json.beginArray()
        content(reply, into: &json)
        json.endArray()
        json.key("stop_reason")
        json.string(stopReason(of: reply))
        json.key("stop_sequence")
        json.null()
        json.key("usage")
        usage(reply, outputTokens: reply.outputTokens, into: &json)
        json.endObject()
        return json.bytes
    }

    /// Writes what stands before the content of a message.
    static func head(_ reply: Reply, _ request: AnthropicRequest, _ id: Int, into json: inout JSONWriter) {
        json.key("id")
        json.string("msg_mock\(id)")
        json.key("type")
        json.string("message")
        json.key("role")
        json.string("assistant")
        json.key("model")
        json.string(reply.model ?? request.model)
    }

    static func stopReason(of reply: Reply) -> String {
        if let stated = reply.finishReason { return stated }
        return reply.refusal.isEmpty ? reply.toolCalls.isEmpty ? "end_turn" : "tool_use" : "refusal"
    }

    /// Writes the counts; input leaves out what the cache served.
    static func usage(_ reply: Reply, outputTokens: Int, into json: inout JSONWriter) {
        if let raw = reply.usage.raw { return json.raw(raw) }
        let cached = reply.usage.cachedTokens ?? 0
        let isSilent = reply.usagePlacement == .none
        json.beginObject()
        json.key("input_tokens")
        json.int(isSilent ? 0 : max(0, reply.usage.inputTokens - cached))
        json.key("cache_creation_input_tokens")
        json.int(0)
        json.key("cache_read_input_tokens")
        json.int(isSilent ? 0 : cached)
        json.key("output_tokens")
        json.int(isSilent ? 0 : outputTokens)
        if let reasoning = reply.usage.reasoningTokens {
            json.key("output_tokens_details")
            json.beginObject()
            json.key("thinking_tokens")
            json.int(reasoning)
            json.endObject()
        }
        json.key("service_tier")
        json.string("standard")
        json.endObject()
    }

    private static func content(_ reply: Reply, into json: inout JSONWriter) {
        if !reply.reasoning.isEmpty {
            json.beginObject()
            json.key("type")
            json.string("thinking")
            json.key("thinking")
            json.string(reply.reasoning.joined())
            json.key("signature")
            json.string(signature)
            json.endObject()
        }
        let text = reply.wholeText + reply.refusal.joined()
        if !text.isEmpty {
            json.beginObject()
            json.key("type")
            json.string("text")
            json.key("text")
            json.string(text)
            json.endObject()
        }
        for call in reply.toolCalls {
            json.beginObject()
            json.key("type")
            json.string("tool_use")
            json.key("id")
            json.string(call.id)
            json.key("name")
            json.string(call.name)
            json.key("input")
            json.raw(Array(call.arguments.joined().utf8))
            json.endObject()
        }
    }

    static func modelList(_ models: [String]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("data")
        json.beginArray()
        for model in models {
            json.beginObject()
            json.key("type")
            json.string("model")
            json.key("id")
            json.string(model)
            json.key("display_name")
            json.string(model)
            json.key("created_at")
            json.string("2023-11-14T22:13:20Z")
            json.endObject()
        }
        json.endArray()
        json.key("has_more")
        json.bool(false)
        for (name, model) in [("first_id", models.first), ("last_id", models.last)] {
            json.key(name)
            if let model { json.string(model) } else { json.null() }
        }
        json.endObject()
        return json.bytes
    }
}
