import Transport

/// Amazon Bedrock's Converse and ConverseStream.
enum BedrockConverse: Provider {
    static func serves(_ request: ReceivedRequest) -> Bool {
        let path = request.path
        if request.method == "GET", lists.contains(path) { return true }
        return path.hasPrefix("/model/") && (path.hasSuffix("/converse") || path.hasSuffix("/converse-stream"))
    }

    /// A bearer key, or a signature with an access key.
    static func checkCredentials(of request: ReceivedRequest, keys: [String]) throws(ErrorReply) {
        let field = try key(of: request)
        if field.hasPrefix("Bearer ") {
            guard keys.isEmpty || keys.contains(String(field.dropFirst(7))) else { throw unknownKey }
        } else {
            try SignatureV4(field).check(request, keys: keys)
        }
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        guard let field = request.header("authorization") else {
            throw ErrorReply(
                status: 403, message: "Missing Authentication Token", type: "MissingAuthenticationTokenException")
        }
        return field
    }

    static var unknownKey: ErrorReply {
        ErrorReply(
            status: 403, message: "Authentication failed: Please make sure your API Key is valid.",
            type: "AccessDeniedException")
    }

    static var errorEvent: String? { nil }

    /// Where models and inference profiles are listed.
    private static let lists = ["/foundation-models", "/inference-profiles"]

    /// The models that can be called by their own ids: those with a region before theirs are profiles.
    static func modelList(_ models: [String]) -> [UInt8] {
        list(models.filter { !isProfile($0) }, under: "modelSummaries") { model, json in
            json.key("modelId")
            json.string(model)
            json.key("inferenceTypesSupported")
            json.beginArray()
            json.string("ON_DEMAND")
            json.endArray()
        }
    }

    static func modelList(_ models: [String], at path: String) -> [UInt8]? {
        switch path {
        case "/foundation-models": modelList(models)
        case "/inference-profiles":
            list(models.filter(isProfile), under: "inferenceProfileSummaries") { model, json in
                json.key("inferenceProfileId")
                json.string(model)
                json.key("status")
                json.string("ACTIVE")
                json.key("type")
                json.string("SYSTEM_DEFINED")
            }
        default: nil
        }
    }

    private static func isProfile(_ model: String) -> Bool {
        ["us.", "eu.", "apac.", "global."].contains { model.hasPrefix($0) }
    }

    private static func list(
        _ models: [String], under name: StaticString, _ members: (String, inout JSONWriter) -> Void
    ) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key(name)
        json.beginArray()
        for model in models {
            json.beginObject()
            members(model, &json)
            json.endObject()
        }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> BedrockConverseRequest {
        try BedrockConverseRequest(request)
    }

    static func frames(of reply: Reply, to request: BedrockConverseRequest, id: Int) -> any FrameSource {
        BedrockConverseStream(reply: reply)
    }

    static func body(of error: ErrorReply) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("message")
        json.string(error.message)
        json.endObject()
        return json.bytes
    }

    static func headers(of error: ErrorReply) -> [(name: String, value: String)] {
        [("x-amzn-errortype", "\(type(of: error)):http://internal.amazon.com/coral/com.amazon.bedrock/")]
    }

    static func errorFrame(_ error: ErrorReply) -> [UInt8] {
        let type = type(of: error)
        let name = type.prefix(1).lowercased() + type.dropFirst()
        var frame: [UInt8] = []
        AmazonEventStreamWriter.append(
            headers: [
                (":exception-type", name), (":content-type", "application/json"), (":message-type", "exception"),
            ], payload: body(of: error), to: &frame)
        return frame
    }

    static func garbageFrame(_ garbage: [UInt8]) -> [UInt8] {
        event("contentBlockDelta", garbage)
    }

    /// One message of a stream.
    static func event(_ type: String, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        AmazonEventStreamWriter.append(
            headers: [(":event-type", type), (":content-type", "application/json"), (":message-type", "event")],
            payload: payload, to: &frame)
        return frame
    }

    private static func type(of error: ErrorReply) -> String {
        if let type = error.type ?? error.code { return type }
        return switch error.status {
        case 400: "ValidationException"
        case 403: "AccessDeniedException"
        case 404: "ResourceNotFoundException"
        case 408: "ModelTimeoutException"
        case 424: "ModelErrorException"
        case 429: "ThrottlingException"
        case 503: "ServiceUnavailableException"
        default: "InternalServerException"
        }
    }

    static func body(of reply: Reply, to request: BedrockConverseRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 512)
        json.beginObject()
        json.key("output")
        json.beginObject()
        json.key("message")
        json.beginObject()
        json.key("role")
        json.string("assistant")
        json.key("content")
        json.beginArray()
        content(of: reply, into: &json)
        json.endArray()
        json.endObject()
        json.endObject()
        json.key("stopReason")
        json.string(stopReason(of: reply))
        if reply.usagePlacement != .none {
            json.key("usage")
            usage(reply, into: &json)
        }
        json.key("metrics")
        json.beginObject()
        json.key("latencyMs")
        json.int(12)
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private static func content(of reply: Reply, into json: inout JSONWriter) {
        if !reply.reasoning.isEmpty {
            json.beginObject()
            json.key("reasoningContent")
            json.beginObject()
            json.key("reasoningText")
            json.beginObject()
            json.key("text")
            json.string(reply.reasoning.joined())
            json.key("signature")
            json.string(signature)
            json.endObject()
            json.endObject()
            json.endObject()
        }
        let text = reply.wholeText + reply.refusal.joined()
        if !text.isEmpty {
            json.beginObject()
            json.key("text")
            json.string(text)
            json.endObject()
        }
        for call in reply.toolCalls {
            json.beginObject()
            json.key("toolUse")
            json.beginObject()
            json.key("toolUseId")
            json.string(call.id)
            json.key("name")
            json.string(call.name)
            json.key("input")
            json.raw(Array(call.arguments.joined().utf8))
            json.endObject()
            json.endObject()
        }
    }

    /// What seals every reasoning that is made here.
    static let signature = "mock-seal"

    static func stopReason(of reply: Reply) -> String {
        reply.finishReason ?? (reply.toolCalls.isEmpty ? "end_turn" : "tool_use")
    }

    /// The counts; what the cache served is beside the input.
    static func usage(_ reply: Reply, into json: inout JSONWriter) {
        if let raw = reply.usage.raw {
            json.raw(raw)
            return
        }
        let cached = reply.usage.cachedTokens ?? 0
        let input = max(0, reply.usage.inputTokens - cached)
        json.beginObject()
        json.key("inputTokens")
        json.int(input)
        json.key("outputTokens")
        json.int(reply.outputTokens)
        json.key("totalTokens")
        json.int(input + cached + reply.outputTokens)
        json.key("cacheReadInputTokens")
        json.int(cached)
        json.key("cacheWriteInputTokens")
        json.int(0)
        json.endObject()
    }
}
