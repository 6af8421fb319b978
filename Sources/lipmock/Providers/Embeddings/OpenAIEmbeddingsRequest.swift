import Transport

/// A request for embeddings, checked the way OpenAI checks it, or Mistral.
struct OpenAIEmbeddingsRequest: ProviderRequest {
    var model: String
    let stream = false
    /// The bytes of each input: its text, or its token ids as they were written.
    var inputs: [[UInt8]] = []
    var dimensions: Int?
    var isPacked = false

    private static let members: Set<String> = ["model", "input", "encoding_format", "dimensions", "user"]
    private static let mistralMembers: Set<String> = [
        "model", "input", "encoding_format", "output_dimension", "output_dtype", "metadata",
    ]
    private static let inputsMax = 2048

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        let isMistral = request.path.contains("/mistral/")
        guard request.method == "POST" else {
            throw ErrorReply(
                status: 405, message: "Not allowed to \(request.method) on \(request.path)",
                code: "method_not_supported")
        }
        let type = request.header("content-type")?.lowercased() ?? ""
        guard type.split(separator: ";").first == "application/json" else {
            throw ErrorReply(status: 415, message: "Unsupported content type: '\(type)'; send application/json")
        }
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: request.body).root
        } catch {
            throw ErrorReply(status: 400, message: "The JSON body of the request cannot be parsed: \(error.message)")
        }
        guard let model = root["model"]?.string, !model.isEmpty else {
            throw Self.invalid("you must provide a model parameter", "model")
        }
        self.model = model
        let known = isMistral ? Self.mistralMembers : Self.members
        for member in root.members {
            let name = member.key.string ?? ""
            guard known.contains(name) else {
                throw ErrorReply(
                    status: isMistral ? 422 : 400, message: "Unrecognized request argument supplied: \(name)",
                    parameter: name)
            }
        }
        try read(root["input"], takesTokens: !isMistral)
        if let format = root["encoding_format"], !format.isNull {
            guard format.equals("float") || format.equals("base64") else {
                throw Self.invalid("Invalid value for 'encoding_format'.", "encoding_format")
            }
            isPacked = format.equals("base64")
        }
        let name = isMistral ? "output_dimension" : "dimensions"
        if let dimensions = root.member(name), !dimensions.isNull {
            guard let count = dimensions.int, count > 0 else {
                throw Self.invalid("'\(name)' must be a whole number above 0.", name)
            }
            self.dimensions = count
        }
    }

    private mutating func read(_ input: JSONValue?, takesTokens: Bool) throws(ErrorReply) {
        guard let input else { throw Self.invalid("'input' is a required property", "input") }
        if let text = input.string {
            guard !text.isEmpty else { throw Self.invalid("'input' cannot be an empty string.", "input") }
            return inputs.append(Array(text.utf8))
        }
        guard input.isArray, let first = input[0], input.count <= Self.inputsMax else {
            throw Self.invalid("'input' must be a string or an array of 1 to \(Self.inputsMax) inputs.", "input")
        }
        if first.isNumber, takesTokens { return inputs.append(Array(input.raw)) }
        for element in input.elements {
            if let text = element.string, !text.isEmpty {
                inputs.append(Array(text.utf8))
            } else if element.isArray, element.count > 0, takesTokens {
                inputs.append(Array(element.raw))
            } else {
                throw Self.invalid("'input' holds something that cannot be embedded.", "input")
            }
        }
    }

    private static func invalid(_ message: String, _ parameter: String) -> ErrorReply {
        ErrorReply(status: 400, message: message, parameter: parameter)
    }
}
