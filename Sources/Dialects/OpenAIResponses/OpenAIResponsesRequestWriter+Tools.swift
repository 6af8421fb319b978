import Transport

extension OpenAIResponsesRequestWriter {
    /// Writes the tools and the choice among them.
    mutating func writeTools(_ body: CallBody) {
        let kept = body.tools.filter { tool in
            if case .provider = tool.definition { return isNative }
            return true
        }
        for tool in body.tools where !isNative {
            if case .provider = tool.definition { drop(tool.path) }
        }
        if !kept.isEmpty {
            json.key("tools")
            json.beginArray()
            for tool in kept { writeTool(tool) }
            json.endArray()
        }
        guard let choice = body.toolChoice else { return }
        // Without tools a choice is an error here.
        if kept.isEmpty, !isNative { return drop(SourcePath(body.spelling[.toolChoice])) }
        writeChoice(choice, kept)
    }

    private mutating func writeTool(_ tool: Tool) {
        if case .provider(_, let definition) = tool.definition { return json.raw(definition.bytes) }
        json.beginObject()
        switch tool.definition {
        case .function(let parameters, let strict):
            json.word("type", "function")
            json.put("name", tool.name)
            json.put("description", tool.description)
            if isNative {
                json.put("parameters", parameters)
                json.put("strict", strict)
            } else {
                // Both are required here; and where nothing is said, here schemas are strict and elsewhere not.
                json.put("parameters", parameters ?? RawJSON(#"{"type":"object","properties":{}}"#))
                json.put("strict", strict ?? false)
            }
        case .custom(let format):
            json.word("type", "custom")
            json.put("name", tool.name)
            json.put("description", tool.description)
            if let format {
                json.key("format")
                writeFormat(format)
            }
        case .provider: break
        }
        for extra in tool.innerExtras { drop(tool.path.member(extra.name)) }
        if let marker = tool.cacheControl {
            if isNative {
                json.put("cache_control", marker)
            } else {
                drop(tool.path.member("cache_control"))
            }
        }
        writeExtras(tool.extras, tool.path)
        json.endObject()
    }

    /// Writes a custom tool's format with the members of its grammar beside the type.
    private mutating func writeFormat(_ format: RawJSON) {
        guard let root = (try? JSONDocument(parsing: format.bytes))?.root, let grammar = root["grammar"],
            grammar.isObject, root.count == 2, root["type"]?.equals("grammar") == true
        else { return json.raw(format.bytes) }
        json.beginObject()
        json.word("type", "grammar")
        for member in grammar.members {
            json.key(member.key.string ?? "")
            json.raw(member.value)
        }
        json.endObject()
    }

    private mutating func writeChoice(_ choice: ToolChoice, _ tools: [Tool]) {
        json.key("tool_choice")
        switch choice {
        case .auto: json.string("auto" as StaticString)
        case .none: json.string("none" as StaticString)
        case .required: json.string("required" as StaticString)
        case .tool(let name, let kind): writeNamed(name, kind)
        case .allowed(let names, let required):
            json.beginObject()
            json.word("type", "allowed_tools")
            json.put("mode", required ? "required" : "auto")
            json.key("tools")
            json.beginArray()
            for name in names {
                let isCustom = tools.contains { tool in
                    if case .custom = tool.definition { return tool.name == name }
                    return false
                }
                writeNamed(name, isCustom ? .custom : .function)
            }
            json.endArray()
            json.endObject()
        }
    }

    private mutating func writeNamed(_ name: String, _ kind: ToolKind) {
        json.beginObject()
        json.put("type", kind == .custom ? "custom" : "function")
        json.put("name", name)
        json.endObject()
    }
}
