import Transport

extension OpenAIChatRequestWriter {
    /// Writes one message; results of tools become messages of their own, as this dialect asks.
    mutating func writeMessage(_ message: Message) {
        var rest = message
        rest.parts = message.parts.filter { part in
            if case .toolResult = part.content { return false }
            return true
        }
        for part in message.parts {
            if case .toolResult(let result) = part.content {
                writeToolResult(result, part, message.role == .tool ? message : nil)
            }
        }
        // In other dialects a message may hold results and nothing else.
        if rest.parts.isEmpty, message.role == .tool || !message.parts.isEmpty { return }
        if !isNative, !rest.parts.isEmpty {
            rest.parts = rest.parts.filter { mayBeSpoken($0) }
            // A message of nothing but what was dropped would be an error.
            if rest.parts.isEmpty { return }
        }
        if rest.role == .user, !resultMedia.isEmpty {
            rest.parts = resultMedia + rest.parts
            resultMedia = []
        }
        writeResultMedia()
        writeSpoken(rest)
    }

    /// Writes what results hold beside text as a message of its own, where no message of the user's follows them.
    mutating func writeResultMedia() {
        guard !resultMedia.isEmpty else { return }
        let parts = resultMedia
        resultMedia = []
        writeSpoken(Message(role: .user, parts: parts))
    }

    private mutating func writeToolResult(_ result: ToolResult, _ part: Part, _ message: Message?) {
        let isLegacy = result.callID.isEmpty && result.name != nil
        json.beginObject()
        json.key("role")
        json.string(isLegacy ? "function" : "tool")
        if isLegacy {
            write("name", result.name)
        } else {
            json.key("tool_call_id")
            json.string(wireID(result.callID))
            write("name", message?.name)
        }
        json.key("content")
        let content = result.parts.filter { mayStandInResult($0) }
        if isLegacy, result.parts.isEmpty {
            json.null()
        } else if content.isEmpty, !result.parts.isEmpty {
            json.string(keepMedia(of: result) ? "The output is in the next message of the user." : "")
        } else {
            _ = keepMedia(of: result)
            writeContent(content)
        }
        if result.isError { drop(part.path.member("is_error")) }
        dropMarkers(of: part)
        if let message { writeExtras(message.extras, message.path) }
        json.endObject()
    }

    /// Whether a part of a tool's result can stand in it; names what can stand nowhere.
    ///
    /// OpenAI takes only text there, a client of this dialect may know a provider that takes more.
    private mutating func mayStandInResult(_ part: Part) -> Bool {
        if isNative { return true }
        switch part.content {
        case .text: return true
        case .image: return flavor.resultMedia == .result
        case .audio where flavor.resultMedia == .userMessage, .file where flavor.resultMedia == .userMessage:
            // Names a file that has only an address.
            _ = mayBeSpoken(part)
            return false
        case .audio, .file, .refusal, .reasoning, .toolCall, .toolResult, .opaque: break
        }
        drop(part.path)
        return false
    }

    /// Keeps what a result holds beside text for the next message of the user's, with the call that it belongs to; true
    /// if there is any.
    private mutating func keepMedia(of result: ToolResult) -> Bool {
        guard !isNative, flavor.resultMedia == .userMessage else { return false }
        let media = result.parts.filter { part in
            switch part.content {
            case .image, .audio: true
            case .file(let file): file.data != nil || file.id != nil
            case .text, .refusal, .reasoning, .toolCall, .toolResult, .opaque: false
            }
        }
        guard !media.isEmpty else { return false }
        let name = (callNames[result.callID] ?? result.name).map { " of \($0)" } ?? ""
        resultMedia.append(Part(.text("Output\(name) (\(wireID(result.callID))):")))
        resultMedia += media
        return true
    }

    /// Whether a part of another dialect's message can go out; names it if not.
    private mutating func mayBeSpoken(_ part: Part) -> Bool {
        switch part.content {
        case .text, .image, .audio, .refusal, .toolCall, .toolResult: return true
        // A file that has only an address has no place here.
        case .file(let file): if file.data != nil || file.id != nil { return true }
        case .reasoning(let reasoning): if member(for: reasoning) != nil { return true }
        case .opaque: break
        }
        drop(part.path)
        return false
    }

    private mutating func writeSpoken(_ message: Message) {
        json.beginObject()
        json.key("role")
        if message.role == .developer, !flavor.takesRichMessages {
            json.string("system" as StaticString)
        } else {
            json.string(message.role.rawValue)
        }
        if flavor.takesRichMessages {
            write("name", message.name)
        } else if message.name != nil {
            drop(message.path.member("name"))
        }
        let (content, beside) = split(message.parts, isAssistant: message.role == .assistant)
        json.key("content")
        if content.isEmpty, message.role == .assistant, !beside.isEmpty || message.extras.contains(where: speaks) {
            json.null()
        } else if content.isEmpty, !isNative {
            json.string("" as StaticString)
        } else {
            writeContent(content)
        }
        var calls: [Part] = []
        var thoughts: (member: String, text: String)?
        for part in beside {
            switch part.content {
            case .toolCall(let call) where call.kind == .legacyFunction:
                json.key("function_call")
                writeNamed(call, part, input: "arguments")
            case .toolCall: calls.append(part)
            case .refusal(let text): write("refusal", text)
            case .reasoning(let reasoning):
                if let member = member(for: reasoning) {
                    thoughts = (member, (thoughts?.text ?? "") + reasoning.text)
                } else {
                    drop(part.path)
                }
            case .text, .image, .audio, .file, .opaque, .toolResult: drop(part.path)
            }
        }
        if let thoughts {
            json.key(thoughts.member)
            json.string(thoughts.text)
        }
        if !calls.isEmpty {
            json.key("tool_calls")
            json.beginArray()
            for part in calls { writeToolCall(part) }
            json.endArray()
        }
        writeExtras(message.extras, message.path)
        json.endObject()
    }

    /// The member in which reasoning goes back; nil where it is sealed, or the provider does not read it.
    private func member(for reasoning: Reasoning) -> String? {
        guard reasoning.signature == nil, reasoning.block == nil else { return nil }
        if isNative { return flavor.takesRichMessages ? "reasoning_content" : nil }
        return reasoning.text.isEmpty ? nil : flavor.reasoningMember?.rawValue
    }

    /// What stands in `content`, and what beside it: a refusal only where nothing of the content follows it.
    private func split(_ parts: [Part], isAssistant: Bool) -> (content: [Part], beside: [Part]) {
        let end = parts.lastIndex { isContent($0, refusal: false) } ?? -1
        let last = parts.lastIndex { isContent($0, refusal: true) } ?? -1
        var content: [Part] = []
        var beside: [Part] = []
        for (index, part) in parts.enumerated() {
            if isContent(part, refusal: !isAssistant || index < end || index < last) {
                content.append(part)
            } else {
                beside.append(part)
            }
        }
        return (content, beside)
    }

    /// Whether a part stands in `content`; refusals do if asked.
    private func isContent(_ part: Part, refusal: Bool) -> Bool {
        switch part.content {
        case .text, .image, .audio, .file, .opaque: true
        case .refusal: refusal
        case .reasoning, .toolCall, .toolResult: false
        }
    }

    /// Whether a member stands for content, so that the content itself may be null.
    private func speaks(_ extra: RawMember) -> Bool {
        ["audio", "reasoning", "reasoning_details"].contains(extra.name) && extra.value != RawJSON("null")
    }

    /// A call's id in the form that the provider takes.
    private mutating func wireID(_ id: String) -> String {
        flavor.callIDs == .anything ? id : callIDs.id(for: id)
    }

    private mutating func writeToolCall(_ part: Part) {
        guard case .toolCall(let call) = part.content else { return }
        callNames[call.id] = call.name
        json.beginObject()
        json.key("id")
        json.string(wireID(call.id))
        json.key("type")
        if call.kind == .custom {
            json.string("custom" as StaticString)
            json.key("custom")
            writeNamed(call, part, input: "input")
        } else {
            json.string("function" as StaticString)
            json.key("function")
            writeNamed(call, part, input: "arguments")
        }
        if call.signature != nil { drop(part.path.member(source.callSeal)) }
        dropMarkers(of: part)
        writeExtras(part.extras, part.path)
        json.endObject()
    }

    private mutating func writeNamed(_ call: ToolCall, _ part: Part, input: StaticString) {
        json.beginObject()
        json.key("name")
        json.string(call.name)
        json.key(input)
        json.string(call.arguments)
        writeExtras(part.innerExtras, part.path.member(call.kind == .custom ? "custom" : "function"))
        json.endObject()
    }

    /// Writes a content: a string where that says everything, else an array.
    private mutating func writeContent(_ parts: [Part]) {
        if parts.count == 1, case .text(let text) = parts[0].content, parts[0].extras.isEmpty,
            parts[0].cacheControl == nil
        {
            return json.string(text)
        }
        json.beginArray()
        for part in parts { writePart(part) }
        json.endArray()
    }

    private mutating func writePart(_ part: Part) {
        if case .opaque(_, let raw) = part.content {
            guard isNative else { return drop(part.path) }
            return json.raw(raw.bytes)
        }
        // A file that is neither here nor stored at the provider cannot be named.
        if case .file(let file) = part.content, file.data == nil, file.id == nil { return drop(part.path) }
        json.beginObject()
        json.key("type")
        switch part.content {
        case .text(let text):
            json.string("text" as StaticString)
            write("text", text)
        case .image(let image):
            json.string("image_url" as StaticString)
            json.key("image_url")
            json.beginObject()
            write("url", image.url)
            write("detail", image.detail)
            writeExtras(part.innerExtras, part.path.member("image_url"))
            json.endObject()
        case .audio(let audio):
            json.string("input_audio" as StaticString)
            json.key("input_audio")
            json.beginObject()
            write("data", audio.data)
            write("format", audio.format)
            writeExtras(part.innerExtras, part.path.member("input_audio"))
            json.endObject()
        case .file(let file):
            json.string("file" as StaticString)
            json.key("file")
            json.beginObject()
            write("file_data", file.data)
            write("file_id", file.id)
            write("filename", file.name)
            writeExtras(part.innerExtras, part.path.member("file"))
            json.endObject()
            if file.url != nil { drop(part.path.member("url")) }
        case .refusal(let text):
            json.string("refusal" as StaticString)
            write("refusal", text)
        case .reasoning, .toolCall, .toolResult, .opaque:
            json.string("text" as StaticString)
            write("text", "")
            drop(part.path)
        }
        if let marker = part.cacheControl {
            if isNative || flavor.takesCacheMarkers {
                write("cache_control", marker)
            } else {
                dropMarkers(of: part)
            }
        }
        writeExtras(part.extras, part.path)
        json.endObject()
    }

    private mutating func dropMarkers(of part: Part) {
        if part.cacheControl != nil { drop(part.path.member("cache_control")) }
    }
}
