import Transport

extension AnthropicRequestWriter {
    /// The tools that go out: of this dialect's own all, of others the functions that the call may use.
    mutating func chosenTools(of body: CallBody) -> [Tool] {
        if isNative { return body.tools }
        var chosen: [Tool] = []
        for tool in body.tools {
            guard case .function = tool.definition else {
                drop(tool.path)
                continue
            }
            // A choice among some of the tools has no other form here.
            if case .allowed(let names, _) = body.toolChoice, !names.contains(tool.name) { continue }
            chosen.append(tool)
        }
        return chosen
    }

    /// Writes the tools and the choice among them.
    mutating func writeTools(_ tools: [Tool], _ body: CallBody) {
        if !tools.isEmpty {
            json.key("tools")
            json.beginArray()
            for tool in tools { writeTool(tool) }
            json.endArray()
        }
        writeChoice(tools, body)
    }

    private mutating func writeTool(_ tool: Tool) {
        guard case .function(let parameters, let strict) = tool.definition else {
            if case .provider(_, let definition) = tool.definition { json.raw(definition.bytes) }
            return
        }
        json.beginObject()
        write("name", tool.name)
        write("description", tool.description)
        json.key("input_schema")
        writeSchema(parameters)
        if isNative {
            write("strict", strict)
        } else if strict == true {
            drop((source == .openAIChat ? tool.path.member("function") : tool.path).member("strict"))
        }
        write("cache_control", tool.cacheControl)
        writeExtras(tool.extras, tool.path)
        writeExtras(tool.innerExtras, tool.path.member("function"))
        json.endObject()
    }

    /// A schema must say that it is one of an object.
    private mutating func writeSchema(_ schema: RawJSON?) {
        guard let schema, let document = try? JSONDocument(parsing: schema.bytes), document.root.isObject else {
            json.beginObject()
            json.key("type")
            json.string("object" as StaticString)
            json.endObject()
            return
        }
        if isNative || document.root["type"] != nil { return json.raw(schema.bytes) }
        json.beginObject()
        json.key("type")
        json.string("object" as StaticString)
        for member in document.root.members {
            json.key(member.key.string ?? "")
            json.raw(member.value)
        }
        json.endObject()
    }

    private mutating func writeChoice(_ tools: [Tool], _ body: CallBody) {
        let isSingle = body.options.parallelToolCalls.map { !$0 }
        guard isNative || !tools.isEmpty else {
            // Without tools a choice is an error here, unless it asks for none.
            switch body.toolChoice {
            case .required, .tool, .allowed: drop(.toolChoice, of: body)
            case nil, .auto, .none?: break
            }
            return
        }
        var type: StaticString = "auto"
        var name: String?
        switch body.toolChoice {
        case nil: if isSingle != true { return }
        case .auto: break
        case .none?: type = "none"
        case .required, .allowed(_, required: true): type = "any"
        case .allowed: break
        case .tool(let wanted, _):
            type = "tool"
            name = wanted
            if !isNative, !tools.contains(where: { $0.name == wanted }) {
                type = "auto"
                name = nil
                drop(.toolChoice, of: body)
            }
        }
        json.key("tool_choice")
        json.beginObject()
        json.key("type")
        json.string(type)
        write("name", name)
        if isNative || (isSingle == true && body.toolChoice != ToolChoice.none) {
            write("disable_parallel_tool_use", isSingle)
        }
        writeRest(of: .toolChoice, body)
        json.endObject()
    }
}
