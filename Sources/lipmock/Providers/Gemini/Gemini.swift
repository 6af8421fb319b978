import Transport

/// Google's generateContent protocol.
enum Gemini: Provider {
    static let errorEvent: String? = nil

    static let unknownKey = ErrorReply(
        status: 400, message: "API key not valid. Please pass a valid API key.", type: "INVALID_ARGUMENT",
        code: "API_KEY_INVALID")

    static func serves(_ request: ReceivedRequest) -> Bool {
        let path = request.path
        if request.method == "GET" {
            // `/v1/models` is OpenAI's as well; the key's field tells.
            return path.hasSuffix("/models")
                && (path.hasPrefix("/v1beta") || request.header("x-goog-api-key") != nil)
        }
        return path.hasPrefix("/v1") && path.contains("/models/")
            && [":generateContent", ":streamGenerateContent", ":countTokens"].contains { path.hasSuffix($0) }
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        if let key = request.header("x-goog-api-key") ?? request.query("key"), !key.isEmpty { return key }
        if let credentials = request.header("authorization") {
            // Vertex AI takes access tokens, and nothing else.
            if request.path.contains("/projects/"), credentials.hasPrefix("Bearer ") {
                return String(credentials.dropFirst(7))
            }
            throw ErrorReply(
                status: 401,
                message:
                    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
                    + "other valid authentication credential.", type: "UNAUTHENTICATED")
        }
        throw ErrorReply(
            status: 403,
            message: "Method doesn't allow unregistered callers (callers without established identity). Please use API "
                + "Key or other form of API consumer identity to call this API.", type: "PERMISSION_DENIED")
    }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> GeminiRequest {
        try GeminiRequest(request)
    }

    static func frames(of reply: Reply, to request: GeminiRequest, id: Int) -> any FrameSource {
        GeminiStream(reply: reply, request: request, id: id)
    }

    static func body(of error: ErrorReply) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("error")
        json.beginObject()
        json.key("code")
        json.int(error.status)
        json.key("message")
        json.string(error.message)
        json.key("status")
        json.string(error.type ?? word(for: error.status))
        if error.code != nil || error.parameter != nil {
            json.key("details")
            json.beginArray()
            if let code = error.code { detail("ErrorInfo", "reason", code, &json) }
            if let parameter = error.parameter { violation(parameter, error.message, &json) }
            json.endArray()
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    static func body(of reply: Reply, to request: GeminiRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 512)
        if request.action == .countTokens {
            json.beginObject()
            json.key("totalTokens")
            json.int(reply.usage.inputTokens)
            json.endObject()
            return json.bytes
        }
        if request.action == .streamGenerateContent { return array(of: reply, to: request, id: id) }
        json.beginObject()
        json.key("candidates")
        json.beginArray()
        for index in 0..<request.choiceCount {
            json.beginObject()
            json.key("content")
            json.beginObject()
            json.key("parts")
            json.beginArray()
            if !reply.reasoning.isEmpty { text(reply.reasoning.joined(), isThought: true, &json) }
            let said = reply.wholeText + reply.refusal.joined()
            if !said.isEmpty || reply.toolCalls.isEmpty { text(said, isThought: false, &json) }
            for call in reply.toolCalls.indices { self.call(call, of: reply, to: request, &json) }
            json.endArray()
            json.key("role")
            json.string("model")
            json.endObject()
            json.key("finishReason")
            json.string(finishReason(of: reply))
            json.key("index")
            json.int(index)
            json.endObject()
        }
        json.endArray()
        if reply.usagePlacement != .none {
            json.key("usageMetadata")
            usage(reply, outputTokens: reply.outputTokens, into: &json)
        }
        json.key("modelVersion")
        json.string(reply.model ?? request.model)
        json.key("responseId")
        json.string("mock\(id)")
        json.endObject()
        return json.bytes
    }

    /// The stream as one array, which is what comes without `alt=sse`.
    private static func array(of reply: Reply, to request: GeminiRequest, id: Int) -> [UInt8] {
        let source = GeminiStream(reply: reply, request: request, id: id)
        var body = Array("[".utf8)
        for index in 0..<source.count {
            if index > 0 { body.append(contentsOf: "\n,\r\n".utf8) }
            _ = source.render(index, into: &body)
        }
        body.append(contentsOf: "\n]\n".utf8)
        return body
    }

    static func text(_ text: String, isThought: Bool, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("text")
        json.string(text)
        if isThought {
            json.key("thought")
            json.bool(true)
        }
        json.endObject()
    }

    /// A whole call; the first of an answer has the signature, where the model gives any.
    static func call(_ index: Int, of reply: Reply, to request: GeminiRequest, _ json: inout JSONWriter) {
        let call = reply.toolCalls[index]
        json.beginObject()
        json.key("functionCall")
        json.beginObject()
        if !call.id.isEmpty {
            json.key("id")
            json.string(call.id)
        }
        json.key("name")
        json.string(call.name)
        json.key("args")
        let arguments = call.arguments.joined()
        json.raw(Array((arguments.isEmpty ? "{}" : arguments).utf8))
        json.endObject()
        if index == 0, GeminiSignature.isWanted(by: request.model) || !reply.reasoning.isEmpty {
            json.key("thoughtSignature")
            json.string(GeminiSignature.own)
        }
        json.endObject()
    }

    /// The script's word in Google's spelling.
    static func finishReason(of reply: Reply) -> String {
        switch reply.finishReason {
        case nil, "stop", "tool_calls": "STOP"
        case "length": "MAX_TOKENS"
        case "content_filter": "SAFETY"
        case let word?: word
        }
    }

    static func usage(_ reply: Reply, outputTokens: Int, into json: inout JSONWriter) {
        if let raw = reply.usage.raw { return json.raw(raw) }
        let thoughts = min(outputTokens, reply.usage.reasoningTokens ?? 0)
        json.beginObject()
        json.key("promptTokenCount")
        json.int(reply.usage.inputTokens)
        json.key("candidatesTokenCount")
        json.int(outputTokens - thoughts)
        json.key("totalTokenCount")
        json.int(reply.usage.inputTokens + outputTokens)
        if let cached = reply.usage.cachedTokens {
            json.key("cachedContentTokenCount")
            json.int(cached)
        }
        if reply.usage.reasoningTokens != nil {
            json.key("thoughtsTokenCount")
            json.int(thoughts)
        }
        json.endObject()
    }

    static func modelList(_ models: [String]) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("models")
        json.beginArray()
        for model in models {
            json.beginObject()
            json.key("name")
            json.string("models/\(model)")
            json.key("displayName")
            json.string(model)
            json.key("supportedGenerationMethods")
            json.beginArray()
            for method in ["generateContent", "countTokens"] { json.string(method) }
            json.endArray()
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    private static func detail(_ type: String, _ name: String, _ value: String, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("@type")
        json.string("type.googleapis.com/google.rpc.\(type)")
        json.key(name)
        json.string(value)
        json.key("domain")
        json.string("googleapis.com")
        json.endObject()
    }

    private static func violation(_ field: String, _ description: String, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("@type")
        json.string("type.googleapis.com/google.rpc.BadRequest")
        json.key("fieldViolations")
        json.beginArray()
        json.beginObject()
        json.key("field")
        json.string(field)
        json.key("description")
        json.string(description)
        json.endObject()
        json.endArray()
        json.endObject()
    }

    private static func word(for status: Int) -> String {
        switch status {
        case 401: "UNAUTHENTICATED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 429: "RESOURCE_EXHAUSTED"
        case 503: "UNAVAILABLE"
        case 504: "DEADLINE_EXCEEDED"
        case 500...: "INTERNAL"
        default: "INVALID_ARGUMENT"
        }
    }
}
