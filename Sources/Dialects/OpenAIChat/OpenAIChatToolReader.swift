import Transport

/// Builds canonical tools and tool choices from validated ones.
enum OpenAIChatToolReader {
    /// Reads one of `tools`, `tool_choice`, `functions` and `function_call`.
    static func read(_ name: OpenAIChatMember, _ value: JSONCursor, into body: inout CallBody) {
        switch name {
        case .tools:
            body.spelling[.tools] = name.rawValue
            body.tools += tools(value, SourcePath(name.rawValue), isLegacy: false)
        case .functions:
            body.spelling[.tools] = name.rawValue
            body.usesLegacyFunctions = true
            body.tools += tools(value, SourcePath(name.rawValue), isLegacy: true)
        case .toolChoice:
            body.spelling[.toolChoice] = name.rawValue
            body.toolChoice = choice(value)
        default:
            body.spelling[.toolChoice] = name.rawValue
            body.usesLegacyFunctions = true
            if let name = value["name"]?.string {
                body.toolChoice = .tool(name: name, kind: .legacyFunction)
            } else {
                body.toolChoice = value.equals("none") ? ToolChoice.none : .auto
            }
        }
    }

    private static func tools(_ value: JSONCursor, _ path: SourcePath, isLegacy: Bool) -> [Tool] {
        var tools: [Tool] = []
        tools.reserveCapacity(value.count)
        for element in value.elements {
            let path = path.element(tools.count)
            tools.append(isLegacy ? function(element, path) : tool(element, path))
        }
        return tools
    }

    private static func tool(_ value: JSONCursor, _ path: SourcePath) -> Tool {
        let type = value["type"]?.string ?? "function"
        switch type {
        case "function":
            guard let definition = value["function"] else { break }
            var tool = function(definition, path)
            addOuterMembers(of: value, except: "function", to: &tool)
            return tool
        case "custom":
            guard let definition = value["custom"] else { break }
            var tool = Tool(
                name: definition["name"]?.string ?? "", description: definition["description"]?.string,
                definition: .custom(format: definition["format"].flatMap { $0.isNull ? nil : RawJSON($0) }),
                innerExtras: OpenAIChatBodyReader.extras(of: definition, except: ["name", "description", "format"]),
                path: path)
            addOuterMembers(of: value, except: "custom", to: &tool)
            return tool
        default: break
        }
        return Tool(
            name: value["name"]?.string ?? type, definition: .provider(type: type, definition: RawJSON(value)),
            path: path)
    }

    private static func function(_ value: JSONCursor, _ path: SourcePath) -> Tool {
        Tool(
            name: value["name"]?.string ?? "", description: value["description"]?.string,
            definition: .function(
                parameters: value["parameters"].flatMap { $0.isNull ? nil : RawJSON($0) },
                strict: value["strict"]?.bool),
            innerExtras: OpenAIChatBodyReader.extras(
                of: value, except: ["name", "description", "parameters", "strict"]),
            path: path)
    }

    private static func addOuterMembers(of value: JSONCursor, except name: StaticString, to tool: inout Tool) {
        for member in value.members where !member.key.equals("type") && !member.key.equals(name) {
            if member.key.equals("cache_control") {
                tool.cacheControl = RawJSON(member.value)
            } else {
                tool.extras.append(OpenAIChatBodyReader.extra(member))
            }
        }
    }

    private static func choice(_ value: JSONCursor) -> ToolChoice? {
        if let word = value.string {
            switch word {
            case "none": return ToolChoice.none
            case "required", "any": return .required
            default: return .auto
            }
        }
        if let name = value["function"]?["name"]?.string { return .tool(name: name, kind: .function) }
        if let name = value["custom"]?["name"]?.string { return .tool(name: name, kind: .custom) }
        guard let allowed = value["allowed_tools"], let tools = allowed["tools"] else { return nil }
        let names = tools.elements.compactMap { tool in
            tool["function"]?["name"]?.string ?? tool["custom"]?["name"]?.string ?? tool["name"]?.string
        }
        return .allowed(names: names, required: allowed["mode"]?.equals("required") ?? false)
    }
}
