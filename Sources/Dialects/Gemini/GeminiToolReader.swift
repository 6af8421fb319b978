import Transport

/// Builds canonical tools and the choice among them from validated ones.
enum GeminiToolReader {
    /// All tools, in order: each declared function is one, and each tool of the provider's own is one.
    static func tools(_ value: JSONCursor, _ path: SourcePath) -> [Tool] {
        var tools: [Tool] = []
        GeminiList.forEach(value) { tool, index in
            let path = GeminiList.path(path, index)
            for member in tool.members where !member.value.isNull {
                let path = path.member(member.key.spelled)
                if member.key.names("functionDeclarations", "function_declarations") {
                    GeminiList.forEach(member.value) { declaration, index in
                        tools.append(function(declaration, GeminiList.path(path, index)))
                    }
                } else {
                    tools.append(provided(member, path))
                }
            }
        }
        return tools
    }

    private static func provided(_ member: JSONCursor.Member, _ path: SourcePath) -> Tool {
        var json = JSONWriter()
        json.beginObject()
        json.key(member.key.spelled)
        json.raw(member.value)
        json.endObject()
        let type = member.key.spelled
        return Tool(
            name: type, definition: .provider(type: type, definition: RawJSON(bytes: json.bytes)), path: path)
    }

    private static func function(_ value: JSONCursor, _ path: SourcePath) -> Tool {
        var parameters: RawJSON?
        if let schema = value.field("parametersJsonSchema", "parameters_json_schema") {
            parameters = RawJSON(schema)
        } else if let schema = value["parameters"], schema.isObject {
            parameters = GeminiSchema.jsonSchema(schema)
        }
        return Tool(
            name: value["name"]?.string ?? "", description: value["description"]?.string,
            definition: .function(parameters: parameters, strict: nil),
            extras: OpenAIChatBodyReader.extras(
                of: value,
                except: ["name", "description", "parameters", "parametersJsonSchema", "parameters_json_schema"]),
            path: path)
    }

    /// Reads `toolConfig`; `parent` is the client's spelling of it.
    static func readConfig(_ value: JSONCursor, _ parent: String, into body: inout CallBody) {
        for member in value.members where !member.value.isNull {
            let path = "\(parent).\(member.key.spelled)"
            guard member.key.names("functionCallingConfig", "function_calling_config") else {
                body.extras.append(RawMember(parent, name: member.key.spelled, value: RawJSON(member.value)))
                continue
            }
            body.spelling[.toolChoice] = path
            body.toolChoice = choice(member.value)
            for inner in member.value.members where !inner.value.isNull {
                if inner.key.equals("mode") {
                    // What the canonical choice cannot say.
                    guard let mode = inner.value.string, !["AUTO", "ANY", "NONE"].contains(mode) else { continue }
                } else if inner.key.names("allowedFunctionNames", "allowed_function_names") {
                    continue
                }
                body.extras.append(RawMember(path, name: inner.key.spelled, value: RawJSON(inner.value)))
            }
        }
    }

    /// The choice that mode and names make (https://ai.google.dev/api/caching#FunctionCallingConfig).
    private static func choice(_ config: JSONCursor) -> ToolChoice? {
        let names = config.field("allowedFunctionNames", "allowed_function_names")?.elements.compactMap(\.string) ?? []
        switch config["mode"]?.string ?? "AUTO" {
        case "NONE": return ToolChoice.none
        case "ANY":
            if names.isEmpty { return .required }
            return names.count == 1
                ? .tool(name: names[0], kind: .function) : .allowed(names: names, required: true)
        default: return names.isEmpty ? .auto : .allowed(names: names, required: false)
        }
    }
}
