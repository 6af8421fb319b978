import Transport

/// Builds canonical tools and tool choices from validated ones.
enum OpenAIResponsesToolReader {
    /// Reads `tools` or `tool_choice`.
    static func read(_ name: OpenAIResponsesMember, _ value: JSONCursor, into body: inout CallBody) {
        if name == .tools {
            body.spelling[.tools] = name.rawValue
            let path = SourcePath(name.rawValue)
            for element in value.elements { body.tools.append(tool(element, path.element(body.tools.count))) }
            return
        }
        body.spelling[.toolChoice] = name.rawValue
        body.toolChoice = choice(value)
        if body.toolChoice == nil {
            // The choice of a provider's own tool: no other dialect has it.
            body.extras.append(RawMember(name: name.rawValue, value: RawJSON(value)))
        }
    }

    private static func tool(_ value: JSONCursor, _ path: SourcePath) -> Tool {
        let type = value["type"]?.string ?? ""
        let known: [StaticString]
        let definition: Tool.Definition
        switch type {
        case "function":
            known = ["type", "name", "description", "parameters", "strict"]
            definition = .function(
                parameters: value["parameters"].flatMap { $0.isNull ? nil : RawJSON($0) },
                strict: value["strict"]?.bool)
        case "custom":
            known = ["type", "name", "description", "format"]
            definition = .custom(format: value["format"].flatMap { $0.isNull ? nil : format($0) })
        default:
            return Tool(
                name: value["name"]?.string ?? type, definition: .provider(type: type, definition: RawJSON(value)),
                path: path)
        }
        var tool = Tool(
            name: value["name"]?.string ?? "", description: value["description"]?.string, definition: definition,
            path: path)
        for extra in OpenAIChatBodyReader.extras(of: value, except: known) {
            if extra.name == "cache_control" {
                tool.cacheControl = extra.value
            } else {
                tool.extras.append(extra)
            }
        }
        return tool
    }

    /// The canonical form of a custom tool's format: a grammar stands in an object of its own.
    private static func format(_ value: JSONCursor) -> RawJSON {
        guard value["type"]?.equals("grammar") == true else { return RawJSON(value) }
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.string("grammar" as StaticString)
        json.key("grammar")
        json.beginObject()
        for member in value.members where !member.key.equals("type") {
            json.key(member.key.string ?? "")
            json.raw(member.value)
        }
        json.endObject()
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }

    /// The canonical choice, nil where only this dialect has it.
    private static func choice(_ value: JSONCursor) -> ToolChoice? {
        if let word = value.string {
            switch word {
            case "none": return ToolChoice.none
            case "required": return .required
            default: return .auto
            }
        }
        guard let type = value["type"]?.string else { return nil }
        switch type {
        case "function" where value.count == 2, "custom" where value.count == 2:
            return value["name"]?.string.map { .tool(name: $0, kind: type == "custom" ? .custom : .function) }
        case "allowed_tools" where value.count == 3:
            guard let tools = value["tools"] else { return nil }
            var names: [String] = []
            for tool in tools.elements {
                let isNamed = tool["type"]?.equals("function") == true || tool["type"]?.equals("custom") == true
                guard isNamed, tool.count == 2, let name = tool["name"]?.string else { return nil }
                names.append(name)
            }
            return .allowed(names: names, required: value["mode"]?.equals("required") ?? false)
        default: return nil
        }
    }
}
