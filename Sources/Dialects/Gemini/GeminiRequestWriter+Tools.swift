import Transport

extension GeminiRequestWriter {
    /// Writes the tools and the choice among them.
    mutating func writeTools(_ body: CallBody) {
        var kept: [Tool] = []
        for tool in body.tools {
            switch tool.definition {
            case .function: kept.append(tool)
            case .provider: if isNative { kept.append(tool) } else { drop(tool.path) }
            case .custom: drop(tool.path)
            }
        }
        if !kept.isEmpty {
            json.key("tools")
            json.beginArray()
            var isDeclaring = false
            for tool in kept {
                guard case .provider(_, let definition) = tool.definition else {
                    if !isDeclaring {
                        json.beginObject()
                        json.key("functionDeclarations")
                        json.beginArray()
                        isDeclaring = true
                    }
                    writeFunction(tool)
                    continue
                }
                if isDeclaring { endDeclarations() }
                isDeclaring = false
                json.raw(definition.bytes)
            }
            if isDeclaring { endDeclarations() }
            json.endArray()
        }
        writeToolConfig(body, hasTools: !kept.isEmpty)
    }

    private mutating func endDeclarations() {
        json.endArray()
        json.endObject()
    }

    /// A JSON schema goes out whole under `parametersJsonSchema`, which Gemini reads beside its own schema objects
    /// (https://ai.google.dev/api/caching#FunctionDeclaration): nothing of it has to be left out.
    private mutating func writeFunction(_ tool: Tool) {
        json.beginObject()
        write("name", tool.name)
        write("description", tool.description)
        if case .function(let parameters, let strict) = tool.definition {
            write("parametersJsonSchema", parameters)
            if strict == true { drop(strictPath(tool)) }
        }
        writeExtras(tool.extras, tool.path)
        writeExtras(tool.innerExtras, source == .openAIChat ? tool.path.member("function") : tool.path)
        if tool.cacheControl != nil { drop(tool.path.member("cache_control")) }
        json.endObject()
    }

    private func strictPath(_ tool: Tool) -> SourcePath {
        (source == .openAIChat ? tool.path.member("function") : tool.path).member("strict")
    }

    private mutating func writeToolConfig(_ body: CallBody, hasTools: Bool) {
        writeObject("toolConfig") { writer in
            if let choice = body.toolChoice, writer.isNative || hasTools {
                writer.json.key("functionCallingConfig")
                writer.json.beginObject()
                writer.writeChoice(choice, body)
                writer.json.endObject()
            } else if body.toolChoice != nil {
                writer.drop(SourcePath(body.spelling[.toolChoice]))
            }
            writer.writeExtras(of: body, in: .toolConfig)
        }
    }

    private mutating func writeChoice(_ choice: ToolChoice, _ body: CallBody) {
        let ownMode = body.extras.contains {
            GeminiExtraPlace($0.container) == .functionCallingConfig && $0.name == "mode"
        }
        var mode: StaticString = "AUTO"
        var names: [String] = []
        switch choice {
        case .auto: break
        case .none: mode = "NONE"
        case .required: mode = "ANY"
        case .tool(let name, _):
            mode = "ANY"
            names = [name]
        case .allowed(let allowed, let required):
            // The names are refused with AUTO; VALIDATED leaves the model free to answer with text.
            mode = required ? "ANY" : isNative ? "AUTO" : "VALIDATED"
            names = allowed
        }
        if !(isNative && ownMode) {
            json.key("mode")
            json.string(mode)
        }
        if !names.isEmpty {
            json.key("allowedFunctionNames")
            json.beginArray()
            for name in names { json.string(name) }
            json.endArray()
        }
        writeExtras(of: body, in: .functionCallingConfig)
    }
}
