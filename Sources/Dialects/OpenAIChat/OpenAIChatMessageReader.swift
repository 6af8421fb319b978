import Transport

/// Builds canonical messages from validated chat messages.
enum OpenAIChatMessageReader {
    /// All messages, in order.
    static func messages(_ value: JSONCursor) -> [Message] {
        var messages: [Message] = []
        messages.reserveCapacity(value.count)
        let path = SourcePath("messages")
        for element in value.elements {
            if let message = message(element, path.element(messages.count)) { messages.append(message) }
        }
        return messages
    }

    private static func message(_ value: JSONCursor, _ path: SourcePath) -> Message? {
        guard let roleValue = value["role"], let role = OpenAIChatRole(roleValue) else { return nil }
        let content = value["content"].map { parts($0, path.member("content")) } ?? []
        var message = Message(role: role.canonical, name: value["name"]?.string, parts: [], path: path)
        switch role {
        case .system, .developer, .user: message.parts = content
        case .tool, .function:
            // The legacy role answers by the function's name, which then stands in the result, not in the message.
            let name = role == .function ? message.name : nil
            if role == .function { message.name = nil }
            let result = ToolResult(callID: value["tool_call_id"]?.string ?? "", name: name, parts: content)
            message.parts = [Part(.toolResult(result), path: path)]
        case .assistant:
            message.parts = reasoning(value, path) + content + spoken(value, path)
        }
        message.extras = value.members.filter { !isKnown($0.key, role) }.map(OpenAIChatBodyReader.extra)
        return message
    }

    private static func isKnown(_ key: JSONCursor, _ role: OpenAIChatRole) -> Bool {
        if key.equals("role") || key.equals("content") || key.equals("name") { return true }
        switch role {
        case .tool: return key.equals("tool_call_id")
        case .assistant:
            return key.equals("tool_calls") || key.equals("function_call") || key.equals("refusal")
                || key.equals("reasoning_content")
        case .system, .developer, .user, .function: return false
        }
    }

    /// Reasoning of an earlier turn in the spelling of DeepSeek and vLLM.
    ///
    /// OpenRouter's `reasoning` and
    /// `reasoning_details` stay as they are: reasoning goes back only to where it came from.
    private static func reasoning(_ value: JSONCursor, _ path: SourcePath) -> [Part] {
        guard let text = value["reasoning_content"]?.string else { return [] }
        return [Part(.reasoning(Reasoning(text: text)), path: path.member("reasoning_content"))]
    }

    /// What an assistant's message holds beside its content.
    private static func spoken(_ value: JSONCursor, _ path: SourcePath) -> [Part] {
        var parts: [Part] = []
        if let refusal = value["refusal"]?.string {
            parts.append(Part(.refusal(refusal), path: path.member("refusal")))
        }
        if let calls = value["tool_calls"] {
            let path = path.member("tool_calls")
            var index = 0
            for call in calls.elements {
                parts.append(toolCall(call, path.element(index)))
                index += 1
            }
        }
        if let call = value["function_call"], call.isObject {
            let legacy = ToolCall(
                id: "", name: call["name"]?.string ?? "", arguments: call["arguments"]?.string ?? "",
                kind: .legacyFunction)
            parts.append(Part(.toolCall(legacy), path: path.member("function_call")))
        }
        return parts
    }

    private static func toolCall(_ value: JSONCursor, _ path: SourcePath) -> Part {
        let isCustom = value["type"]?.equals("custom") ?? false
        let named = isCustom ? value["custom"] : value["function"]
        let call = ToolCall(
            id: value["id"]?.string ?? "", name: named?["name"]?.string ?? "",
            arguments: named?[isCustom ? "input" : "arguments"]?.string ?? "", kind: isCustom ? .custom : .function)
        return Part(
            .toolCall(call),
            extras: OpenAIChatBodyReader.extras(of: value, except: ["id", "type", isCustom ? "custom" : "function"]),
            innerExtras: OpenAIChatBodyReader.extras(of: named, except: ["name", isCustom ? "input" : "arguments"]),
            path: path)
    }

    /// The parts of a content, which is a string, an array or null.
    static func parts(_ content: JSONCursor, _ path: SourcePath) -> [Part] {
        if let text = content.string { return [Part(.text(text), path: path)] }
        var parts: [Part] = []
        parts.reserveCapacity(content.count)
        for element in content.elements { parts.append(part(element, path.element(parts.count))) }
        return parts
    }

    private static func part(_ value: JSONCursor, _ path: SourcePath) -> Part {
        let type = value["type"]?.string ?? ""
        var part = Part(content(value, type), path: path)
        if case .opaque = part.content { return part }
        for member in value.members where !member.key.equals("type") && !member.key.equals(string: type) {
            if member.key.equals("cache_control") {
                part.cacheControl = RawJSON(member.value)
            } else {
                part.extras.append(OpenAIChatBodyReader.extra(member))
            }
        }
        let inner = value.member(type).flatMap { $0.isObject ? $0 : nil }
        part.innerExtras = OpenAIChatBodyReader.extras(of: inner, except: innerNames(type))
        return part
    }

    private static func content(_ value: JSONCursor, _ type: String) -> Part.Content {
        switch type {
        case "text": return .text(value["text"]?.string ?? "")
        case "refusal": return .refusal(value["refusal"]?.string ?? "")
        case "image_url":
            let image = value["image_url"]
            return .image(Image(url: image?["url"]?.string ?? "", detail: image?["detail"]?.string))
        case "input_audio":
            let audio = value["input_audio"]
            return .audio(Audio(data: audio?["data"]?.string ?? "", format: audio?["format"]?.string ?? ""))
        case "file":
            let file = value["file"]
            return .file(
                File(
                    data: file?["file_data"]?.string, id: file?["file_id"]?.string, name: file?["filename"]?.string))
        default: return .opaque(type: type, RawJSON(value))
        }
    }

    /// The members that are read from the object inside a part.
    private static func innerNames(_ type: String) -> [StaticString] {
        switch type {
        case "image_url": ["url", "detail"]
        case "input_audio": ["data", "format"]
        case "file": ["file_data", "file_id", "filename"]
        default: []
        }
    }
}

extension OpenAIChatRole {
    /// The canonical role; the legacy `function` is a tool.
    var canonical: Role {
        switch self {
        case .system: .system
        case .developer: .developer
        case .user: .user
        case .assistant: .assistant
        case .tool, .function: .tool
        }
    }
}
