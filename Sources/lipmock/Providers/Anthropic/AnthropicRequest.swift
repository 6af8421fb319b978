import Transport

/// A Messages request, checked the way the provider checks it, in the provider's words.
struct AnthropicRequest: ProviderRequest {
    var model = ""
    var stream = false
    /// Whether the request asks only how many tokens it has.
    var countsOnly: Bool

    private static let members: Set<String> = [
        "model", "messages", "max_tokens", "system", "stream", "temperature", "top_p", "top_k", "stop_sequences",
        "tools", "tool_choice", "thinking", "output_config", "metadata", "service_tier", "container", "mcp_servers",
        "cache_control", "inference_geo", "context_management",
    ]

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        countsOnly = request.path.hasSuffix("/count_tokens")
        guard request.method == "POST" else {
            throw ErrorReply(status: 405, message: "Method Not Allowed")
        }
        let vertexModel = Self.vertexModel(of: request)
        guard vertexModel != nil || request.header("anthropic-version") != nil else {
            throw Self.invalid("anthropic-version: header is required")
        }
        let type = request.header("content-type")?.lowercased() ?? ""
        guard type.split(separator: ";").first == "application/json" else {
            throw Self.invalid("content-type: must be application/json")
        }
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: request.body).root
        } catch {
            throw Self.invalid("The request body is not valid JSON: \(error.message)")
        }
        guard root.isObject else { throw Self.invalid("The request body must be an object") }
        for member in root.members {
            let name = member.key.string ?? ""
            guard vertexModel == nil ? Self.members.contains(name) : Self.vertexMembers.contains(name) else {
                throw Self.invalid("\(member.key.string ?? ""): Extra inputs are not permitted")
            }
        }
        if vertexModel != nil, root["anthropic_version"]?.string != "vertex-2023-10-16" {
            throw Self.invalid("anthropic_version: Field required")
        }
        guard let model = vertexModel ?? root["model"]?.string, !model.isEmpty else {
            throw Self.invalid("model: Field required")
        }
        self.model = model
        if let stream = root["stream"] {
            guard let flag = stream.bool else { throw Self.invalid("stream: Input should be a valid boolean") }
            self.stream = flag
        }
        if !countsOnly {
            guard let limit = root["max_tokens"]?.int else { throw Self.invalid("max_tokens: Field required") }
            guard limit >= 0 else {
                throw Self.invalid("max_tokens: Input should be greater than or equal to 0")
            }
        }
        try AnthropicConversation.check(root)
        try AnthropicOptions.check(root)
    }

    private static let vertexMembers = members.subtracting(["model"]).union(["anthropic_version"])

    /// The model of a request as Vertex AI takes it, which is in the path; nil for any other.
    static func vertexModel(of request: ReceivedRequest) -> String? {
        guard let range = request.path.firstRange(of: "/publishers/anthropic/models/") else { return nil }
        let rest = request.path[range.upperBound...]
        for action in [":rawPredict", ":streamRawPredict"] where rest.hasSuffix(action) {
            return String(rest.dropLast(action.count))
        }
        return nil
    }

    static func invalid(_ message: String) -> ErrorReply {
        ErrorReply(status: 400, message: message)
    }
}

/// What the provider demands of tools, sampling and thinking.
enum AnthropicOptions {
    static func check(_ root: JSONValue) throws(ErrorReply) {
        if let temperature = root["temperature"]?.double, !(0...1).contains(temperature) {
            throw AnthropicRequest.invalid("temperature: range: 0..1")
        }
        for sequence in root["stop_sequences"].map({ Array($0.elements) }) ?? [] {
            guard let text = sequence.string, text.contains(where: { !$0.isWhitespace }) else {
                throw AnthropicRequest.invalid("stop_sequences: each stop sequence must contain non-whitespace")
            }
        }
        try checkTools(root["tools"])
        let choice = root["tool_choice"]?["type"]?.string
        if choice != nil, choice != "none", (root["tools"]?.count ?? 0) == 0 {
            throw AnthropicRequest.invalid("tool_choice: may only be specified while providing tools")
        }
        try checkThinking(root, isForced: choice == "any" || choice == "tool")
    }

    private static func checkTools(_ tools: JSONValue?) throws(ErrorReply) {
        guard let tools else { return }
        guard tools.isArray else { throw AnthropicRequest.invalid("tools: Input should be a valid list") }
        var names: Set<String> = []
        var index = 0
        for tool in tools.elements {
            defer { index += 1 }
            guard let name = tool["name"]?.string, !name.isEmpty, name.utf8.count <= 128,
                name.utf8.allSatisfy(AnthropicConversation.isIdentifierByte)
            else {
                throw AnthropicRequest.invalid(
                    "tools.\(index).custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'")
            }
            guard names.insert(name).inserted else {
                throw AnthropicRequest.invalid("tools: Tool names must be unique.")
            }
            guard tool["type"]?.string ?? "custom" == "custom" else { continue }
            guard let schema = tool["input_schema"], schema.isObject else {
                throw AnthropicRequest.invalid("tools.\(index).custom.input_schema: Field required")
            }
            guard schema["type"]?.string == "object" else {
                throw AnthropicRequest.invalid("tools.\(index).custom.input_schema.type: Field required")
            }
        }
    }

    private static func checkThinking(_ root: JSONValue, isForced: Bool) throws(ErrorReply) {
        guard let type = root["thinking"]?["type"]?.string, type != "disabled" else { return }
        if type == "enabled" {
            guard let budget = root["thinking"]?["budget_tokens"]?.int, budget >= 1024 else {
                throw AnthropicRequest.invalid(
                    "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
            }
            guard budget < root["max_tokens"]?.int ?? Int.max else {
                throw AnthropicRequest.invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
            }
        }
        guard !isForced else {
            throw AnthropicRequest.invalid("Thinking may not be enabled when tool_choice forces tool use.")
        }
        if let temperature = root["temperature"]?.double, temperature != 1 {
            throw AnthropicRequest.invalid("`temperature` may only be set to 1 when thinking is enabled.")
        }
        guard root["top_k"] == nil else {
            throw AnthropicRequest.invalid("`top_k` must be unset when thinking is enabled.")
        }
        if let topP = root["top_p"]?.double, topP < 0.95 {
            throw AnthropicRequest.invalid("`top_p` must be greater than or equal to 0.95 when thinking is enabled.")
        }
    }
}
