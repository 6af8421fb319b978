import Transport

/// A Responses request, checked the way the provider checks it.
struct OpenAIResponsesRequest: ProviderRequest {
    var model: String
    var stream: Bool
    /// Whether reasoning is to come in its sealed form too.
    var wantsSealedReasoning: Bool
    /// Names of the tools that take free text.
    var customTools: Set<String>
    let root: JSONValue

    private static let members: Set<String> = [
        "model", "input", "instructions", "stream", "stream_options", "tools", "tool_choice", "text", "reasoning",
        "max_output_tokens", "max_tool_calls", "temperature", "top_p", "top_logprobs", "parallel_tool_calls",
        "metadata", "store", "include", "previous_response_id", "conversation", "prompt", "background", "truncation",
        "service_tier", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "user",
        "context_management",
    ]
    private static let ownItems: Set<String> = [
        "web_search_call", "file_search_call", "computer_call", "computer_call_output", "code_interpreter_call",
        "image_generation_call", "local_shell_call", "local_shell_call_output", "mcp_call", "mcp_list_tools",
        "mcp_approval_request", "mcp_approval_response", "compaction", "shell_call", "shell_call_output",
        "apply_patch_call", "apply_patch_call_output",
    ]
    /// What the ids begin with that this provider has issued.
    private static let responsePrefix = "resp_mock"

    /// Checks a request; `more` are members that are known besides OpenAI's.
    init(_ request: ReceivedRequest, besides more: Set<String> = []) throws(ErrorReply) {
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
        do {
            root = try JSONDocument(parsing: request.body).root
        } catch {
            throw ErrorReply(status: 400, message: "The JSON body of the request cannot be parsed: \(error.message)")
        }
        guard root.kind == .object else { throw Self.invalid("The request body must be an object.", nil) }
        guard let model = root["model"]?.string, !model.isEmpty else { throw Self.missing("model") }
        self.model = model
        stream = try Self.flag(root["stream"], "stream")
        wantsSealedReasoning =
            root["include"]?.elements.contains { $0.equals("reasoning.encrypted_content") } ?? false
        customTools = []
        for member in root.members {
            let name = member.key.string ?? ""
            guard Self.members.contains(name) || more.contains(name) else {
                throw Self.invalid("Unknown parameter: '\(name)'.", name, code: "unknown_parameter")
            }
        }
        if let options = root["stream_options"], !options.isNull, !stream {
            throw Self.invalid(
                "The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
        }
        if let limit = root["max_output_tokens"], !limit.isNull, (limit.int ?? 0) < 16 {
            throw Self.invalid(
                "Invalid 'max_output_tokens': expected a value >= 16.", "max_output_tokens",
                code: "integer_below_min_value")
        }
        let previous = root["previous_response_id"]?.string
        if let previous, !previous.hasPrefix(Self.responsePrefix) {
            throw Self.invalid(
                "Previous response with id '\(previous)' not found.", "previous_response_id",
                code: "previous_response_not_found")
        }
        try Self.check(input: root["input"], isContinued: previous != nil)
        customTools = try Self.check(tools: root["tools"])
    }

    private static func invalid(_ message: String, _ parameter: String?, code: String? = nil) -> ErrorReply {
        ErrorReply(status: 400, message: message, code: code, parameter: parameter)
    }

    private static func missing(_ path: String) -> ErrorReply {
        invalid("Missing required parameter: '\(path)'.", path, code: "missing_required_parameter")
    }

    private static func flag(_ value: JSONValue?, _ name: String) throws(ErrorReply) -> Bool {
        guard let value, !value.isNull else { return false }
        guard let flag = value.bool else {
            throw invalid("Invalid type for '\(name)': expected a boolean.", name, code: "invalid_type")
        }
        return flag
    }

    // MARK: - Input

    private static func check(input: JSONValue?, isContinued: Bool) throws(ErrorReply) {
        guard let input, !input.isNull else { throw missing("input") }
        if input.kind == .string { return }
        guard input.kind == .array else {
            throw invalid("Invalid type for 'input': expected a string or an array.", "input", code: "invalid_type")
        }
        guard input.count > 0 || isContinued else {
            throw invalid("'input' must hold at least one item.", "input", code: "empty_array")
        }
        // Calls that wait for their output; those of an earlier response are not in the input.
        var open: [String] = []
        var known: Set<String> = []
        var index = 0
        for item in input.elements {
            let path = "input[\(index)]"
            index += 1
            let type = item["type"]?.string ?? "message"
            switch type {
            case "message": try check(message: item, path)
            case "function_call", "custom_tool_call":
                guard let id = item["call_id"]?.string else { throw missing("\(path).call_id") }
                guard item["name"]?.string != nil else { throw missing("\(path).name") }
                let text = type == "function_call" ? "arguments" : "input"
                guard item.member(text)?.string != nil else { throw missing("\(path).\(text)") }
                open.append(id)
                known.insert(id)
            case "function_call_output", "custom_tool_call_output":
                guard let id = item["call_id"]?.string else { throw missing("\(path).call_id") }
                guard item["output"] != nil else { throw missing("\(path).output") }
                guard known.contains(id) || isContinued else {
                    throw invalid("No tool call found for function call output with call_id \(id).", "input")
                }
                open.removeAll { $0 == id }
            case "reasoning":
                guard item["summary"]?.kind == .array else { throw missing("\(path).summary") }
                guard item["id"]?.string?.hasPrefix("rs_mock") ?? true else {
                    throw ErrorReply(
                        status: 404, message: "Item with id '\(item["id"]?.string ?? "")' not found.",
                        parameter: "input")
                }
            case "item_reference":
                guard item["id"]?.string?.contains("_mock") == true else {
                    throw ErrorReply(
                        status: 404, message: "Item with id '\(item["id"]?.string ?? "")' not found.",
                        parameter: "input")
                }
            default:
                guard ownItems.contains(type) else {
                    throw invalid("Invalid value: '\(type)'.", "\(path).type", code: "invalid_value")
                }
            }
        }
        if let id = open.first { throw invalid("No tool output found for function call \(id).", "input") }
    }

    private static func check(message: JSONValue, _ path: String) throws(ErrorReply) {
        guard let role = message["role"]?.string, ["user", "assistant", "system", "developer"].contains(role) else {
            throw invalid("Invalid or missing role.", "\(path).role", code: "invalid_value")
        }
        guard let content = message["content"] else { throw missing("\(path).content") }
        if content.kind == .string { return }
        guard content.kind == .array else {
            throw invalid("Invalid type for 'content'.", "\(path).content", code: "invalid_type")
        }
        let types: [String] =
            role == "assistant" ? ["output_text", "refusal"] : ["input_text", "input_image", "input_file"]
        var index = 0
        for part in content.elements {
            let path = "\(path).content[\(index)]"
            index += 1
            guard let type = part["type"]?.string, types.contains(type) else {
                throw invalid(
                    "Invalid value: '\(part["type"]?.string ?? "")'. Supported values are: \(types).", "\(path).type",
                    code: "invalid_value")
            }
            if type.hasSuffix("_text"), part["text"]?.string == nil { throw missing("\(path).text") }
        }
    }

    private static func check(tools: JSONValue?) throws(ErrorReply) -> Set<String> {
        guard let tools, !tools.isNull else { return [] }
        guard tools.kind == .array else { throw invalid("Invalid type for 'tools'.", "tools", code: "invalid_type") }
        var custom: Set<String> = []
        var index = 0
        for tool in tools.elements {
            guard let type = tool["type"]?.string else { throw missing("tools[\(index)].type") }
            if type == "function" || type == "custom" {
                guard let name = tool["name"]?.string else { throw missing("tools[\(index)].name") }
                if type == "custom" { custom.insert(name) }
            }
            index += 1
        }
        return custom
    }
}
