import Transport

/// A request for embeddings, checked the way Google checks it.
struct GeminiEmbeddingsRequest: ProviderRequest {
    struct Input {
        var text: [UInt8]
        var dimensions: Int?
    }

    var model: String
    let stream = false
    let isBatch: Bool
    var inputs: [Input] = []

    private static let members: Set<String> = ["model", "content", "taskType", "title", "outputDimensionality"]
    private static let inputsMax = 100

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        guard let models = request.path.firstRange(of: "/models/"), let colon = request.path.lastIndex(of: ":"),
            models.upperBound < colon
        else { throw ErrorReply(status: 404, message: "Not found: \(request.path)") }
        model = String(request.path[models.upperBound..<colon])
        isBatch = request.path.hasSuffix(":batchEmbedContents")
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: request.body).root
        } catch {
            throw GeminiRequest.invalid("Invalid JSON payload received. \(error.message)")
        }
        guard isBatch else {
            try GeminiFields.check(root, Self.members, "")
            inputs.append(try Self.input(root, "content"))
            return
        }
        try GeminiFields.check(root, ["requests"], "")
        guard let requests = root["requests"], requests.isArray, requests.count > 0 else {
            throw GeminiRequest.invalid("* BatchEmbedContentsRequest.requests: at least one is required", "requests")
        }
        guard requests.count <= Self.inputsMax else {
            throw GeminiRequest.invalid(
                "* BatchEmbedContentsRequest.requests: at most \(Self.inputsMax) requests can be in one batch",
                "requests")
        }
        for (index, element) in requests.elements.enumerated() {
            let path = "requests[\(index)]"
            try GeminiFields.check(element, Self.members, path)
            guard let named = element["model"]?.string, named == "models/\(model)" else {
                throw GeminiRequest.invalid(
                    "* BatchEmbedContentsRequest.\(path).model: must be the model of the path", "\(path).model")
            }
            inputs.append(try Self.input(element, "\(path).content"))
        }
    }

    private static func input(_ request: JSONValue, _ path: String) throws(ErrorReply) -> Input {
        var text: [UInt8] = []
        for part in request["content"]?["parts"]?.elements ?? request.elements {
            guard part["text"]?.appendString(to: &text) == true else {
                throw GeminiRequest.invalid("* EmbedContentRequest.content: only text is embedded here", path)
            }
        }
        guard !text.isEmpty else {
            throw GeminiRequest.invalid("* EmbedContentRequest.content: contents is not specified", path)
        }
        return Input(text: text, dimensions: request["outputDimensionality"]?.int)
    }
}
