import Transport

extension AnthropicRequestWriter {
    /// Writes the system prompt and the messages.
    ///
    /// Other dialects have system messages inside the conversation; here they all stand before it, in their order.
    mutating func writeConversation(_ body: CallBody) {
        var system = body.instructions
        var spoken = body.messages
        if !isNative {
            for message in body.messages where message.role == .system || message.role == .developer {
                system += message.parts
                nameSpeaker(of: message)
            }
            spoken.removeAll { $0.role == .system || $0.role == .developer }
        }
        writeSystem(system)
        json.key("messages")
        json.beginArray()
        if isNative {
            for message in spoken { writeMessage(message.role.rawValue, [message]) }
        } else {
            writeTurns(spoken)
        }
        json.endArray()
    }

    private mutating func nameSpeaker(of message: Message) {
        if message.name != nil { drop(message.path.member("name")) }
        for extra in message.extras { drop(message.path.member(extra.name)) }
    }

    private mutating func writeSystem(_ parts: [Part]) {
        let kept = parts.filter { mayStand(inSystem: $0) }
        guard !kept.isEmpty else { return }
        json.key("system")
        writeContent(kept, mayBeString: true)
    }

    private mutating func mayStand(inSystem part: Part) -> Bool {
        if isNative { return true }
        if case .text(let text) = part.content { return !AnthropicText.isBlank(text) }
        drop(part.path)
        return false
    }

    /// Writes messages of another dialect as turns of user and assistant: neighbours of one side become one message, and
    /// results of tools, which are messages of their own elsewhere, stand first in the user's.
    private mutating func writeTurns(_ messages: [Message]) {
        var turn: [Message] = []
        for message in messages {
            if let first = turn.first, (first.role == .assistant) != (message.role == .assistant) {
                writeTurn(turn)
                turn.removeAll(keepingCapacity: true)
            }
            turn.append(message)
        }
        if !turn.isEmpty { writeTurn(turn) }
    }

    private mutating func writeTurn(_ messages: [Message]) {
        for message in messages { nameSpeaker(of: message) }
        writeMessage(messages[0].role == .assistant ? "assistant" : "user", messages)
    }

    private mutating func writeMessage(_ role: String, _ messages: [Message]) {
        var parts = messages.flatMap(\.parts)
        if !isNative {
            parts = parts.filter { mayStand($0) }
            if role == "user" {
                let results = parts.filter(isResult)
                parts = results + parts.filter { !isResult($0) }
            }
            // A turn of which nothing is left is no turn.
            if parts.isEmpty { return }
        } else {
            parts = parts.filter { part in
                guard case .reasoning(let reasoning) = part.content, !mayReturn(reasoning) else { return true }
                drop(part.path)
                return false
            }
            if parts.isEmpty, messages.contains(where: { !$0.parts.isEmpty }) { return }
        }
        json.beginObject()
        write("role", role)
        json.key("content")
        writeContent(parts, mayBeString: true)
        if isNative { for message in messages { writeExtras(message.extras, message.path) } }
        json.endObject()
    }

    private func isResult(_ part: Part) -> Bool {
        if case .toolResult = part.content { return true }
        return false
    }

    /// Whether a part of another dialect can go out: empty text is refused, and what has no form here is named.
    private mutating func mayStand(_ part: Part) -> Bool {
        switch part.content {
        case .text(let text), .refusal(let text): return !AnthropicText.isBlank(text)
        case .image, .toolCall, .toolResult: return true
        case .file(let file): if document(file) != nil { return true }
        case .reasoning(let reasoning): if isOwn(reasoning) { return true }
        case .audio, .opaque: break
        }
        drop(part.path)
        return false
    }

    /// Whether reasoning is sealed by this dialect, so that its provider takes it back.
    func isOwn(_ reasoning: Reasoning) -> Bool {
        reasoning.issuer == .anthropicMessages && (reasoning.signature != nil || reasoning.block != nil)
    }

    /// Whether reasoning that a client of this dialect sent may go to the provider.
    private func mayReturn(_ reasoning: Reasoning) -> Bool {
        if isOwn(reasoning) { return true }
        return reasoning.issuer == nil && reasoning.block == nil && !flavor.refusesUnsealedThinking
    }

    /// Writes a content: a string where that says everything, else an array.
    private mutating func writeContent(_ parts: [Part], mayBeString: Bool) {
        if mayBeString, parts.count == 1, case .text(let text) = parts[0].content, parts[0].extras.isEmpty,
            parts[0].cacheControl == nil
        {
            return json.string(text)
        }
        json.beginArray()
        for part in parts { writePart(part) }
        json.endArray()
    }

    private mutating func writePart(_ part: Part) {
        if case .opaque(_, let raw) = part.content { return json.raw(raw.bytes) }
        if case .reasoning(let reasoning) = part.content, let block = reasoning.block { return writeSealed(block) }
        json.beginObject()
        switch part.content {
        case .text(let text), .refusal(let text):
            write("type", "text")
            write("text", text)
        case .image(let image): writeImage(image, part.path)
        case .file(let file): writeDocument(file)
        case .reasoning(let reasoning):
            write("type", "thinking")
            write("thinking", reasoning.text)
            write("signature", reasoning.signature ?? "")
        case .toolCall(let call):
            write("type", "tool_use")
            write("id", isNative ? call.id : ids.call(call.id))
            write("name", call.name)
            json.key("input")
            AnthropicToolInput.write(call.arguments, call.kind, to: &json)
            if call.signature != nil { drop(part.path.member(source.callSeal)) }
        case .toolResult(let result): writeResult(result)
        case .audio, .opaque: break
        }
        write("cache_control", part.cacheControl)
        writeExtras(part.extras, part.path)
        writeExtras(part.innerExtras, part.path.member(part.innerName))
        json.endObject()
    }

    /// Writes a sealed block, or those of the array in which it travels through the events.
    private mutating func writeSealed(_ block: RawJSON) {
        guard let document = try? JSONDocument(parsing: block.bytes), document.root.isArray else {
            return json.raw(block.bytes)
        }
        for element in document.root.elements { json.raw(element) }
    }

    private mutating func writeImage(_ image: Image, _ path: SourcePath) {
        write("type", "image")
        json.key("source")
        json.beginObject()
        if let inline = AnthropicMedia.split(image.url), !inline.isPercentEncoded {
            write("type", "base64")
            write("media_type", inline.mediaType)
            write("data", inline.data)
        } else {
            write("type", "url")
            write("url", image.url)
        }
        json.endObject()
        if let detail = image.detail, detail != "auto" { drop(path.member(source.imageDetail)) }
    }

    private mutating func writeResult(_ result: ToolResult) {
        write("type", "tool_result")
        write("tool_use_id", isNative ? result.callID : ids.result(result.callID))
        let kept = isNative ? result.parts : result.parts.filter { mayStandInResult($0) }
        if !kept.isEmpty {
            json.key("content")
            writeContent(kept, mayBeString: true)
        }
        if result.isError { write("is_error", true) }
    }

    private mutating func mayStandInResult(_ part: Part) -> Bool {
        switch part.content {
        case .text(let text): return !AnthropicText.isBlank(text)
        case .image: return true
        case .file(let file): if document(file) != nil { return true }
        case .audio, .refusal, .reasoning, .toolCall, .toolResult, .opaque: break
        }
        drop(part.path)
        return false
    }

    // MARK: - Documents

    /// The source of a document, as members and their texts.
    private typealias Source = [(name: String, text: Substring)]

    /// How a file is given; nil where this dialect has no form for it, since ids belong to the provider that gave them.
    private func document(_ file: File) -> Source? {
        if let url = file.url { return [("type", "url"), ("url", url[...])] }
        if let id = file.id { return isNative ? [("type", "file"), ("file_id", id[...])] : nil }
        guard let data = file.data else { return nil }
        var mediaType = file.mediaType
        var content = data[...]
        if let inline = AnthropicMedia.split(data) {
            guard !inline.isPercentEncoded else { return nil }
            mediaType = mediaType ?? inline.mediaType
            content = inline.data
        }
        let type = mediaType ?? AnthropicMedia.mediaType(ofFileNamed: file.name)
        if type == "text/plain" || (!isNative && type.utf8.starts(with: "text/".utf8)) {
            // Documents of text are taken as text alone.
            guard let text = Base64.decodedText(of: String(content)) else { return nil }
            return [("type", "text"), ("media_type", "text/plain"), ("data", text[...])]
        }
        return [("type", "base64"), ("media_type", type[...]), ("data", content)]
    }

    private mutating func writeDocument(_ file: File) {
        write("type", "document")
        json.key("source")
        json.beginObject()
        for member in document(file) ?? [] {
            json.key(member.name)
            json.string(member.text)
        }
        json.endObject()
        write("title", file.name)
    }
}
