import Transport

/// Builds canonical messages and parts from validated content blocks.
enum AnthropicBlockReader {
    /// All messages, in order.
    static func messages(_ value: JSONCursor) -> [Message] {
        var messages: [Message] = []
        messages.reserveCapacity(value.count)
        let path = SourcePath("messages")
        for element in value.elements {
            let path = path.element(messages.count)
            let content = element["content"].map { parts($0, path.member("content")) } ?? []
            let role: Role =
                switch element["role"]?.string {
                case "assistant": .assistant
                case "system": .system
                default: .user
                }
            messages.append(
                Message(
                    role: role, parts: content,
                    extras: AnthropicBodyReader.extras(of: element, except: ["role", "content"]), path: path))
        }
        return messages
    }

    /// The parts of a content, which is a string or an array of blocks.
    static func parts(_ content: JSONCursor, _ path: SourcePath) -> [Part] {
        if let text = content.string { return [Part(.text(text), path: path)] }
        var parts: [Part] = []
        parts.reserveCapacity(content.count)
        for element in content.elements { parts.append(part(element, path.element(parts.count))) }
        return parts
    }

    private static func part(_ value: JSONCursor, _ path: SourcePath) -> Part {
        let type = value["type"]?.string ?? ""
        var part = Part(content(value, type, path), path: path)
        if case .opaque = part.content { return part }
        if case .reasoning(let reasoning) = part.content, reasoning.block != nil { return part }
        let known = knownMembers(of: type)
        for member in value.members where !known.contains(where: { member.key.equals($0) }) {
            if member.key.equals("cache_control"), !member.value.isNull {
                part.cacheControl = RawJSON(member.value)
            } else {
                part.extras.append(AnthropicBodyReader.extra(member))
            }
        }
        return part
    }

    private static func content(_ value: JSONCursor, _ type: String, _ path: SourcePath) -> Part.Content {
        switch type {
        case "text": return .text(value["text"]?.string ?? "")
        case "image": if let image = image(value["source"]) { return .image(image) }
        case "document":
            if let file = file(value["source"], title: value["title"]?.string) { return .file(file) }
        case "tool_use":
            guard let input = value["input"] else { break }
            return .toolCall(
                ToolCall(
                    id: value["id"]?.string ?? "", name: value["name"]?.string ?? "",
                    arguments: String(decoding: input.raw, as: UTF8.self)))
        case "tool_result":
            let content = value["content"].map { parts($0, path.member("content")) } ?? []
            return .toolResult(
                ToolResult(
                    callID: value["tool_use_id"]?.string ?? "", parts: content,
                    isError: value["is_error"]?.bool ?? false))
        case "thinking": return .reasoning(thinking(value))
        case "redacted_thinking":
            return .reasoning(redacted(value))
        default: break
        }
        return .opaque(type: type, RawJSON(value))
    }

    private static func knownMembers(of type: String) -> [StaticString] {
        switch type {
        case "text": ["type", "text"]
        case "image": ["type", "source"]
        case "document": ["type", "source", "title"]
        case "tool_use": ["type", "id", "name", "input"]
        case "tool_result": ["type", "tool_use_id", "content", "is_error"]
        case "thinking": ["type", "thinking", "signature"]
        default: ["type"]
        }
    }

    private static func thinking(_ value: JSONCursor) -> Reasoning {
        let text = value["thinking"]?.string ?? ""
        guard let signature = value["signature"]?.string, !signature.isEmpty else { return Reasoning(text: text) }
        let seal = ReasoningSeal(signature, sentIn: .anthropicMessages)
        return Reasoning(text: text, signature: seal.text, issuer: seal.issuer)
    }

    /// Another dialect's sealed block stands in the data, whole.
    private static func redacted(_ value: JSONCursor) -> Reasoning {
        let seal = ReasoningSeal(value["data"]?.string ?? "", sentIn: .anthropicMessages)
        let isOwn = seal.issuer == .anthropicMessages
        return Reasoning(text: "", block: isOwn ? RawJSON(value) : RawJSON(seal.text), issuer: seal.issuer)
    }

    /// An image of which every member has a canonical place; nil for any other.
    private static func image(_ source: JSONCursor?) -> Image? {
        guard let source, let type = source["type"] else { return nil }
        if type.equals("url"), source.count == 2, let url = source["url"]?.string, !url.utf8.starts(with: "data:".utf8)
        {
            return Image(url: url)
        }
        guard type.equals("base64"), source.count == 3, let data = source["data"]?.string,
            let mediaType = source["media_type"]?.string, AnthropicMedia.isPlainMediaType(mediaType)
        else { return nil }
        return Image(url: AnthropicMedia.dataURL(mediaType: mediaType, base64: data))
    }

    /// A document of which every member of the source has a canonical place; nil for any other.
    private static func file(_ source: JSONCursor?, title: String?) -> File? {
        guard let source, let type = source["type"] else { return nil }
        if type.equals("url"), source.count == 2, let url = source["url"]?.string {
            return File(url: url, name: title)
        }
        if type.equals("file"), source.count == 2, let id = source["file_id"]?.string {
            return File(id: id, name: title)
        }
        guard source.count == 3, let data = source["data"]?.string, let mediaType = source["media_type"]?.string,
            AnthropicMedia.isPlainMediaType(mediaType)
        else { return nil }
        let isText = type.equals("text") && mediaType == "text/plain"
        guard isText || (type.equals("base64") && mediaType != "text/plain") else { return nil }
        let base64 = isText ? Base64.text(of: Array(data.utf8)) : data
        return File(
            data: AnthropicMedia.dataURL(mediaType: mediaType, base64: base64), name: title, mediaType: mediaType)
    }
}
