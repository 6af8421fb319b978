import Transport

/// Writes requests of OpenAI's legacy completions for a provider that has them.
package enum OpenAICompletionsRequestEncoder {
    /// The request as the provider gets it.
    ///
    /// A completion call that nothing changed is carried: the client's bytes, in which only the model, the stream switch,
    /// the usage option and the route's parameters are replaced. Throws (400) for a call of another dialect: a
    /// conversation is no prompt.
    package static func encode(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none
    ) throws(Failure) -> EncodedRequest {
        guard call.dialect == .openAICompletions, let document = call.original else {
            return try rebuild(call, as: model, stream: stream, parameters: parameters)
        }
        let root = document.root
        var edits: [JSONEdit] = []
        func set(_ name: String, _ write: (inout JSONWriter) -> Void) {
            var json = JSONWriter()
            write(&json)
            edits.append(.setMember(name, of: root, to: json.bytes))
        }
        if model != call.model { set("model") { $0.string(model) } }
        if stream != call.stream { set("stream") { $0.bool(stream) } }
        if stream, !call.includeUsage {
            if let options = root["stream_options"], options.isObject {
                edits.append(.setMember("include_usage", of: options, to: Array("true".utf8)))
            } else {
                set("stream_options") { $0.raw(Array(#"{"include_usage":true}"#.utf8)) }
            }
        } else if !stream, root["stream_options"] != nil {
            // Without a stream the option is an error.
            edits.append(.removeMember("stream_options", of: root))
        }
        if let value = parameters.temperature { set("temperature") { $0.double(value) } }
        if let value = parameters.topP { set("top_p") { $0.double(value) } }
        if let value = parameters.maxOutputTokens { set("max_tokens") { $0.int(value) } }
        return EncodedRequest(
            body: edits.isEmpty ? document.bytes : document.applying(edits), droppedFields: lost(of: parameters))
    }

    /// The route's parameters that a prompt has no place for.
    private static func lost(of parameters: RouteParameters) -> [String] {
        var placeless = RouteParameters.none
        placeless.reasoningEffort = parameters.reasoningEffort
        placeless.parallelToolCalls = parameters.parallelToolCalls
        placeless.verbosity = parameters.verbosity
        return placeless.options.map(\.path)
    }

    /// The request written from the call's values; throws as `encode` does.
    package static func rebuild(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters = .none
    ) throws(Failure) -> EncodedRequest {
        guard call.dialect == .openAICompletions else {
            throw .malformed(
                nil, "This request is a conversation, and the backend that would serve it takes only prompts.",
                code: "unsupported_value")
        }
        let body = call.body()
        let options = parameters.applied(to: body.options)
        var json = JSONWriter()
        json.beginObject()
        json.put("model", model)
        if let text = prompt(of: body) { json.put("prompt", text) }
        json.put("max_tokens", options.maxOutputTokens)
        json.put("temperature", options.temperature)
        json.put("top_p", options.topP)
        json.put("n", options.choiceCount)
        if options.logprobs == true { json.put("logprobs", options.topLogprobs ?? 0) }
        if !options.stop.isEmpty {
            json.key("stop")
            json.beginArray()
            for text in options.stop { json.string(text) }
            json.endArray()
        }
        json.put("seed", options.seed)
        json.put("presence_penalty", options.presencePenalty)
        json.put("frequency_penalty", options.frequencyPenalty)
        json.put("logit_bias", options.logitBias)
        json.put("user", options.user)
        if stream { json.put("stream", true) }
        for extra in body.extras where !extra.isOwn("stream_options") {
            json.key(extra.name)
            json.raw(extra.value.bytes)
        }
        if stream { writeStreamOptions(body, &json) }
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: lost(of: parameters))
    }

    /// The prompt that the conversation's only message is; nil where the prompt is among the extras.
    private static func prompt(of body: CallBody) -> String? {
        guard !body.extras.contains(where: { $0.isOwn("prompt") }) else { return nil }
        var texts: [String] = []
        for part in body.messages.flatMap(\.parts) {
            if case .text(let text) = part.content { texts.append(text) }
        }
        return texts.joined()
    }

    private static func writeStreamOptions(_ body: CallBody, _ json: inout JSONWriter) {
        json.key("stream_options")
        json.beginObject()
        json.put("include_usage", true)
        if let extra = body.extras.first(where: { $0.isOwn("stream_options") }),
            let root = (try? JSONDocument(parsing: extra.value.bytes))?.root
        {
            for member in root.members where !member.key.equals("include_usage") {
                json.key(member.key.string ?? "")
                json.raw(member.value)
            }
        }
        json.endObject()
    }
}
