import Transport

/// Google's embedContent and batchEmbedContents.
enum GeminiEmbeddings: Provider {
    static let errorEvent: String? = nil
    static let unknownKey = Gemini.unknownKey

    static func serves(_ request: ReceivedRequest) -> Bool {
        request.method == "POST" && request.path.hasPrefix("/v1") && request.path.contains("/models/")
            && [":embedContent", ":batchEmbedContents"].contains { request.path.hasSuffix($0) }
    }

    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String { try Gemini.key(of: request) }

    static func modelList(_ models: [String]) -> [UInt8] { Gemini.modelList(models) }

    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> GeminiEmbeddingsRequest {
        try GeminiEmbeddingsRequest(request)
    }

    static func frames(of reply: Reply, to request: GeminiEmbeddingsRequest, id: Int) -> any FrameSource {
        preconditionFailure("vectors are not streamed")
    }

    static func body(of error: ErrorReply) -> [UInt8] { Gemini.body(of: error) }

    static func body(of reply: Reply, to request: GeminiEmbeddingsRequest, id: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 512)
        json.beginObject()
        json.key(request.isBatch ? "embeddings" as StaticString : "embedding")
        if request.isBatch { json.beginArray() }
        for input in request.inputs {
            json.beginObject()
            json.key("values")
            MockVector(of: input.text, count: input.dimensions ?? MockVector.countUnlessSaid).writeNumbers(to: &json)
            json.endObject()
        }
        if request.isBatch { json.endArray() }
        json.endObject()
        return json.bytes
    }
}
