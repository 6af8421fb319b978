import Transport

extension OpenAIResponsesRequestWriter {
    /// Writes the conversation as items.
    mutating func writeInput(_ messages: [Message]) {
        for message in messages {
            for part in message.parts {
                if case .toolCall(let call) = part.content, call.kind == .custom { customCallIDs.insert(call.id) }
            }
        }
        json.key("input")
        json.beginArray()
        for message in messages { writeMessage(message) }
        json.endArray()
    }

    /// Writes a message as the items that it is: runs of content become messages, the rest items of their own.
    private mutating func writeMessage(_ message: Message) {
        var run: [Part] = []
        var isFirst = true
        func isItem(_ part: Part) -> Bool {
            switch part.content {
            case .reasoning, .toolCall, .toolResult: true
            case .opaque: part.isItem
            case .text, .image, .audio, .file, .refusal: false
            }
        }
        for part in message.parts {
            guard isItem(part) else {
                run.append(part)
                continue
            }
            if !run.isEmpty {
                writeContentItem(run, message, isFirst: isFirst)
                run = []
                isFirst = false
            }
            writeItem(part)
        }
        if !run.isEmpty || message.parts.isEmpty {
            writeContentItem(run, message, isFirst: isFirst)
        } else if isFirst {
            // No message item stands for it, so nobody says these.
            for extra in message.extras { drop(message.path.member(extra.name)) }
            if message.name != nil, message.role != .tool { drop(message.path.member("name")) }
        }
    }

    // MARK: - Items

    private mutating func writeItem(_ part: Part) {
        switch part.content {
        case .reasoning(let reasoning):
            // Reasoning goes back only to the dialect that issued it, as the item that it was.
            let items =
                reasoning.issuer == .openAIResponses
                ? reasoning.block.map(OpenAIResponsesReasoning.items) ?? [] : []
            for item in items { json.raw(item.bytes) }
            if items.isEmpty { drop(part.path) }
        case .toolCall(let call): writeCall(call, part)
        case .toolResult(let result): writeResult(result, part)
        case .opaque(_, let raw):
            if isNative {
                json.raw(raw.bytes)
            } else {
                drop(part.path)
            }
        case .text, .image, .audio, .file, .refusal: drop(part.path)
        }
    }

    private mutating func writeCall(_ call: ToolCall, _ part: Part) {
        var id = call.id
        if call.kind == .legacyFunction {
            id = "call_\(call.name)_\(legacyCallIDs.count)"
            legacyCallIDs[call.name] = id
        }
        let isCustom = call.kind == .custom
        json.beginObject()
        json.put("type", isCustom ? "custom_tool_call" : "function_call")
        json.put("call_id", id)
        json.put("name", call.name)
        json.put(isCustom ? "input" : "arguments", call.arguments)
        if call.signature != nil { drop(part.path.member(source.callSeal)) }
        writeMembers(of: part)
        json.endObject()
    }

    private mutating func writeResult(_ result: ToolResult, _ part: Part) {
        let id = result.callID.isEmpty ? legacyCallIDs[result.name ?? ""] ?? "" : result.callID
        let isCustom = result.kind == .custom || (!isNative && customCallIDs.contains(id))
        json.beginObject()
        json.put("type", isCustom ? "custom_tool_call_output" : "function_call_output")
        if !id.isEmpty || !isNative { json.put("call_id", id) }
        json.key("output")
        writeContent(result.parts, isAssistant: false)
        if result.isError { drop(part.path.member("is_error")) }
        writeMembers(of: part)
        json.endObject()
    }

    private mutating func writeMembers(of part: Part) {
        if part.cacheControl != nil { drop(part.path.member("cache_control")) }
        for extra in part.innerExtras { drop(part.path.member(extra.name)) }
        writeMarks(part.marks)
        writeExtras(part.extras, part.path)
    }

    /// Writes a message item; `isFirst` if it stands for the message itself.
    private mutating func writeContentItem(_ parts: [Part], _ message: Message, isFirst: Bool) {
        let isAssistant = message.role == .assistant
        let kept = parts.filter { mayStand($0, isAssistant: isAssistant) }
        // A message of nothing but what was dropped would be an error.
        if kept.isEmpty, !parts.isEmpty { return }
        json.beginObject()
        json.word("type", "message")
        json.put("role", message.role == .tool ? Role.user.rawValue : message.role.rawValue)
        json.key("content")
        writeContent(kept, isAssistant: isAssistant)
        if isFirst {
            if let name = message.name {
                if isNative {
                    json.put("name", name)
                } else {
                    drop(message.path.member("name"))
                }
            }
            writeMarks(message.marks)
            writeExtras(message.extras, message.path)
        }
        json.endObject()
    }

    // MARK: - Content

    /// Whether a part has a place in a message; names it if not.
    private mutating func mayStand(_ part: Part, isAssistant: Bool) -> Bool {
        if isNative { return true }
        switch part.content {
        case .text: return true
        case .refusal: if isAssistant { return true }
        case .image, .file: if !isAssistant { return true }
        case .audio, .reasoning, .toolCall, .toolResult, .opaque: break
        }
        drop(part.path)
        return false
    }

    /// Writes a content: a string where that says everything, else an array.
    private mutating func writeContent(_ parts: [Part], isAssistant: Bool) {
        if parts.count == 1, case .text(let text) = parts[0].content, parts[0].extras.isEmpty, parts[0].marks.isEmpty,
            parts[0].cacheControl == nil
        {
            return json.string(text)
        }
        json.beginArray()
        for part in parts where mayStand(part, isAssistant: isAssistant) { writePart(part, isAssistant: isAssistant) }
        json.endArray()
    }

    private mutating func writePart(_ part: Part, isAssistant: Bool) {
        if case .opaque(_, let raw) = part.content { return json.raw(raw.bytes) }
        json.beginObject()
        switch part.content {
        case .text(let text):
            json.put("type", isAssistant ? "output_text" : "input_text")
            json.put("text", text)
        case .refusal(let text):
            json.word("type", "refusal")
            json.put("refusal", text)
        case .image(let image):
            json.word("type", "input_image")
            json.put("image_url", image.url)
            json.put("detail", image.detail ?? (isNative ? nil : "auto"))
        case .file(let file):
            json.word("type", "input_file")
            json.put("file_data", file.data)
            json.put("file_id", file.id)
            json.put("file_url", file.url)
            json.put("filename", file.name)
        case .audio(let audio):
            json.word("type", "input_audio")
            json.key("input_audio")
            json.beginObject()
            json.put("data", audio.data)
            json.put("format", audio.format)
            json.endObject()
        case .reasoning, .toolCall, .toolResult, .opaque: break
        }
        if let marker = part.cacheControl {
            if isNative {
                json.put("cache_control", marker)
            } else {
                drop(part.path.member("cache_control"))
            }
        }
        for extra in part.innerExtras { drop(part.path.member(extra.name)) }
        writeMarks(part.marks)
        writeExtras(part.extras, part.path)
        json.endObject()
    }
}
