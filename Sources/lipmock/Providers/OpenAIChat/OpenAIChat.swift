import Transport

/// The OpenAI chat completions protocol.
enum OpenAIChat: Provider {
    static let created = 1_700_000_000
    static let fingerprint = "fp_mock"

    static let errorEvent: String? = nil

    static let unknownKey = ErrorReply(
        status: 401, message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key")

    static func serves(_ request: ReceivedRequest) -> Bool {
        request.path.hasSuffix("/chat/completions")
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        // As Azure does at its resources.
        if request.path.hasPrefix("/openai/"), let key = request.header("api-key"), !key.isEmpty { return key }
        guard let credentials = request.header("authorization") else {
            throw ErrorReply(status: 401, message: "No API key was given: send it as 'Authorization: Bearer KEY'.")
        }
        guard credentials.hasPrefix("Bearer "), credentials.utf8.count > 7 else {
            throw ErrorReply(status: 401, message: "The Authorization header is not 'Bearer KEY'.")
        }
        return String(credentials.dropFirst(7))
    }

    static func modelList(_ models: [String]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("object")
        json.string("list")
        json.key("data")
        json.beginArray()
        for model in models {
            json.beginObject()
            json.key("id")
            json.string(model)
            json.key("object")
            json.string("model")
            json.key("created")
            json.int(created)
            json.key("owned_by")
            json.string("lipmock")
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> OpenAIChatRequest {
        try OpenAIChatRequest(request)
    }

    static func frames(of reply: Reply, to request: OpenAIChatRequest, id: Int) -> any FrameSource {
        OpenAIChatStream(reply: reply, request: request, id: id)
    }

    static func body(of error: ErrorReply) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("error")
        json.beginObject()
        json.key("message")
        json.string(error.message)
        json.key("type")
        json.string(error.type ?? defaultType(for: error.status))
        json.key("param")
        if let parameter = error.parameter { json.string(parameter) } else { json.null() }
        json.key("code")
        if let code = error.code { json.string(code) } else { json.null() }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    static func body(of reply: Reply, to request: OpenAIChatRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 512)
        json.beginObject()
        json.key("id")
        json.string("chatcmpl-mock\(id)")
        json.key("object")
        json.string("chat.completion")
        json.key("created")
        json.int(created)
        json.key("model")
        json.string(reply.model ?? request.model)
        json.key("choices")
        json.beginArray()
        for index in 0..<request.choiceCount {
            json.beginObject()
            json.key("index")
            json.int(index)
            json.key("message")
            message(reply, into: &json)
            json.key("logprobs")
            json.null()
            json.key("finish_reason")
            json.string(finishReason(of: reply))
            json.endObject()
        }
        json.endArray()
        if reply.usagePlacement != .none {
            json.key("usage")
            usage(reply, outputTokens: reply.outputTokens, into: &json)
        }
        json.key("service_tier")
        json.string("default")
        json.key("system_fingerprint")
        json.string(fingerprint)
        json.endObject()
        return json.bytes
    }

    static func finishReason(of reply: Reply) -> String {
        reply.finishReason ?? (reply.toolCalls.isEmpty ? "stop" : "tool_calls")
    }

    static func usage(_ reply: Reply, outputTokens: Int, into json: inout JSONWriter) {
        if let raw = reply.usage.raw {
            json.raw(raw)
            return
        }
        json.beginObject()
        json.key("prompt_tokens")
        json.int(reply.usage.inputTokens)
        json.key("completion_tokens")
        json.int(outputTokens)
        json.key("total_tokens")
        json.int(reply.usage.inputTokens + outputTokens)
        if let cached = reply.usage.cachedTokens {
            json.key("prompt_tokens_details")
            json.beginObject()
            json.key("cached_tokens")
            json.int(cached)
            json.endObject()
        }
        if let reasoning = reply.usage.reasoningTokens {
            json.key("completion_tokens_details")
            json.beginObject()
            json.key("reasoning_tokens")
            json.int(reasoning)
            json.endObject()
        }
        json.endObject()
    }

    private static func message(_ reply: Reply, into json: inout JSONWriter) {
        json.beginObject()
        json.key("role")
        json.string("assistant")
        json.key("content")
        let text = reply.wholeText
        if text.isEmpty, !(reply.toolCalls.isEmpty && reply.refusal.isEmpty) { json.null() } else { json.string(text) }
        json.key("refusal")
        if reply.refusal.isEmpty { json.null() } else { json.string(reply.refusal.joined()) }
        if !reply.reasoning.isEmpty {
            json.key(reply.reasoningField)
            json.string(reply.reasoning.joined())
        }
        if !reply.toolCalls.isEmpty {
            json.key("tool_calls")
            json.beginArray()
            for call in reply.toolCalls {
                json.beginObject()
                json.key("id")
                json.string(call.id)
                json.key("type")
                json.string("function")
                json.key("function")
                json.beginObject()
                json.key("name")
                json.string(call.name)
                json.key("arguments")
                json.string(call.arguments.joined())
                json.endObject()
                json.endObject()
            }
            json.endArray()
        }
        json.endObject()
    }

    private static func defaultType(for status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 429: "rate_limit_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }
}
