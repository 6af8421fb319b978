import Transport

extension GeminiRequestWriter {
    /// Google's stand-in for the signature of a call that another model made
    /// (https://ai.google.dev/gemini-api/docs/thought-signatures).
    static let standInSignature: StaticString = "skip_thought_signature_validator"

    /// Writes `systemInstruction` and `contents`.
    ///
    /// Instructions have one place here, so those inside the conversation move there. Results of one turn's calls must
    /// stand together in the content right after them, before anything else that the user says.
    mutating func writeContents(_ body: CallBody) throws(Failure) {
        var instructions = body.instructions
        var messages: [Message] = []
        for message in body.messages {
            guard message.role == .system || message.role == .developer else {
                messages.append(message)
                continue
            }
            instructions += message.parts
            if message.name != nil { drop(message.path.member("name")) }
            dropExtras(message.extras, message.path)
        }
        if messages.isEmpty, !instructions.isEmpty {
            // Contents are required; what is all there is must be what the user says.
            messages = [Message(role: .user, parts: instructions)]
            instructions = []
        }
        if !instructions.isEmpty {
            json.key("systemInstruction")
            json.beginObject()
            json.key("parts")
            json.beginArray()
            for part in instructions { try writeInstruction(part) }
            json.endArray()
            json.endObject()
        }
        json.key("contents")
        json.beginArray()
        var openResults = false
        for message in messages { try writeMessage(message, &openResults) }
        if openResults { endContent() }
        try writeResultMedia()
        json.endArray()
    }

    /// Writes media of results as a content of its own, where no content of the user's follows them.
    private mutating func writeResultMedia() throws(Failure) {
        guard !resultMedia.isEmpty else { return }
        beginContent("user")
        let parts = resultMedia
        resultMedia = []
        try writeSpoken(parts)
        endContent()
    }

    private mutating func writeInstruction(_ part: Part) throws(Failure) {
        if !isNative {
            guard case .text = part.content else { return drop(part.path) }
        }
        try writePart(part)
    }

    private mutating func beginContent(_ role: StaticString) {
        json.beginObject()
        json.key("role")
        json.string(role)
        json.key("parts")
        json.beginArray()
    }

    private mutating func endContent(_ message: Message? = nil) {
        json.endArray()
        if let message { writeExtras(message.extras, message.path) }
        json.endObject()
    }

    private mutating func dropExtras(_ extras: [RawMember], _ path: SourcePath) {
        for extra in extras { drop(path.member(extra.name)) }
    }

    /// Writes one message; `openResults` tells that a content of results is still being written.
    private mutating func writeMessage(_ message: Message, _ openResults: inout Bool) throws(Failure) {
        if message.name != nil { drop(message.path.member("name")) }
        if isNative {
            beginContent(message.role == .assistant ? "model" : "user")
            for part in message.parts { try writePart(part) }
            return endContent(message)
        }
        let results = message.parts.filter { part in
            if case .toolResult = part.content { return true }
            return false
        }
        let spoken = message.parts.filter { part in
            if case .toolResult = part.content { return false }
            return true
        }
        if !results.isEmpty {
            if !openResults { beginContent("user") }
            openResults = true
            for part in results { try writePart(part) }
        }
        var said = spoken.filter { !isForeignReasoning($0) }
        guard !said.isEmpty || (results.isEmpty && message.role == .user) else {
            return dropExtras(message.extras, message.path)
        }
        if openResults { endContent() }
        openResults = false
        if message.role == .user {
            said = resultMedia + said
            resultMedia = []
        }
        try writeResultMedia()
        beginContent(message.role == .assistant ? "model" : "user")
        if said.isEmpty { writeText("") }
        try writeSpoken(said)
        endContent(message)
    }

    private mutating func writeSpoken(_ parts: [Part]) throws(Failure) {
        let start = json.bytes.count
        var needsSignature = traits.wantsSignatures && flavor.signsForeignCalls
        var seal: String?
        for (index, part) in parts.enumerated() {
            if case .text("") = part.content { continue }
            if case .reasoning(let reasoning) = part.content {
                // Gemini's own, returned by a client of another dialect: the seal of a call came right before it.
                if !reasoning.text.isEmpty { writeText(reasoning.text, isThought: true) }
                seal = reasoning.signature
                let isNextCall = index + 1 < parts.count && parts[index + 1].isToolCall
                if let signature = seal, !isNextCall {
                    writeText("", signature: signature)
                    seal = nil
                }
                continue
            }
            try writePart(part, seal: seal, standsIn: part.isToolCall && needsSignature)
            if part.isToolCall { needsSignature = false }
            seal = nil
        }
        // A content without parts is refused.
        if json.bytes.count == start { writeText("") }
    }

    private mutating func writeText(_ text: String, isThought: Bool = false, signature: String? = nil) {
        json.beginObject()
        write("text", text)
        if isThought { write("thought", true) }
        write("thoughtSignature", signature)
        json.endObject()
    }

    /// Drops reasoning of another dialect, which says nothing to this model; true if it was that.
    private mutating func isForeignReasoning(_ part: Part) -> Bool {
        guard case .reasoning(let reasoning) = part.content, reasoning.issuer != .gemini else { return false }
        drop(part.path)
        return true
    }

    /// Writes one part; `seal` is a call's signature that stood before it, `standsIn` asks for the stand-in where there
    /// is none.
    mutating func writePart(_ part: Part, seal: String? = nil, standsIn: Bool = false) throws(Failure) {
        switch part.content {
        case .opaque(_, let raw):
            if isNative { json.raw(raw.bytes) } else { drop(part.path) }
            return
        case .reasoning(let reasoning) where !isNative || (reasoning.issuer ?? .gemini) != .gemini:
            return drop(part.path)
        case .file(let file) where file.data == nil && file.url == nil: return drop(part.path)
        case .text, .refusal, .reasoning, .image, .audio, .file, .toolCall, .toolResult: break
        }
        json.beginObject()
        var knownExtras = part.extras
        switch part.content {
        case .text(let text), .refusal(let text): write("text", text)
        case .reasoning(let reasoning):
            write("text", reasoning.text)
            write("thought", true)
            write("thoughtSignature", reasoning.signature)
        case .image(let image): writeImage(image, part)
        case .audio(let audio):
            writeInline(
                type: audio.format.contains("/") ? audio.format : "audio/\(audio.format)", audio.data[...], nil, part)
        case .file(let file): writeFile(file, part)
        case .toolCall(let call):
            writeCall(call, part)
            let signature = isNative ? call.signature : seal ?? Self.signature(inChatExtras: &knownExtras)
            if let signature {
                write("thoughtSignature", signature)
            } else if standsIn {
                json.key("thoughtSignature")
                json.string(Self.standInSignature)
            }
            if !isNative, call.signature != nil { drop(part.path.member(source.callSeal)) }
        case .toolResult(let result): try writeResult(result, part)
        case .opaque: break
        }
        writeExtras(knownExtras, part.path)
        json.endObject()
        if part.cacheControl != nil { drop(part.path.member("cache_control")) }
    }

    /// Takes out the signature that Google's own OpenAI-compatible interface keeps with a call
    /// (`extra_content.google.thought_signature`): Gemini issued it, so it goes back to Gemini.
    private static func signature(inChatExtras extras: inout [RawMember]) -> String? {
        guard let place = extras.firstIndex(where: { $0.name == "extra_content" }),
            let content = try? JSONDocument(parsing: extras[place].value.bytes),
            let signature = content.root["google"]?["thought_signature"]?.string
        else { return nil }
        extras.remove(at: place)
        return signature
    }

    private mutating func writeImage(_ image: Image, _ part: Part) {
        if let (type, data) = GeminiMedia.dataURL(image.url) {
            writeInline(type: type, data, nil, part)
        } else {
            writeStored(type: GeminiMedia.imageType(ofAddress: image.url), image.url, nil, part)
        }
        if let detail = image.detail, detail != "auto" {
            drop(part.path.member(source.imageDetail))
        }
    }

    private mutating func writeFile(_ file: File, _ part: Part) {
        if let data = file.data {
            if let (type, content) = GeminiMedia.dataURL(data) {
                writeInline(type: type, content, file.name, part)
            } else {
                writeInline(type: file.mediaType ?? GeminiMedia.fileType(ofName: file.name), data[...], file.name, part)
            }
        } else if let url = file.url {
            writeStored(
                type: file.mediaType ?? (isNative ? nil : GeminiMedia.fileType(ofName: url)), url, file.name, part)
        }
        if file.id != nil { drop(part.path.member("file_id")) }
    }

    private mutating func writeInline(type: String, _ data: Substring, _ name: String?, _ part: Part) {
        json.key("inlineData")
        json.beginObject()
        write("mimeType", type)
        json.key("data")
        json.string(data)
        write("displayName", isNative ? name : nil)
        writeExtras(part.innerExtras, part.path)
        json.endObject()
    }

    private mutating func writeStored(type: String?, _ address: String, _ name: String?, _ part: Part) {
        json.key("fileData")
        json.beginObject()
        write("mimeType", type)
        write("fileUri", address)
        write("displayName", isNative ? name : nil)
        writeExtras(part.innerExtras, part.path)
        json.endObject()
    }

    private mutating func writeCall(_ call: ToolCall, _ part: Part) {
        if !call.id.isEmpty { callNames[call.id] = call.name }
        json.key("functionCall")
        json.beginObject()
        if flavor.takesCallIDs, !call.id.isEmpty { write("id", call.id) }
        write("name", call.name)
        json.key("args")
        GeminiArguments.write(call.arguments, kind: call.kind, &json)
        writeExtras(part.innerExtras, part.path)
        json.endObject()
    }

    private mutating func writeResult(_ result: ToolResult, _ part: Part) throws(Failure) {
        guard let name = callNames[result.callID] ?? result.name else {
            throw .malformed(
                part.path.text, "The tool result '\(part.path.text)' answers no tool call of the conversation.")
        }
        json.key("functionResponse")
        json.beginObject()
        if flavor.takesCallIDs, !result.callID.isEmpty { write("id", result.callID) }
        write("name", name)
        var texts: [String] = []
        var media: [Part] = []
        var loose: [Part] = []
        for inner in result.parts {
            switch inner.content {
            case .text(let text): texts.append(text)
            case .refusal(let text): texts.append(text)
            case .image, .audio, .file:
                if mayStandInResult(inner) { media.append(inner) } else { loose.append(inner) }
            case .reasoning, .toolCall, .toolResult, .opaque:
                if isNative { media.append(inner) } else { drop(inner.path) }
            }
            if case .text = inner.content {
                dropExtras(inner.extras, inner.path)
                if inner.cacheControl != nil { drop(inner.path.member("cache_control")) }
            }
        }
        json.key("response")
        GeminiArguments.writeResult(texts.joined(separator: "\n"), isError: result.isError, &json)
        if !media.isEmpty {
            json.key("parts")
            json.beginArray()
            for inner in media { try writePart(inner) }
            json.endArray()
        }
        writeExtras(part.innerExtras, part.path)
        json.endObject()
        guard !loose.isEmpty else { return }
        let id = result.callID.isEmpty ? "" : " (\(result.callID))"
        resultMedia.append(Part(.text("Output of \(name)\(id):")))
        resultMedia += loose
    }

    /// Whether media may stand in the result itself: inline, of few types, and at models that know it.
    private func mayStandInResult(_ part: Part) -> Bool {
        if isNative { return true }
        guard traits.takesMediaInResults else { return false }
        let url =
            switch part.content {
            case .image(let image): image.url
            case .file(let file): file.data ?? ""
            case .audio, .text, .refusal, .reasoning, .toolCall, .toolResult, .opaque: ""
            }
        return GeminiMedia.dataURL(url).map { GeminiModelTraits.resultMediaTypes.contains($0.type) } ?? false
    }
}

extension Part {
    fileprivate var isToolCall: Bool { if case .toolCall = content { true } else { false } }
}
