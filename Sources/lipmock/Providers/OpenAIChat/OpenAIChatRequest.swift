import Transport

/// A chat completion request, checked the way the provider checks it.
struct OpenAIChatRequest: ProviderRequest {
    var model: String
    var stream: Bool
    var includesUsage: Bool
    var choiceCount: Int

    private static let roles: Set<String> = ["developer", "system", "user", "assistant", "tool", "function"]
    private static let partTypes: Set<String> = ["text", "image_url", "input_audio", "file", "refusal"]
    static let choiceCountMax = 128

    init(_ request: ReceivedRequest) throws(ErrorReply) {
        guard request.method == "POST" else {
            throw ErrorReply(
                status: 405, message: "Not allowed to \(request.method) on \(request.path)",
                code: "method_not_supported")
        }
        let type = request.header("content-type")?.lowercased() ?? ""
        guard type.split(separator: ";").first == "application/json" else {
            throw ErrorReply(
                status: 415, message: "Unsupported content type: '\(type)'; send application/json",
                code: "unsupported_content_type")
        }
        let root: JSONValue
        do {
            root = try JSONDocument(parsing: request.body).root
        } catch {
            throw ErrorReply(status: 400, message: "The JSON body of the request cannot be parsed: \(error.message)")
        }
        guard root.kind == .object else { throw Self.invalid("The request body must be an object.", nil) }
        guard let model = root["model"]?.string, !model.isEmpty else {
            throw Self.invalid("Missing required parameter: 'model'.", "model", code: "missing_required_parameter")
        }
        self.model = model
        stream = try Self.flag(root["stream"], "stream")
        includesUsage = try Self.includesUsage(root["stream_options"], stream: stream)
        choiceCount = 1
        if let count = root["n"], !count.isNull {
            guard let count = count.int, 1...Self.choiceCountMax ~= count else {
                throw Self.invalid("'n' must be a whole number from 1 to \(Self.choiceCountMax).", "n")
            }
            choiceCount = count
        }
        try Self.check(messages: root["messages"])
        try Self.check(tools: root["tools"])
    }

    private static func invalid(_ message: String, _ parameter: String?, code: String? = nil) -> ErrorReply {
        ErrorReply(status: 400, message: message, code: code, parameter: parameter)
    }

    private static func flag(_ value: JSONValue?, _ name: String) throws(ErrorReply) -> Bool {
        guard let value, !value.isNull else { return false }
        guard let flag = value.bool else {
            throw invalid("Invalid type for '\(name)': expected a boolean.", name, code: "invalid_type")
        }
        return flag
    }

    private static func includesUsage(_ value: JSONValue?, stream: Bool) throws(ErrorReply) -> Bool {
        guard let value, !value.isNull else { return false }
        guard value.kind == .object else {
            throw invalid("Invalid type for 'stream_options'.", "stream_options", code: "invalid_type")
        }
        guard stream else {
            throw invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
        }
        return try flag(value["include_usage"], "stream_options.include_usage")
    }

    private static func check(messages: JSONValue?) throws(ErrorReply) {
        guard let messages else {
            throw invalid("Missing required parameter: 'messages'.", "messages", code: "missing_required_parameter")
        }
        guard messages.kind == .array else {
            throw invalid("Invalid type for 'messages': expected an array.", "messages", code: "invalid_type")
        }
        guard messages.count > 0 else {
            throw invalid("'messages' must hold at least one message.", "messages", code: "empty_array")
        }
        // Calls of the last assistant message that no tool message has answered yet.
        var open: Set<String> = []
        var index = 0
        for message in messages.elements {
            let path = "messages[\(index)]"
            index += 1
            guard let role = message["role"]?.string, roles.contains(role) else {
                throw invalid("Invalid or missing role.", "\(path).role", code: "invalid_value")
            }
            if role == "tool" {
                guard let id = message["tool_call_id"]?.string, open.remove(id) != nil else {
                    throw invalid(
                        "A message of role 'tool' must answer a tool call of the assistant message before it.",
                        "\(path).tool_call_id")
                }
            } else if let id = open.first {
                throw invalid("The tool call '\(id)' has not been answered by a tool message.", "\(path).role")
            }
            try check(content: message["content"], path: "\(path).content", role: role, hasCalls: message["tool_calls"])
            if role == "assistant" { open = try callIdentifiers(message["tool_calls"], path: path) }
        }
        if let id = open.first {
            throw invalid("The tool call '\(id)' has not been answered by a tool message.", "messages")
        }
    }

    private static func check(
        content: JSONValue?, path: String, role: String, hasCalls: JSONValue?
    ) throws(ErrorReply) {
        guard let content, !content.isNull else {
            if role == "assistant", hasCalls != nil { return }
            throw invalid("Invalid value for 'content': expected a string or an array, got null.", path)
        }
        switch content.kind {
        case .string: return
        case .array:
            var index = 0
            for part in content.elements {
                guard let type = part["type"]?.string, partTypes.contains(type) else {
                    throw invalid("Unknown content part.", "\(path)[\(index)].type", code: "invalid_value")
                }
                if type == "image_url", part["image_url"]?["url"]?.string == nil {
                    throw invalid("Missing required parameter.", "\(path)[\(index)].image_url.url")
                }
                index += 1
            }
        default:
            throw invalid("Invalid type for 'content'.", path, code: "invalid_type")
        }
    }

    private static func callIdentifiers(_ calls: JSONValue?, path: String) throws(ErrorReply) -> Set<String> {
        guard let calls, !calls.isNull else { return [] }
        guard calls.kind == .array, calls.count > 0 else {
            throw invalid("'tool_calls' must be a non-empty array.", "\(path).tool_calls")
        }
        var identifiers: Set<String> = []
        for call in calls.elements {
            guard let id = call["id"]?.string, call["function"]?["name"]?.string != nil,
                call["function"]?["arguments"]?.string != nil
            else {
                throw invalid("A tool call needs id, function.name and function.arguments.", "\(path).tool_calls")
            }
            identifiers.insert(id)
        }
        return identifiers
    }

    private static func check(tools: JSONValue?) throws(ErrorReply) {
        guard let tools, !tools.isNull else { return }
        guard tools.kind == .array else { throw invalid("Invalid type for 'tools'.", "tools", code: "invalid_type") }
        var index = 0
        for tool in tools.elements {
            guard tool["type"]?.string != nil else {
                throw invalid("Missing required parameter: 'tools[\(index)].type'.", "tools[\(index)].type")
            }
            index += 1
        }
    }
}
