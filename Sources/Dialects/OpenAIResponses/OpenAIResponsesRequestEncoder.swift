import Transport

/// Writes Responses requests for a provider.
package enum OpenAIResponsesRequestEncoder {
    /// The request as the provider gets it.
    ///
    /// A Responses call that nothing changed is carried: the client's bytes, in which only the model, the stream switch
    /// and the route's parameters are replaced, and reasoning that lip made itself is taken out. Any other call is
    /// written from its values, and what the dialect has no place for is named. Throws (400) for a call that only
    /// another provider can resolve.
    package static func encode(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: OpenAIResponsesFlavor = .openAI
    ) throws(Failure) -> EncodedRequest {
        if call.dialect == .openAIResponses, let document = call.original {
            if flavor.isCodex { return OpenAIResponsesCodex.carry(document, call, as: model, parameters) }
            return carry(document, call, as: model, stream: stream, parameters)
        }
        return try rebuild(call, as: model, stream: stream, parameters: parameters, flavor: flavor)
    }

    /// The request written from the call's values, whatever its dialect; throws as `encode` does.
    package static func rebuild(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none,
        flavor: OpenAIResponsesFlavor = .openAI
    ) throws(Failure) -> EncodedRequest {
        if let refusal = call.refusal(by: .openAIResponses) { throw refusal }
        if flavor.isCodex, let refusal = OpenAIResponsesCodex.refusal(of: call) { throw refusal }
        var body = call.body()
        if call.dialect != .openAIResponses { body.readReasoning(of: call.dialect) }
        body.options = parameters.applied(to: body.options)
        if parameters.reasoningEffort != nil { body.options.reasoningBudgetTokens = nil }
        var writer = OpenAIResponsesRequestWriter(source: call.dialect, flavor: flavor)
        writer.takesEffortAsItIs = parameters.reasoningEffort != nil
        writer.isForReasoner = call.goesToReasoner
        writer.json.reserve((call.original?.bytes.count ?? 0) + 512)
        return writer.write(body, model: model, stream: stream)
    }

    private static func carry(
        _ document: JSONDocument, _ call: Call, as model: String, stream: Bool, _ parameters: RouteParameters
    ) -> EncodedRequest {
        let root = document.root
        var edits: [JSONEdit] = []
        var dropped: [String] = []
        if model != call.model { edits.append(.setMember("model", of: root, to: text { $0.string(model) })) }
        if stream != call.stream { edits.append(.setMember("stream", of: root, to: text { $0.bool(stream) })) }
        if !stream, root["stream_options"] != nil {
            // Without a stream the option is an error.
            edits.append(.removeMember("stream_options", of: root))
        }
        if call.features.contains(.foreignReasoning) { removeForeignReasoning(root, &edits, &dropped) }
        if parameters != .none { edit(root, parameters, &edits) }
        if call.session != nil { edits.append(SessionHint.removal(from: document)) }
        return EncodedRequest(
            body: edits.isEmpty ? document.bytes : document.applying(edits), droppedFields: dropped)
    }

    /// Takes out what lip shows of another dialect's reasoning: the provider would refuse its ids and seals.
    private static func removeForeignReasoning(
        _ root: JSONValue, _ edits: inout [JSONEdit], _ dropped: inout [String]
    ) {
        guard let input = root["input"] else { return }
        var index = 0
        for item in input.elements {
            let isForeign = item.withCursor {
                $0["type"]?.equals("reasoning") == true && OpenAIResponsesReasoning.isForeign($0)
            }
            if isForeign {
                edits.append(.removeElement(at: index, of: input))
                dropped.append("input[\(index)]")
            }
            index += 1
        }
    }

    /// Lays the route's parameters over the request.
    static func edit(_ root: JSONValue, _ parameters: RouteParameters, _ edits: inout [JSONEdit]) {
        func set(_ name: String, _ write: (inout JSONWriter) -> Void) {
            edits.append(.setMember(name, of: root, to: text(write)))
        }
        func set(_ name: String, in outer: StaticString, _ value: String) {
            if let object = root[outer], object.isObject {
                edits.append(.setMember(name, of: object, to: text { $0.string(value) }))
            } else {
                set(outer.description) { json in
                    json.beginObject()
                    json.key(name)
                    json.string(value)
                    json.endObject()
                }
            }
        }
        if let value = parameters.temperature { set("temperature") { $0.double(value) } }
        if let value = parameters.topP { set("top_p") { $0.double(value) } }
        if let value = parameters.maxOutputTokens { set("max_output_tokens") { $0.int(value) } }
        if let value = parameters.parallelToolCalls { set("parallel_tool_calls") { $0.bool(value) } }
        if let value = parameters.reasoningEffort { set("effort", in: "reasoning", value) }
        if let value = parameters.verbosity { set("verbosity", in: "text", value) }
    }

    private static func text(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(&writer)
        return writer.bytes
    }
}
