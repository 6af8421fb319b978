import Transport

/// OpenAI's embeddings, and Mistral's below a path that names it.
enum OpenAIEmbeddings: Provider {
    static let errorEvent: String? = nil
    static let unknownKey = OpenAIChat.unknownKey

    static func serves(_ request: ReceivedRequest) -> Bool {
        request.path.hasSuffix("/embeddings")
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String {
        try OpenAIChat.key(of: request)
    }

    static func modelList(_ models: [String]) -> [UInt8] { OpenAIChat.modelList(models) }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> OpenAIEmbeddingsRequest {
        try OpenAIEmbeddingsRequest(request)
    }

    static func frames(of reply: Reply, to request: OpenAIEmbeddingsRequest, id: Int) -> any FrameSource {
        preconditionFailure("vectors are not streamed")
    }

    static func body(of error: ErrorReply) -> [UInt8] { OpenAIChat.body(of: error) }

    static func body(of reply: Reply, to request: OpenAIEmbeddingsRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 512)
        json.beginObject()
        json.key("object")
        json.string("list")
        json.key("data")
        json.beginArray()
        for (index, input) in request.inputs.enumerated() {
            let vector = MockVector(of: input, count: request.dimensions ?? MockVector.countUnlessSaid)
            json.beginObject()
            json.key("object")
            json.string("embedding")
            json.key("index")
            json.int(index)
            json.key("embedding")
            if request.isPacked { json.string(vector.base64) } else { vector.writeNumbers(to: &json) }
            json.endObject()
        }
        json.endArray()
        json.key("model")
        json.string(reply.model ?? request.model)
        json.key("usage")
        json.beginObject()
        json.key("prompt_tokens")
        json.int(reply.usage.inputTokens)
        json.key("total_tokens")
        json.int(reply.usage.inputTokens)
        json.endObject()
        json.endObject()
        return json.bytes
    }
}
