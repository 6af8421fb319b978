import Transport

/// What OpenAI's Responses are asked about a response that it keeps; every id that begins as this provider's do is kept.
enum StoredResponses: Provider {
    static let errorEvent: String? = "error"
    static let unknownKey = OpenAIChat.unknownKey

    static func serves(_ request: ReceivedRequest) -> Bool {
        request.path.contains("/responses/")
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        try OpenAIChat.key(of: request)
    }

    static func modelList(_ models: [String]) -> [UInt8] { OpenAIChat.modelList(models) }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> StoredResponseRequest {
        try StoredResponseRequest(request)
    }

    static func frames(of reply: Reply, to request: StoredResponseRequest, id: Int) -> any FrameSource {
        preconditionFailure("a script writes the frames of a kept response")
    }

    static func body(of error: ErrorReply) -> [UInt8] { OpenAIChat.body(of: error) }

    static func body(of reply: Reply, to request: StoredResponseRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 256)
        json.beginObject()
        if request.action != .inputItems {
            json.key("id")
            json.string(request.id)
        }
        json.key("object")
        switch request.action {
        case .retrieve, .cancel:
            json.string("response")
            json.key("created_at")
            json.int(OpenAIChat.created)
            json.key("status")
            json.string(request.action == .cancel ? "cancelled" as StaticString : "completed")
            json.key("model")
            json.string(reply.model ?? request.model)
            json.key("output")
            json.beginArray()
            json.endArray()
        case .delete:
            json.string("response")
            json.key("deleted")
            json.bool(true)
        case .inputItems:
            json.string("list")
            json.key("data")
            json.beginArray()
            item(request, &json)
            json.endArray()
            for key in ["first_id", "last_id"] {
                json.key(key)
                json.string("msg_\(request.id)")
            }
            json.key("has_more")
            json.bool(false)
        }
        json.endObject()
        return json.bytes
    }

    private static func item(_ request: StoredResponseRequest, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.string("msg_\(request.id)")
        json.key("type")
        json.string("message")
        json.key("role")
        json.string("user")
        json.key("status")
        json.string("completed")
        json.key("content")
        json.beginArray()
        json.beginObject()
        json.key("type")
        json.string("input_text")
        json.key("text")
        json.string("Hello")
        json.endObject()
        json.endArray()
        json.endObject()
    }
}
