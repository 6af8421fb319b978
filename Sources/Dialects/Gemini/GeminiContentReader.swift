import Transport

/// Builds canonical messages from validated contents.
enum GeminiContentReader {
    /// A call of the history that was not answered yet.
    private struct OpenCall {
        let id: String
        let name: String
    }

    /// All messages, in order.
    ///
    /// Calls and results without ids get ids made from where the call stands, the same whenever the conversation is
    /// sent again: other dialects cannot do without. A result without an id answers the first open call of its name.
    static func messages(_ value: JSONCursor, _ path: SourcePath) -> [Message] {
        var messages: [Message] = []
        messages.reserveCapacity(GeminiList.count(value))
        var open: [OpenCall] = []
        GeminiList.forEach(value) { content, index in
            messages.append(
                message(content, position: index ?? 0, GeminiList.path(path, index), &open))
        }
        GeminiTurns.join(&messages)
        GeminiThoughts.join(&messages)
        return messages
    }

    /// The parts of `systemInstruction`.
    static func instructions(_ value: JSONCursor, _ path: SourcePath) -> [Part] {
        guard let list = value["parts"] else { return [] }
        var parts: [Part] = []
        var open: [OpenCall] = []
        GeminiList.forEach(list) { part, index in
            let path = GeminiList.path(path.member("parts"), index)
            parts.append(Self.part(part, "system_\(index ?? 0)", path, &open))
        }
        return parts
    }

    private static func message(
        _ content: JSONCursor, position: Int, _ path: SourcePath, _ open: inout [OpenCall]
    ) -> Message {
        var parts: [Part] = []
        if let list = content["parts"] {
            parts.reserveCapacity(GeminiList.count(list))
            GeminiList.forEach(list) { part, index in
                let path = GeminiList.path(path.member("parts"), index)
                parts.append(Self.part(part, "\(position)_\(index ?? 0)", path, &open))
            }
        }
        let areResults =
            !parts.isEmpty
            && parts.allSatisfy { part in
                if case .toolResult = part.content { return true }
                return false
            }
        let role: Role
        switch content["role"].flatMap({ GeminiRole($0) }) {
        case .model: role = .assistant
        case .user, .function, nil: role = areResults ? .tool : .user
        }
        return Message(
            role: role, parts: parts, extras: OpenAIChatBodyReader.extras(of: content, except: ["role", "parts"]),
            path: path)
    }

    private static func part(
        _ value: JSONCursor, _ place: String, _ path: SourcePath, _ open: inout [OpenCall]
    ) -> Part {
        let signature = value.field("thoughtSignature", "thought_signature")?.string
        if let call = value.field("functionCall", "function_call") {
            let id = call["id"]?.string ?? ""
            let made = ToolCall(
                id: id.isEmpty ? "call_\(place)" : id, name: call["name"]?.string ?? "",
                arguments: call["args"].flatMap { $0.isNull ? nil : String(decoding: $0.raw, as: UTF8.self) } ?? "{}",
                signature: signature.flatMap { GeminiSeal.isMarked($0) ? nil : $0 })
            open.append(OpenCall(id: made.id, name: made.name))
            return Part(
                .toolCall(made),
                extras: extras(of: value, "functionCall", "function_call", "thoughtSignature", "thought_signature"),
                innerExtras: OpenAIChatBodyReader.extras(of: call, except: ["id", "name", "args"]), path: path)
        }
        if let response = value.field("functionResponse", "function_response") {
            return Part(
                .toolResult(result(response, place, path, &open)),
                extras: extras(of: value, "functionResponse", "function_response"),
                innerExtras: OpenAIChatBodyReader.extras(of: response, except: ["id", "name", "response", "parts"]),
                path: path)
        }
        if let text = value["text"]?.string {
            if value["thought"]?.bool == true {
                let seal = signature.map(GeminiSeal.read)
                return Part(
                    .reasoning(Reasoning(text: text, signature: seal?.text, issuer: seal?.issuer)),
                    extras: extras(of: value, "text", "thought", "thoughtSignature", "thought_signature"), path: path)
            }
            return Part(.text(text), extras: extras(of: value, "text"), path: path)
        }
        if let data = value.field("inlineData", "inline_data") {
            return media(
                GeminiMedia.inline(data), data, extras(of: value, "inlineData", "inline_data"),
                ["mimeType", "mime_type", "data", "displayName", "display_name"], path)
        }
        if let data = value.field("fileData", "file_data") {
            return media(
                GeminiMedia.stored(data), data, extras(of: value, "fileData", "file_data"),
                ["mimeType", "mime_type", "fileUri", "file_uri", "displayName", "display_name"], path)
        }
        let type = value.members.first { !$0.value.isNull }?.key.spelled ?? ""
        return Part(.opaque(type: type, RawJSON(value)), path: path)
    }

    private static func media(
        _ content: Part.Content, _ inner: JSONCursor, _ extras: [RawMember], _ known: [StaticString],
        _ path: SourcePath
    ) -> Part {
        Part(
            content, extras: extras, innerExtras: OpenAIChatBodyReader.extras(of: inner, except: known), path: path)
    }

    private static func result(
        _ value: JSONCursor, _ place: String, _ path: SourcePath, _ open: inout [OpenCall]
    ) -> ToolResult {
        let name = value["name"]?.string ?? ""
        var id = value["id"]?.string ?? ""
        let answered = open.firstIndex { id.isEmpty ? $0.name == name : $0.id == id }
        if let answered {
            id = open[answered].id
            open.remove(at: answered)
        } else if id.isEmpty {
            id = "call_\(place)"
        }
        var parts: [Part] = []
        let response = value["response"].flatMap { $0.isObject ? $0 : nil }
        if let response {
            parts.append(Part(.text(String(decoding: response.raw, as: UTF8.self)), path: path))
        }
        if let list = value["parts"] {
            var unused: [OpenCall] = []
            GeminiList.forEach(list) { part, index in
                let path = GeminiList.path(path.member("parts"), index)
                parts.append(Self.part(part, place, path, &unused))
            }
        }
        // By convention a tool's failure stands under `error`.
        let isError = response?.count == 1 && response?["error"].map { !$0.isNull } ?? false
        return ToolResult(callID: id, name: name, parts: parts, isError: isError)
    }

    private static func extras(of part: JSONCursor, _ known: StaticString...) -> [RawMember] {
        OpenAIChatBodyReader.extras(of: part, except: known)
    }
}
