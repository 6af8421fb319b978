import Transport

/// Builds canonical tools and tool choices from validated ones.
enum AnthropicToolReader {
    /// All tools, in order.
    static func tools(_ value: JSONCursor) -> [Tool] {
        var tools: [Tool] = []
        tools.reserveCapacity(value.count)
        let path = SourcePath(AnthropicMember.tools.rawValue)
        for element in value.elements { tools.append(tool(element, path.element(tools.count))) }
        return tools
    }

    private static func tool(_ value: JSONCursor, _ path: SourcePath) -> Tool {
        let type = value["type"]
        guard AnthropicToolCheck.isClientTool(type), let schema = value["input_schema"] else {
            let name = type?.string ?? ""
            return Tool(
                name: value["name"]?.string ?? name, definition: .provider(type: name, definition: RawJSON(value)),
                path: path)
        }
        var tool = Tool(
            name: value["name"]?.string ?? "", description: value["description"]?.string,
            definition: .function(parameters: RawJSON(schema), strict: value["strict"]?.bool), path: path)
        let known: [StaticString] = ["type", "name", "description", "input_schema", "strict"]
        for member in value.members where !known.contains(where: { member.key.equals($0) }) {
            if member.key.equals("cache_control"), !member.value.isNull {
                tool.cacheControl = RawJSON(member.value)
            } else {
                tool.extras.append(AnthropicBodyReader.extra(member))
            }
        }
        return tool
    }

    /// Reads `tool_choice`, in which the switch for parallel calls stands as well.
    static func readChoice(_ value: JSONCursor, into body: inout CallBody) {
        let name = AnthropicMember.toolChoice
        body.spelling[.toolChoice] = name.rawValue
        if let type = value["type"] {
            if type.equals("tool") {
                body.toolChoice = .tool(name: value["name"]?.string ?? "", kind: .function)
            } else {
                body.toolChoice = type.equals("any") ? .required : type.equals("none") ? ToolChoice.none : .auto
            }
        }
        if let single = value["disable_parallel_tool_use"]?.bool {
            body.options.parallelToolCalls = !single
            body.spelling[.parallelToolCalls] = "tool_choice.disable_parallel_tool_use"
        }
        AnthropicBodyReader.keepRest(
            of: value, except: ["type", "name", "disable_parallel_tool_use"], as: name, into: &body)
    }
}
