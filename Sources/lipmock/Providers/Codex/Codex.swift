import Transport

/// The backend of ChatGPT's Codex: Responses, of which it takes little, and insists on the rest.
enum Codex: Provider {
    static let errorEvent: String? = "error"

    static let unknownKey = ErrorReply(status: 401, message: "Unauthorized")

    static func serves(_ request: ReceivedRequest) -> Bool {
        request.path.hasSuffix("/backend-api/codex/responses")
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        try OpenAIChat.key(of: request)
    }

    static func modelList(_ models: [String]) -> [UInt8] { OpenAIChat.modelList(models) }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> OpenAIResponsesRequest {
        try checkHead(request)
        try CodexCheck.check(request)
        return try OpenAIResponsesRequest(request, besides: ["client_metadata"])
    }

    private static func checkHead(_ request: ReceivedRequest) throws(ErrorReply) {
        guard request.header("openai-beta") == "responses=experimental" else {
            throw ErrorReply(status: 400, message: "The header OpenAI-Beta is not 'responses=experimental'")
        }
        for name in ["originator", "version", "session_id", "conversation_id", "chatgpt-account-id"] {
            let values = request.headers.filter { ReceivedRequest.isSame($0.name, lowercase: name) }
            guard values.count == 1, !values[0].value.isEmpty else {
                throw ErrorReply(status: 400, message: "The header \(name) is there \(values.count) times, or empty")
            }
        }
    }

    static func frames(of reply: Reply, to request: OpenAIResponsesRequest, id: Int) -> any FrameSource {
        OpenAIResponsesStream(
            output: OpenAIResponsesOutput(reply: reply, request: request, id: id, endsWithOutput: false))
    }

    static func body(of reply: Reply, to request: OpenAIResponsesRequest, id: Int) -> [UInt8] {
        OpenAIResponses.body(of: reply, to: request, id: id)
    }

    static func body(of error: ErrorReply) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("detail")
        json.string(error.message)
        json.endObject()
        return json.bytes
    }

    static func errorEvent(_ error: ErrorReply) -> [UInt8] { OpenAIResponses.errorEvent(error) }
}
