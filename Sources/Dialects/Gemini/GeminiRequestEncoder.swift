import Transport

/// Writes generateContent requests for a provider; model and stream go into the path, see `GeminiPath`.
package enum GeminiRequestEncoder {
    /// The request as the provider gets it.
    ///
    /// A Gemini call that nothing changed is carried: the client's bytes, in which only the route's parameters are set.
    /// Any other call is written from its values, and what the dialect has no place for is named. Throws where the
    /// call cannot be said at all, such as a tool's result that answers no call.
    package static func encode(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: GeminiFlavor = .gemini
    ) throws(Failure) -> EncodedRequest {
        // Another dialect's seal, which lip showed to this client, must not reach a provider that did not issue it.
        if call.dialect == .gemini, !call.features.contains(.foreignReasoning), let document = call.original {
            return EncodedRequest(
                body: carry(document, call, as: model, parameters), droppedFields: lost(of: parameters, model))
        }
        return try rebuild(call, as: model, stream: stream, parameters: parameters, flavor: flavor)
    }

    /// The request written from the call's values, whatever its dialect.
    package static func rebuild(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: GeminiFlavor = .gemini
    ) throws(Failure) -> EncodedRequest {
        var body = call.body()
        if call.dialect != .gemini { body.readReasoning(of: call.dialect) }
        body.options = parameters.applied(to: body.options)
        if parameters.reasoningEffort != nil { body.options.reasoningBudgetTokens = nil }
        var writer = GeminiRequestWriter(source: call.dialect, model: model, flavor: flavor)
        writer.json.reserve((call.original?.bytes.count ?? 0) + 512)
        return try writer.write(body, isEffortForeign: parameters.reasoningEffort != nil)
    }

    /// The route's parameters that have no place in a carried request.
    private static func lost(of parameters: RouteParameters, _ model: String) -> [String] {
        var names: [String] = []
        if let effort = parameters.reasoningEffort, thinkingMember(effort: effort, GeminiModelTraits(model)) == nil {
            names.append("reasoning_effort")
        }
        if parameters.parallelToolCalls == false { names.append("parallel_tool_calls") }
        if parameters.verbosity != nil { names.append("verbosity") }
        return names.map(RouteParameters.path)
    }

    private static func carry(
        _ document: JSONDocument, _ call: Call, as model: String, _ parameters: RouteParameters
    ) -> [UInt8] {
        let root = document.root
        var edits: [JSONEdit] = []
        if model != call.model, let named = root["model"], named.isString {
            // The path decides; a body that names another model would be refused.
            edits.append(.replace(named, with: text { $0.string(GeminiPath.resource(ofModel: model)) }))
        }
        if parameters != .none { edit(root, parameters, GeminiModelTraits(model), &edits) }
        return edits.isEmpty ? document.bytes : document.applying(edits)
    }

    private static func edit(
        _ root: JSONValue, _ parameters: RouteParameters, _ traits: GeminiModelTraits, _ edits: inout [JSONEdit]
    ) {
        var options: [(camelCase: StaticString, snakeCase: StaticString, value: [UInt8])] = []
        if let value = parameters.temperature {
            options.append(("temperature", "temperature", text { $0.double(value) }))
        }
        if let value = parameters.topP { options.append(("topP", "top_p", text { $0.double(value) })) }
        if let value = parameters.maxOutputTokens {
            options.append(("maxOutputTokens", "max_output_tokens", text { $0.int(value) }))
        }
        let thinking = parameters.reasoningEffort.flatMap { thinkingMember(effort: $0, traits) }
        guard !options.isEmpty || thinking != nil else { return }
        guard let config = member(root, "generationConfig", "generation_config"), config.isObject else {
            let whole = text { json in
                json.beginObject()
                for option in options {
                    json.key(option.camelCase)
                    json.raw(option.value)
                }
                if let thinking {
                    json.key("thinkingConfig")
                    json.beginObject()
                    json.key(thinking.name)
                    json.raw(thinking.value)
                    json.endObject()
                }
                json.endObject()
            }
            let name = root["generation_config"] == nil ? "generationConfig" : "generation_config"
            edits.append(.setMember(name, of: root, to: whole))
            return
        }
        for option in options {
            let isSnake = config[option.snakeCase] != nil
            let name = isSnake ? option.snakeCase.description : option.camelCase.description
            edits.append(.setMember(name, of: config, to: option.value))
        }
        if let thinking { edit(config, thinking, &edits) }
    }

    /// Sets how much is thought, in place of both ways in which the client may have said it.
    private static func edit(
        _ config: JSONValue, _ thinking: (name: String, value: [UInt8]), _ edits: inout [JSONEdit]
    ) {
        guard let inner = member(config, "thinkingConfig", "thinking_config"), inner.isObject else {
            let name = config["thinking_config"] == nil ? "thinkingConfig" : "thinking_config"
            let whole = text { json in
                json.beginObject()
                json.key(thinking.name)
                json.raw(thinking.value)
                json.endObject()
            }
            edits.append(.setMember(name, of: config, to: whole))
            return
        }
        for name in ["thinkingBudget", "thinking_budget", "thinkingLevel", "thinking_level"]
        where name != thinking.name {
            edits.append(.removeMember(name, of: inner))
        }
        edits.append(.setMember(thinking.name, of: inner, to: thinking.value))
    }

    private static func thinkingMember(
        effort: String, _ traits: GeminiModelTraits
    ) -> (name: String, value: [UInt8])? {
        if traits.thinksInBudgets {
            return traits.budget(ofEffort: effort).map { budget in ("thinkingBudget", text { $0.int(budget) }) }
        }
        return traits.level(ofEffort: effort).map { level in ("thinkingLevel", text { $0.string(level) }) }
    }

    private static func member(_ object: JSONValue, _ camelCase: StaticString, _ snakeCase: StaticString) -> JSONValue?
    {
        object[camelCase] ?? object[snakeCase]
    }

    private static func text(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }
}
