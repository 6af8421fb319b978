import Transport

extension BedrockConverseRequestWriter {
    /// Writes the tools and the choice among them; returns those that were declared.
    mutating func writeTools(_ body: CallBody) -> [Tool] {
        let called = Self.toolsCalled(in: body.messages)
        var tools = chosenTools(of: body)
        // Nothing here forbids the declared tools but their absence, and a history with calls must have some.
        if body.toolChoice == ToolChoice.none {
            if called.isEmpty {
                tools = []
            } else if !tools.isEmpty {
                drop(.toolChoice, of: body)
            }
        }
        guard !tools.isEmpty || !called.isEmpty else {
            switch body.toolChoice {
            case .required, .tool, .allowed: drop(.toolChoice, of: body)
            case nil, .auto, .none?: break
            }
            return []
        }
        json.key("toolConfig")
        json.beginObject()
        json.key("tools")
        json.beginArray()
        for tool in tools {
            writeTool(tool)
            writeCachePoint(tool.cacheControl, tool.path)
        }
        if tools.isEmpty { for name in called { writeUndeclaredTool(name) } }
        json.endArray()
        writeChoice(tools, body)
        json.endObject()
        return tools
    }

    /// The functions that the call may use.
    private mutating func chosenTools(of body: CallBody) -> [Tool] {
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

    /// The names of the tools that the history calls, in order: Bedrock refuses such a history without declared tools.
    private static func toolsCalled(in messages: [Message]) -> [String] {
        var names: [String] = []
        for message in messages {
            for part in message.parts {
                switch part.content {
                case .toolCall(let call): if !names.contains(call.name) { names.append(call.name) }
                default: break
                }
            }
        }
        return names
    }

    private mutating func writeTool(_ tool: Tool) {
        guard case .function(let parameters, let strict) = tool.definition else { return }
        json.beginObject()
        json.key("toolSpec")
        json.beginObject()
        json.put("name", tool.name)
        // An empty one is refused.
        if let description = tool.description, !description.isEmpty { json.put("description", description) }
        json.key("inputSchema")
        json.beginObject()
        json.key("json")
        writeSchema(parameters)
        json.endObject()
        if strict == true {
            if traits.takesSchemas {
                json.put("strict", strict)
            } else {
                drop((source == .openAIChat ? tool.path.member("function") : tool.path).member("strict"))
            }
        }
        json.endObject()
        json.endObject()
        dropExtras(tool.extras, tool.path)
        dropExtras(tool.innerExtras, tool.path.member("function"))
    }

    private mutating func writeUndeclaredTool(_ name: String) {
        json.beginObject()
        json.key("toolSpec")
        json.beginObject()
        json.put("name", name)
        json.key("inputSchema")
        json.beginObject()
        json.key("json")
        writeSchema(nil)
        json.endObject()
        json.endObject()
        json.endObject()
    }

    /// A schema must say that it is one of an object.
    private mutating func writeSchema(_ schema: RawJSON?) {
        guard let schema, let document = try? JSONDocument(parsing: schema.bytes), document.root.isObject else {
            json.beginObject()
            json.word("type", "object")
            json.endObject()
            return
        }
        if document.root["type"] != nil { return json.raw(schema.bytes) }
        json.beginObject()
        json.word("type", "object")
        for member in document.root.members {
            json.key(member.key.string ?? "")
            json.raw(member.value)
        }
        json.endObject()
    }

    private mutating func writeChoice(_ tools: [Tool], _ body: CallBody) {
        switch body.toolChoice {
        case nil, .none?, .allowed(_, required: false): return
        case .auto: writeChoice("auto", name: nil)
        case .required, .allowed(_, required: true):
            guard !tools.isEmpty else { return drop(.toolChoice, of: body) }
            writeChoice("any", name: nil)
        case .tool(let name, _):
            guard tools.contains(where: { $0.name == name }) else { return drop(.toolChoice, of: body) }
            writeChoice("tool", name: name)
        }
    }

    private mutating func writeChoice(_ kind: StaticString, name: String?) {
        json.key("toolChoice")
        json.beginObject()
        json.key(kind)
        json.beginObject()
        json.put("name", name)
        json.endObject()
        json.endObject()
    }
}
