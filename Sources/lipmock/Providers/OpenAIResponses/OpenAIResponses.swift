import Transport

/// The OpenAI Responses protocol.
enum OpenAIResponses: Provider {
    static let errorEvent: String? = "error"

    static let unknownKey = OpenAIChat.unknownKey

    static func serves(_ request: ReceivedRequest) -> Bool {
        request.path.hasSuffix("/responses")
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        try OpenAIChat.key(of: request)
    }

    static func modelList(_ models: [String]) -> [UInt8] {
        OpenAIChat.modelList(models)
    }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> OpenAIResponsesRequest {
        try OpenAIResponsesRequest(request)
    }

    static func frames(of reply: Reply, to request: OpenAIResponsesRequest, id: Int) -> any FrameSource {
        OpenAIResponsesStream(output: OpenAIResponsesOutput(reply: reply, request: request, id: id))
    }

    static func body(of error: ErrorReply) -> [UInt8] {
        OpenAIChat.body(of: error)
    }

    static func errorEvent(_ error: ErrorReply) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.string("error")
        json.key("code")
        if let code = error.code { json.string(code) } else { json.string("server_error") }
        json.key("message")
        json.string(error.message)
        json.key("param")
        if let parameter = error.parameter { json.string(parameter) } else { json.null() }
        json.endObject()
        return json.bytes
    }

    static func body(of reply: Reply, to request: OpenAIResponsesRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 1024)
        OpenAIResponsesOutput(reply: reply, request: request, id: id).writeResponse(isDone: true, to: &json)
        return json.bytes
    }
}
