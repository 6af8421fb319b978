import Transport

extension BedrockConverseRequestWriter {
    /// Writes the system prompt and the messages.
    ///
    /// Other dialects have system messages inside the conversation; here they all stand before it, in their order.
    mutating func writeConversation(_ body: CallBody) {
        var system = body.instructions
        for message in body.messages where message.role == .system || message.role == .developer {
            nameSpeaker(of: message)
            system += message.parts
        }
        writeSystem(system)
        json.key("messages")
        json.beginArray()
        writeTurns(body.messages.filter { $0.role != .system && $0.role != .developer })
        json.endArray()
    }

    private mutating func nameSpeaker(of message: Message) {
        if message.name != nil { drop(message.path.member("name")) }
        dropExtras(message.extras, message.path)
    }

    private mutating func writeSystem(_ parts: [Part]) {
        var isOpen = false
        for part in parts {
            guard case .text(let text) = part.content else {
                drop(part.path)
                continue
            }
            dropExtras(part.extras, part.path)
            guard !AnthropicText.isBlank(text) else { continue }
            if !isOpen {
                isOpen = true
                json.key("system")
                json.beginArray()
            }
            writeText(text)
            writeCachePoint(part.cacheControl, part.path)
        }
        if isOpen { json.endArray() }
    }

    /// Writes the messages as turns that alternate, as Bedrock insists: neighbours of one side become one message, and
    /// results of tools, which are messages of their own elsewhere, stand first in the user's.
    private mutating func writeTurns(_ messages: [Message]) {
        var parts: [Part] = []
        var isAssistant = false
        for message in messages {
            nameSpeaker(of: message)
            let speaks = message.role == .assistant
            let kept = message.parts.filter { mayStand($0) }
            guard !kept.isEmpty else { continue }
            if speaks != isAssistant, !parts.isEmpty {
                writeMessage(parts, isAssistant)
                parts.removeAll(keepingCapacity: true)
            }
            isAssistant = speaks
            parts += kept
        }
        if !parts.isEmpty { writeMessage(parts, isAssistant) }
    }

    private mutating func writeMessage(_ parts: [Part], _ isAssistant: Bool) {
        json.beginObject()
        json.word("role", isAssistant ? "assistant" : "user")
        json.key("content")
        json.beginArray()
        if isAssistant {
            for part in parts { writePart(part) }
        } else {
            for part in parts where isResult(part) { writePart(part) }
            for part in parts where !isResult(part) { writePart(part) }
        }
        json.endArray()
        json.endObject()
    }

    private func isResult(_ part: Part) -> Bool {
        if case .toolResult = part.content { return true }
        return false
    }

    /// Whether a part can go out: blank text is refused, and what has no form here is named.
    private mutating func mayStand(_ part: Part) -> Bool {
        switch part.content {
        case .text(let text), .refusal(let text): return !AnthropicText.isBlank(text)
        case .toolCall, .toolResult: return true
        case .image(let image): if BedrockConverseMedia(image: image.url) != nil { return true }
        case .file(let file): if BedrockConverseMedia(file) != nil { return true }
        case .audio(let audio): if BedrockConverseMedia(audio) != nil { return true }
        case .reasoning(let reasoning): if isOwn(reasoning) { return true }
        case .opaque: break
        }
        drop(part.path)
        return false
    }

    /// Whether reasoning is sealed by this dialect, so that its provider takes it back.
    private func isOwn(_ reasoning: Reasoning) -> Bool {
        reasoning.issuer == .bedrockConverse && (reasoning.signature != nil || reasoning.block != nil)
    }

    private mutating func writePart(_ part: Part) {
        switch part.content {
        case .text(let text), .refusal(let text): writeText(text)
        case .image(let image):
            writeImage(image)
            if let detail = image.detail, detail != "auto" { drop(part.path.member(source.imageDetail)) }
        case .file(let file): writeDocument(file)
        case .audio(let audio): if let media = BedrockConverseMedia(audio) { writeMedia("audio", media) }
        case .reasoning(let reasoning): write(reasoning)
        case .toolCall(let call): write(call, part.path)
        case .toolResult(let result): write(result, part.path)
        case .opaque: return
        }
        writeCachePoint(part.cacheControl, part.path)
        dropExtras(part.extras, part.path)
        dropExtras(part.innerExtras, part.path.member(part.innerName))
    }

    private mutating func writeText(_ text: String) {
        json.beginObject()
        json.put("text", text)
        json.endObject()
    }

    private mutating func write(_ reasoning: Reasoning) {
        if let block = reasoning.block {
            writeSealed(block)
            return
        }
        json.beginObject()
        json.key("reasoningContent")
        json.beginObject()
        json.key("reasoningText")
        json.beginObject()
        json.put("text", reasoning.text)
        json.put("signature", reasoning.signature)
        json.endObject()
        json.endObject()
        json.endObject()
    }

    /// Writes reasoning that the provider sealed whole: the array in which it went to the client, or one of its elements.
    private mutating func writeSealed(_ block: RawJSON) {
        guard let document = try? JSONDocument(parsing: block.bytes) else { return }
        let sealed = document.root.isArray ? Array(document.root.elements) : [document.root]
        for element in sealed {
            guard let content = element["redactedContent"], content.isString else { continue }
            json.beginObject()
            json.key("reasoningContent")
            json.beginObject()
            json.key("redactedContent")
            json.raw(content)
            json.endObject()
            json.endObject()
        }
    }

    // MARK: Tools

    private mutating func write(_ call: ToolCall, _ path: SourcePath) {
        json.beginObject()
        json.key("toolUse")
        json.beginObject()
        json.put("toolUseId", ids.call(call.id))
        json.put("name", call.name)
        json.key("input")
        AnthropicToolInput.write(call.arguments, call.kind, to: &json)
        json.endObject()
        json.endObject()
        if call.signature != nil { drop(path.member(source.callSeal)) }
    }

    private mutating func write(_ result: ToolResult, _ path: SourcePath) {
        json.beginObject()
        json.key("toolResult")
        json.beginObject()
        json.put("toolUseId", ids.result(result.callID))
        json.key("content")
        json.beginArray()
        for part in result.parts { writeInResult(part) }
        json.endArray()
        if result.isError {
            if traits.takesToolStatus {
                json.word("status", "error")
            } else {
                drop(path.member("is_error"))
            }
        }
        json.endObject()
        json.endObject()
    }

    private mutating func writeInResult(_ part: Part) {
        switch part.content {
        case .text(let text): if !AnthropicText.isBlank(text) { writeText(text) }
        case .image(let image) where BedrockConverseMedia(image: image.url) != nil: writeImage(image)
        case .file(let file) where BedrockConverseMedia(file) != nil: writeDocument(file)
        case .image, .file, .audio, .refusal, .reasoning, .toolCall, .toolResult, .opaque: return drop(part.path)
        }
        if part.cacheControl != nil { drop(part.path.member("cache_control")) }
        dropExtras(part.extras, part.path)
    }

    // MARK: Media

    private mutating func writeImage(_ image: Image) {
        if let media = BedrockConverseMedia(image: image.url) { writeMedia("image", media) }
    }

    private mutating func writeDocument(_ file: File) {
        if let media = BedrockConverseMedia(file) {
            writeMedia("document", media, name: documentNames.name(for: file.name))
        }
    }

    private mutating func writeMedia(_ kind: StaticString, _ media: BedrockConverseMedia, name: String? = nil) {
        json.beginObject()
        json.key(kind)
        json.beginObject()
        json.put("format", media.format)
        json.put("name", name)
        json.key("source")
        json.beginObject()
        switch media.source {
        case .bytes(let base64):
            json.key("bytes")
            json.string(base64)
        case .s3(let uri):
            json.key("s3Location")
            json.beginObject()
            json.put("uri", uri)
            json.endObject()
        }
        json.endObject()
        json.endObject()
        json.endObject()
    }

    // MARK: Cache

    /// Writes the block that ends a cached prefix, behind what the client marked; how long it lives is kept.
    mutating func writeCachePoint(_ marker: RawJSON?, _ path: SourcePath) {
        guard let marker, marker != RawJSON("null") else { return }
        guard traits.takesCachePoints else { return drop(path.member("cache_control")) }
        let life = (try? JSONDocument(parsing: marker.bytes))?.root["ttl"]?.string
        json.beginObject()
        json.key("cachePoint")
        json.beginObject()
        json.word("type", "default")
        json.put("ttl", life)
        json.endObject()
        json.endObject()
    }
}
