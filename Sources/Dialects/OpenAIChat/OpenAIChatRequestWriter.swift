import Transport

/// Writes a chat completion request from a call's values, and names what has no place in it.
struct OpenAIChatRequestWriter {
    /// The dialect that the values came from: sealed and unnamed things go back only to it.
    let source: DialectID
    let flavor: OpenAIChatFlavor
    var json = JSONWriter()
    var callIDs = OpenAIChatCallIDs()
    /// Whether the effort is the route's, whoever the client is.
    var takesEffortAsItIs = false
    /// Whether it is said of the model that it reasons.
    var isForReasoner = false
    private(set) var dropped: [String] = []
    /// Images and files of results, on their way into the next message of the user's.
    var resultMedia: [Part] = []
    /// The names of the history's calls by id.
    var callNames: [String: String] = [:]

    init(source: DialectID, flavor: OpenAIChatFlavor) {
        self.source = source
        self.flavor = flavor
    }

    /// Whether the values came from this dialect, so that its own unnamed members may go back.
    var isNative: Bool { source == .openAIChat }

    /// Names a value of the client's request that has no place.
    mutating func drop(_ path: SourcePath) {
        dropped.append(path.text)
    }

    /// Writes the whole request.
    mutating func write(_ body: CallBody, model: String, stream: Bool) -> EncodedRequest {
        var body = body
        for field in CallField.allCases where flavor.lacks.contains(field) {
            if body.options.take(field) { drop(SourcePath(body.spelling[field])) }
        }
        json.beginObject()
        json.key("model")
        json.string(model)
        json.key("messages")
        json.beginArray()
        if !body.instructions.isEmpty {
            writeMessage(Message(role: .system, parts: body.instructions))
        }
        for message in body.messages { writeMessage(message) }
        writeResultMedia()
        json.endArray()
        writeTools(body)
        writeOptions(body, model)
        writeStream(body, stream)
        for extra in body.extras where !extra.isOwn("stream_options") {
            if isNative {
                writeExtra(extra)
            } else {
                drop(extra.path)
            }
        }
        json.endObject()
        return EncodedRequest(body: json.bytes, droppedFields: dropped)
    }

    /// Writes members without a canonical name, or names them where they come from another dialect.
    mutating func writeExtras(_ extras: [RawMember], _ path: SourcePath) {
        for extra in extras {
            if isNative {
                writeExtra(extra)
            } else {
                drop(path.member(extra.name))
            }
        }
    }

    private mutating func writeExtra(_ extra: RawMember) {
        json.key(extra.name)
        json.raw(extra.value.bytes)
    }

    private mutating func writeStream(_ body: CallBody, _ stream: Bool) {
        if stream {
            json.key("stream")
            json.bool(true)
        }
        let options = body.extras.first { $0.isOwn("stream_options") }
        guard stream, flavor.takesStreamOptions else {
            if options != nil, stream { drop("stream_options") }
            return
        }
        json.key("stream_options")
        json.beginObject()
        json.key("include_usage")
        json.bool(true)
        if let options, isNative, let object = try? JSONDocument(parsing: options.value.bytes).root {
            for member in object.members where !member.key.equals("include_usage") {
                json.key(member.key.string ?? "")
                json.raw(member.value)
            }
        } else if options != nil {
            drop("stream_options")
        }
        json.endObject()
    }

    private mutating func writeOptions(_ body: CallBody, _ model: String) {
        let options = body.options
        if let limit = options.maxOutputTokens {
            let spelled = body.spelling[.maxOutputTokens]
            let isOurs = spelled == "max_tokens" || spelled == "max_completion_tokens"
            json.key(isNative && isOurs && flavor.takesBothOutputLimits ? spelled : flavor.outputLimitMember.rawValue)
            json.int(limit)
        }
        write("temperature", options.temperature)
        write("top_p", options.topP)
        if let topK = options.topK {
            if isNative || flavor.takesTopK {
                write("top_k", topK)
            } else {
                drop(SourcePath(body.spelling[.topK]))
            }
        }
        write("n", options.choiceCount)
        writeStop(options.stop)
        if let seed = options.seed {
            json.key(flavor.seedMember.rawValue)
            json.int(seed)
        }
        write("presence_penalty", options.presencePenalty)
        write("frequency_penalty", options.frequencyPenalty)
        write("logit_bias", options.logitBias)
        write("logprobs", options.logprobs)
        if isNative || options.logprobs == true {
            write("top_logprobs", options.topLogprobs)
        } else if options.topLogprobs != nil {
            // Without `logprobs` it is an error here.
            drop(SourcePath(body.spelling[.topLogprobs]))
        }
        writeReasoning(options, body, model)
        write("parallel_tool_calls", options.parallelToolCalls)
        writeResponseFormat(options.responseFormat, SourcePath(body.spelling[.responseFormat]))
        if !options.modalities.isEmpty {
            json.key("modalities")
            writeStrings(options.modalities)
        }
        writeNative("audio", options.audio, body.spelling[.audio])
        writeNative("prediction", options.prediction, body.spelling[.prediction])
        writeNative("web_search_options", options.webSearch, body.spelling[.webSearch])
        write("verbosity", options.verbosity)
        if let tier = options.serviceTier {
            // The words for tiers differ between providers.
            if isNative || source == .openAIResponses {
                write("service_tier", tier)
            } else {
                drop(SourcePath(body.spelling[.serviceTier]))
            }
        }
        write("store", options.store)
        write("metadata", options.metadata)
        write("user", options.user)
        write("safety_identifier", options.safetyIdentifier)
        write("prompt_cache_key", options.promptCacheKey)
    }

    private mutating func writeEffort(_ options: CallOptions, _ body: CallBody, _ model: String) {
        if isNative || takesEffortAsItIs { return write("reasoning_effort", options.reasoningEffort) }
        let (effort, budget) = (options.reasoningEffort, options.reasoningBudgetTokens)
        let choice = OpenAIEfforts.choose(effort: effort, budget: budget, model: model, isReasoner: isForReasoner)
        write("reasoning_effort", choice.word)
        if choice.drops(effort) { drop(SourcePath(body.spelling[.reasoningEffort])) }
        if choice.drops(budget, beside: effort) { drop(SourcePath(body.spelling[.reasoningBudgetTokens])) }
    }

    private mutating func writeReasoning(_ options: CallOptions, _ body: CallBody, _ model: String) {
        guard flavor.reasoning == .object, !isNative else { return writeEffort(options, body, model) }
        guard options.reasoningEffort != nil || options.reasoningBudgetTokens != nil else { return }
        json.key("reasoning")
        json.beginObject()
        // One of the two: an effort beside a budget is refused.
        if let budget = options.reasoningBudgetTokens {
            if budget > 0 {
                write("max_tokens", budget)
            } else {
                write("enabled", budget < 0)
            }
            if options.reasoningEffort != nil { drop(SourcePath(body.spelling[.reasoningEffort])) }
        } else {
            write("effort", options.reasoningEffort)
        }
        json.endObject()
    }

    private mutating func writeStop(_ stop: [String]) {
        guard !stop.isEmpty else { return }
        json.key("stop")
        if stop.count == 1 {
            json.string(stop[0])
        } else {
            writeStrings(stop)
        }
    }

    private mutating func writeStrings(_ strings: [String]) {
        json.beginArray()
        for string in strings { json.string(string) }
        json.endArray()
    }

    private mutating func writeResponseFormat(_ format: ResponseFormat?, _ path: SourcePath) {
        guard let format else { return }
        if case .other = format, !isNative { return drop(path) }
        json.key("response_format")
        if case .other(_, let raw) = format { return json.raw(raw.bytes) }
        json.beginObject()
        json.key("type")
        switch format {
        case .text: json.string("text" as StaticString)
        case .jsonObject, .other: json.string("json_object" as StaticString)
        case .jsonSchema(let name, let description, let schema, let strict):
            json.string("json_schema" as StaticString)
            json.key("json_schema")
            json.beginObject()
            // OpenAI requires a name; other dialects have none.
            write("name", name ?? (isNative ? nil : "answer"))
            write("description", description)
            write("schema", schema)
            write("strict", strict)
            json.endObject()
        }
        json.endObject()
    }

    /// Writes source text that only the dialects of OpenAI share.
    private mutating func writeNative(_ name: StaticString, _ value: RawJSON?, _ path: String) {
        guard let value else { return }
        if isNative {
            write(name, value)
        } else {
            drop(SourcePath(path))
        }
    }

    mutating func write(_ name: StaticString, _ value: Double?) {
        guard let value else { return }
        json.key(name)
        json.double(value)
    }

    mutating func write(_ name: StaticString, _ value: Int?) {
        guard let value else { return }
        json.key(name)
        json.int(value)
    }

    mutating func write(_ name: StaticString, _ value: Bool?) {
        guard let value else { return }
        json.key(name)
        json.bool(value)
    }

    mutating func write(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        json.key(name)
        json.string(value)
    }

    mutating func write(_ name: StaticString, _ value: RawJSON?) {
        guard let value else { return }
        json.key(name)
        json.raw(value.bytes)
    }
}
