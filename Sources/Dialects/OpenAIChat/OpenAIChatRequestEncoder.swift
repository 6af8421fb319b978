import Transport

/// Writes chat completion requests for a provider.
package enum OpenAIChatRequestEncoder {
    /// The request as the provider gets it.
    ///
    /// A chat completion call that nothing changed is carried: the client's bytes, in which only the model, the stream
    /// switch, the usage option and the route's parameters are replaced. Any other call, and one that this provider would
    /// refuse as it is, is written from its values, and what there is no place for is named.
    package static func encode(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: OpenAIChatFlavor = .openAI
    ) -> EncodedRequest {
        if call.dialect == .openAIChat, let document = call.original, !flavor.refuses(call) {
            return EncodedRequest(body: carry(document, call, as: model, stream: stream, parameters, flavor))
        }
        return rebuild(call, as: model, stream: stream, parameters: parameters, flavor: flavor)
    }

    /// The request written from the call's values, whatever its dialect.
    package static func rebuild(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: OpenAIChatFlavor = .openAI
    ) -> EncodedRequest {
        var body = call.body()
        if call.dialect != .openAIChat { body.readReasoning(of: call.dialect) }
        body.options = parameters.applied(to: body.options)
        if parameters.reasoningEffort != nil { body.options.reasoningBudgetTokens = nil }
        var writer = OpenAIChatRequestWriter(source: call.dialect, flavor: flavor)
        writer.takesEffortAsItIs = parameters.reasoningEffort != nil
        writer.isForReasoner = call.goesToReasoner
        writer.json.reserve((call.original?.bytes.count ?? 0) + 512)
        return writer.write(body, model: model, stream: stream)
    }

    private static func carry(
        _ document: JSONDocument, _ call: Call, as model: String, stream: Bool, _ parameters: RouteParameters,
        _ flavor: OpenAIChatFlavor
    ) -> [UInt8] {
        let root = document.root
        var edits: [JSONEdit] = []
        if model != call.model {
            edits.append(.setMember("model", of: root, to: text { $0.string(model) }))
        }
        if stream != call.stream {
            edits.append(.setMember("stream", of: root, to: text { $0.bool(stream) }))
        }
        editStreamOptions(root, call, stream: stream, flavor, &edits)
        if parameters != .none { edit(root, parameters, flavor, &edits) }
        if call.session != nil { edits.append(SessionHint.removal(from: document)) }
        return edits.isEmpty ? document.bytes : document.applying(edits)
    }

    /// Asks for usage in every stream; takes the option out where it would be refused.
    private static func editStreamOptions(
        _ root: JSONValue, _ call: Call, stream: Bool, _ flavor: OpenAIChatFlavor, _ edits: inout [JSONEdit]
    ) {
        if stream, flavor.takesStreamOptions {
            if call.includeUsage { return }
            if let options = root["stream_options"], options.isObject {
                edits.append(.setMember("include_usage", of: options, to: text { $0.bool(true) }))
            } else {
                edits.append(
                    .setMember(
                        "stream_options", of: root,
                        to: text {
                            $0.beginObject()
                            $0.key("include_usage")
                            $0.bool(true)
                            $0.endObject()
                        }))
            }
        } else if stream || call.stream, root["stream_options"] != nil {
            // Without a stream, or by a provider that does not know it, the option is an error.
            edits.append(.removeMember("stream_options", of: root))
        }
    }

    private static func edit(
        _ root: JSONValue, _ parameters: RouteParameters, _ flavor: OpenAIChatFlavor, _ edits: inout [JSONEdit]
    ) {
        func set(_ name: String, _ write: (inout JSONWriter) -> Void) {
            edits.append(.setMember(name, of: root, to: text(write)))
        }
        if let value = parameters.temperature { set("temperature") { $0.double(value) } }
        if let value = parameters.topP { set("top_p") { $0.double(value) } }
        if let value = parameters.reasoningEffort {
            if flavor.reasoning == .object, let reasoning = root["reasoning"], reasoning.isObject {
                // The route's word takes the place of both ways in which the client may have said it.
                edits.append(.setMember("effort", of: reasoning, to: text { $0.string(value) }))
                edits.append(.removeMember("max_tokens", of: reasoning))
            } else {
                set("reasoning_effort") { $0.string(value) }
            }
        }
        if let value = parameters.verbosity { set("verbosity") { $0.string(value) } }
        if let value = parameters.parallelToolCalls { set("parallel_tool_calls") { $0.bool(value) } }
        if let value = parameters.maxOutputTokens {
            // Whichever names the client used, all of them: a provider may read either.
            let used = ["max_completion_tokens", "max_tokens"].filter { name in
                root.member(name).map { !$0.isNull } ?? false
            }
            for name in used.isEmpty ? [flavor.outputLimitMember.rawValue] : used { set(name) { $0.int(value) } }
        }
    }

    private static func text(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }
}
