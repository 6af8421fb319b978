import Transport

/// Builds canonical messages from validated input items.
///
/// What the assistant made in one turn (reasoning, a message, calls) are several items here and one message elsewhere:
/// items that follow each other become parts of one message, in their order.
struct OpenAIResponsesInputReader {
    private var messages: [Message] = []
    /// Whether the last message is an assistant's to which more items may be added.
    private var isOpen = false
    /// Whether that message holds the content of a message item already.
    private var hasContent = false

    /// All messages, in order.
    static func messages(_ value: JSONCursor) -> [Message] {
        let path = SourcePath("input")
        if let text = value.string { return [Message(role: .user, parts: [Part(.text(text), path: path)], path: path)] }
        var reader = OpenAIResponsesInputReader()
        var index = 0
        for item in value.elements {
            reader.add(item, path.element(index))
            index += 1
        }
        return reader.messages
    }

    /// The role that a string value names.
    static func role(_ value: JSONCursor) -> Role? {
        if value.equals("user") { return .user }
        if value.equals("assistant") { return .assistant }
        if value.equals("system") { return .system }
        return value.equals("developer") ? .developer : nil
    }

    private mutating func add(_ item: JSONCursor, _ path: SourcePath) {
        switch OpenAIResponsesItemType(item) {
        case .message: addMessage(item, path)
        case .reasoning: addPart(Part(.reasoning(OpenAIResponsesReasoning.read(item)), path: path))
        case .functionCall: addPart(Self.call(item, path, .function))
        case .customToolCall: addPart(Self.call(item, path, .custom))
        case .functionCallOutput: addResult(item, path, .function)
        case .customToolCallOutput: addResult(item, path, .custom)
        case .itemReference, .compaction, .other: addOpaque(item, path)
        }
    }

    private mutating func addMessage(_ item: JSONCursor, _ path: SourcePath) {
        let role = item["role"].flatMap(Self.role) ?? .user
        var message = Message(role: role, name: item["name"]?.string, parts: [], path: path)
        message.parts = item["content"].map { Self.parts($0, path.member("content")) } ?? []
        for member in item.members
        where !Self.isKnown(member.key) && !(member.key.equals("name") && member.value.isString) {
            let extra = OpenAIChatBodyReader.extra(member)
            if member.key.equals("id") || member.key.equals("status") {
                message.marks.append(extra)
            } else {
                message.extras.append(extra)
            }
        }
        if isOpen, !hasContent, role == .assistant, !message.parts.isEmpty {
            let last = messages.count - 1
            message.parts = messages[last].parts + message.parts
            message.path = messages[last].path
            messages[last] = message
        } else {
            messages.append(message)
        }
        isOpen = role == .assistant && !message.parts.isEmpty
        hasContent = isOpen
    }

    private static func isKnown(_ key: JSONCursor) -> Bool {
        key.equals("type") || key.equals("role") || key.equals("content")
    }

    /// Adds something that the assistant made to its turn.
    private mutating func addPart(_ part: Part) {
        if isOpen {
            messages[messages.count - 1].parts.append(part)
        } else {
            messages.append(Message(role: .assistant, parts: [part], path: part.path))
            isOpen = true
            hasContent = false
        }
        // A call ends the turn's words: a message after it is another message.
        if case .toolCall = part.content { hasContent = true }
    }

    private mutating func addResult(_ item: JSONCursor, _ path: SourcePath, _ kind: ToolKind) {
        let output = item["output"].map { Self.parts($0, path.member("output")) } ?? []
        var part = Part(
            .toolResult(ToolResult(callID: item["call_id"]?.string ?? "", parts: output, kind: kind)), path: path)
        Self.addMembers(of: item, except: ["type", "call_id", "output"], to: &part)
        messages.append(Message(role: .tool, parts: [part], path: path))
        isOpen = false
    }

    private mutating func addOpaque(_ item: JSONCursor, _ path: SourcePath) {
        let type = item["type"]?.string ?? "item_reference"
        let part = Part(.opaque(type: type, RawJSON(item)), isItem: true, path: path)
        if type.hasSuffix("_output") || type == "mcp_approval_response" {
            messages.append(Message(role: .user, parts: [part], path: path))
            isOpen = false
        } else {
            addPart(part)
        }
    }

    private static func call(_ item: JSONCursor, _ path: SourcePath, _ kind: ToolKind) -> Part {
        let input: StaticString = kind == .custom ? "input" : "arguments"
        var part = Part(
            .toolCall(
                ToolCall(
                    id: item["call_id"]?.string ?? "", name: item["name"]?.string ?? "",
                    arguments: item[input]?.string ?? "", kind: kind)), path: path)
        addMembers(of: item, except: ["type", "call_id", "name", input], to: &part)
        return part
    }

    private static func addMembers(of item: JSONCursor, except known: [StaticString], to part: inout Part) {
        for extra in OpenAIChatBodyReader.extras(of: item, except: known) {
            if extra.name == "id" || extra.name == "status" {
                part.marks.append(extra)
            } else {
                part.extras.append(extra)
            }
        }
    }

    /// The parts of a content, which is a string or an array.
    private static func parts(_ content: JSONCursor, _ path: SourcePath) -> [Part] {
        if let text = content.string { return [Part(.text(text), path: path)] }
        var parts: [Part] = []
        parts.reserveCapacity(content.count)
        for element in content.elements { parts.append(part(element, path.element(parts.count))) }
        return parts
    }

    private static func part(_ value: JSONCursor, _ path: SourcePath) -> Part {
        let (content, known) = content(value)
        var part = Part(content, path: path)
        if case .opaque = content { return part }
        for extra in OpenAIChatBodyReader.extras(of: value, except: known) {
            switch extra.name {
            case "type": break
            case "cache_control": part.cacheControl = extra.value
            case "annotations", "logprobs": part.marks.append(extra)
            default: part.extras.append(extra)
            }
        }
        return part
    }

    /// What a part holds, and the members that say so.
    private static func content(_ value: JSONCursor) -> (Part.Content, [StaticString]) {
        let type = value["type"]?.string ?? ""
        switch type {
        case "input_text", "output_text", "text": return (.text(value["text"]?.string ?? ""), ["text"])
        case "refusal": return (.refusal(value["refusal"]?.string ?? ""), ["refusal"])
        case "input_image":
            guard let url = value["image_url"]?.string else { break }
            return (.image(Image(url: url, detail: value["detail"]?.string)), ["image_url", "detail"])
        case "input_audio":
            let audio = value["input_audio"]
            let known = audio?.members.allSatisfy { $0.key.equals("data") || $0.key.equals("format") }
            guard known == true else { break }
            return (
                .audio(Audio(data: audio?["data"]?.string ?? "", format: audio?["format"]?.string ?? "")),
                ["input_audio"]
            )
        case "input_file":
            return (
                .file(
                    File(
                        data: value["file_data"]?.string, id: value["file_id"]?.string,
                        url: value["file_url"]?.string, name: value["filename"]?.string)),
                ["file_data", "file_id", "file_url", "filename"]
            )
        default: break
        }
        return (.opaque(type: type, RawJSON(value)), [])
    }
}
