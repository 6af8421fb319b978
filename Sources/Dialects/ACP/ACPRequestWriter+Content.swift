import Transport

extension ACPRequestWriter {
    /// What a mark calls a side.
    private enum Side: String {
        case system = "System"
        case user = "User"
        case assistant = "Assistant"
    }

    /// Writes the system prompt and the messages as blocks of content, in their order.
    mutating func writeConversation(_ body: CallBody) {
        var turns: [(side: Side, parts: [Part])] = []
        if !body.instructions.isEmpty { turns.append((.system, body.instructions)) }
        for message in body.messages {
            if message.name != nil { drop(message.path.member("name")) }
            dropExtras(message.extras, message.path)
            let side: Side =
                switch message.role {
                case .system, .developer: .system
                case .assistant: .assistant
                case .user, .tool: .user
                }
            turns.append((side, message.parts))
        }
        // Everything is looked at, also what is dropped: a mark stands only before what goes out.
        let told = turns.map { (side: $0.side, parts: $0.parts.filter { mayStand($0) }) }.filter { !$0.parts.isEmpty }
        let isLone = told.count == 1 && told[0].side == .user
        for (index, turn) in told.enumerated() {
            if !isLone { writeMark(turn.side, isFirst: index == 0) }
            for part in turn.parts { write(part) }
        }
    }

    /// Writes the line that tells who speaks: in brackets, and set off for agents that join blocks into one text.
    private mutating func writeMark(_ side: Side, isFirst: Bool) {
        writeText(isFirst ? "[\(side.rawValue)]\n" : "\n\n[\(side.rawValue)]\n")
    }

    /// Whether a part can go out; what cannot is named.
    private mutating func mayStand(_ part: Part) -> Bool {
        switch part.content {
        case .text(let text), .refusal(let text): return !text.isEmpty
        case .image, .audio: return true
        // What only another provider holds cannot be told.
        case .file(let file): if file.url != nil || (file.id == nil && file.data != nil) { return true }
        case .reasoning, .toolCall, .toolResult, .opaque: break
        }
        drop(part.path)
        return false
    }

    private mutating func write(_ part: Part) {
        switch part.content {
        case .text(let text), .refusal(let text): writeText(text)
        case .image(let image):
            write(image)
            if let detail = image.detail, detail != "auto" { drop(part.path.member(source.imageDetail)) }
        case .audio(let audio): write(audio)
        case .file(let file): write(file)
        case .reasoning, .toolCall, .toolResult, .opaque: return
        }
        if let marker = part.cacheControl, marker != RawJSON("null") { drop(part.path.member("cache_control")) }
        dropExtras(part.extras, part.path)
        dropExtras(part.innerExtras, part.path.member(part.innerName))
    }

    private mutating func writeText(_ text: String) {
        beginBlock("text")
        json.put("text", text)
        json.endObject()
    }

    private mutating func beginBlock(_ type: StaticString) {
        blockCount += 1
        json.beginObject()
        json.word("type", type)
    }

    // MARK: Media

    /// An image that came inline goes so where the agent takes images; any other goes as a link.
    private mutating func write(_ image: Image) {
        guard let inline = AnthropicMedia.split(image.url) else {
            return writeLink(image.url, name: Self.lastSegment(of: image.url) ?? "image", type: nil)
        }
        guard session.content.contains(.image), !inline.isPercentEncoded else {
            return writeLink(image.url, name: "image", type: inline.mediaType)
        }
        beginBlock("image")
        json.put("mimeType", inline.mediaType)
        json.key("data")
        json.string(inline.data)
        json.endObject()
    }

    private mutating func write(_ audio: Audio) {
        let type = "audio/\(audio.format == "mp3" ? "mpeg" : audio.format)"
        guard session.content.contains(.audio) else {
            return writeLink(
                AnthropicMedia.dataURL(mediaType: type, base64: audio.data), name: "recording", type: type)
        }
        beginBlock("audio")
        json.put("mimeType", type)
        json.put("data", audio.data)
        json.endObject()
    }

    /// A file that came inline goes as an embedded resource where the agent takes those; any other goes as a link.
    private mutating func write(_ file: File) {
        if let url = file.url {
            return writeLink(url, name: file.name ?? Self.lastSegment(of: url) ?? "file", type: file.mediaType)
        }
        let data = file.data ?? ""
        let inline = AnthropicMedia.split(data)
        let type = file.mediaType ?? inline?.mediaType ?? AnthropicMedia.mediaType(ofFileNamed: file.name)
        let name = file.name ?? "file"
        guard session.content.contains(.resource), inline?.isPercentEncoded != true else {
            let url = inline == nil ? AnthropicMedia.dataURL(mediaType: type, base64: data) : data
            return writeLink(url, name: name, type: type)
        }
        let base64 = inline?.data ?? data[...]
        beginBlock("resource")
        json.key("resource")
        json.beginObject()
        // A resource needs an address. Nothing can be fetched by this one, which only tells its name.
        json.put("uri", "attachment:\(PercentEncoding.segment(name))")
        json.put("mimeType", type)
        if Self.isText(type), let text = Base64.decodedText(of: String(base64)) {
            json.put("text", text)
        } else {
            json.key("blob")
            json.string(base64)
        }
        json.endObject()
        json.endObject()
    }

    private mutating func writeLink(_ uri: String, name: String, type: String?) {
        beginBlock("resource_link")
        json.put("uri", uri)
        json.put("name", name)
        json.put("mimeType", type)
        json.endObject()
    }

    private static func isText(_ type: String) -> Bool {
        let type = type.lowercased()
        return type.hasPrefix("text/") || type == "application/json" || type == "application/xml"
    }

    /// The last part of an address's path; nil where it has none.
    private static func lastSegment(of url: String) -> String? {
        url.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").dropFirst(2).last.map { String($0) }
    }
}
