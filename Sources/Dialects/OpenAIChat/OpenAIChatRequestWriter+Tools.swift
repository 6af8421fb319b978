import Transport

extension OpenAIChatRequestWriter {
    /// Writes the tools and the choice among them, in the older form where the client used it.
    mutating func writeTools(_ body: CallBody) {
        let kept = body.tools.filter { tool in
            if case .provider = tool.definition { return isNative }
            return true
        }
        for tool in body.tools where !kept.contains(tool) { drop(tool.path) }
        // The older form knows only functions.
        let isLegacy =
            body.usesLegacyFunctions
            && kept.allSatisfy { tool in
                if case .function = tool.definition { return true }
                return false
            }
        if !kept.isEmpty {
            json.key(isLegacy ? "functions" : "tools")
            json.beginArray()
            for tool in kept {
                if isLegacy {
                    writeFunction(tool)
                } else {
                    writeTool(tool)
                }
            }
            json.endArray()
        }
        guard let choice = body.toolChoice else { return }
        // Without tools a choice is an error here.
        if kept.isEmpty, !isNative { return drop(SourcePath(body.spelling[.toolChoice])) }
        writeChoice(choice, kept, isLegacy: isLegacy)
    }

    private mutating func writeTool(_ tool: Tool) {
        switch tool.definition {
        case .provider(_, let definition): json.raw(definition.bytes)
        case .function:
            json.beginObject()
            json.key("type")
            json.string("function" as StaticString)
            json.key("function")
            writeFunction(tool)
            writeOuterMembers(of: tool)
            json.endObject()
        case .custom(let format):
            json.beginObject()
            json.key("type")
            json.string("custom" as StaticString)
            json.key("custom")
            json.beginObject()
            write("name", tool.name)
            write("description", tool.description)
            write("format", format)
            writeExtras(tool.innerExtras, tool.path.member("custom"))
            json.endObject()
            writeOuterMembers(of: tool)
            json.endObject()
        }
    }

    private mutating func writeFunction(_ tool: Tool) {
        json.beginObject()
        write("name", tool.name)
        write("description", tool.description)
        if case .function(let parameters, let strict) = tool.definition {
            write("parameters", parameters)
            write("strict", strict)
        }
        writeExtras(tool.innerExtras, tool.path.member("function"))
        json.endObject()
    }

    private mutating func writeOuterMembers(of tool: Tool) {
        if let marker = tool.cacheControl {
            if isNative || flavor.takesCacheMarkers {
                write("cache_control", marker)
            } else {
                drop(tool.path.member("cache_control"))
            }
        }
        writeExtras(tool.extras, tool.path)
    }

    private mutating func writeChoice(_ choice: ToolChoice, _ tools: [Tool], isLegacy: Bool) {
        json.key(isLegacy ? "function_call" : "tool_choice")
        switch choice {
        case .auto: json.string("auto" as StaticString)
        case .none: json.string("none" as StaticString)
        case .required: json.string(flavor.requiredChoice.rawValue)
        case .tool(let name, .legacyFunction) where isLegacy:
            json.beginObject()
            write("name", name)
            json.endObject()
        case .tool(let name, let kind): writeNamed(name, kind)
        case .allowed(let names, let required):
            json.beginObject()
            json.key("type")
            json.string("allowed_tools" as StaticString)
            json.key("allowed_tools")
            json.beginObject()
            json.key("mode")
            json.string(required ? "required" : "auto")
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
            json.endObject()
        }
    }

    private mutating func writeNamed(_ name: String, _ kind: ToolKind) {
        json.beginObject()
        json.key("type")
        json.string(kind == .custom ? "custom" : "function")
        json.key(kind == .custom ? "custom" : "function")
        json.beginObject()
        write("name", name)
        json.endObject()
        json.endObject()
    }
}
