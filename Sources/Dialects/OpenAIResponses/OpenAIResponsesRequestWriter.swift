import Transport

/// Writes a Responses request from a call's values, and names what has no place in it.
struct OpenAIResponsesRequestWriter {
    /// The dialect that the values came from: sealed and unnamed things go back only to it.
    let source: DialectID
    let flavor: OpenAIResponsesFlavor
    var json = JSONWriter()
    private(set) var dropped: [String] = []
    /// The ids of calls of custom tools, whose results have an item type of their own.
    var customCallIDs: Set<String> = []
    /// Ids given to calls of OpenAI's older form, which has none: the last one of each name.
    var legacyCallIDs: [String: String] = [:]

    /// Whether the effort is the route's, whoever the client is.
    var takesEffortAsItIs = false
    /// Whether it is said of the model that it reasons.
    var isForReasoner = false

    init(source: DialectID, flavor: OpenAIResponsesFlavor) {
        self.source = source
        self.flavor = flavor
    }

    /// Whether the values came from this dialect, so that its own unnamed members may go back.
    var isNative: Bool { source == .openAIResponses }

    /// Names a value of the client's request that has no place.
    mutating func drop(_ path: SourcePath) {
        dropped.append(path.text)
    }

    /// Writes the whole request.
    mutating func write(_ body: CallBody, model: String, stream: Bool) -> EncodedRequest {
        json.beginObject()
        json.key("model")
        json.string(model)
        if flavor.isCodex {
            writeCodexConversation(body)
        } else {
            writeInstructions(body.instructions)
            writeInput(body.messages)
        }
        writeTools(body)
        writeOptions(body, model)
        if flavor.isCodex {
            json.put("stream", true)
        } else if stream {
            json.put("stream", true)
            // Without a stream its options are an error, and have no effect.
            writeGroup("stream_options", body.extras) { _ in false }
        }
        for extra in body.extras {
            if !isNative {
                drop(extra.path)
            } else if flavor.isCodex {
                writeCodexExtra(extra)
            } else if extra.container.isEmpty {
                writeExtra(extra)
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

    /// Writes what the provider put on its own output, where it is this provider's dialect.
    mutating func writeMarks(_ marks: [RawMember]) {
        guard isNative else { return }
        for mark in marks { writeExtra(mark) }
    }

    mutating func writeExtra(_ extra: RawMember) {
        json.key(extra.name)
        json.raw(extra.value.bytes)
    }

    private mutating func writeInstructions(_ parts: [Part]) {
        let texts = texts(of: parts)
        if !texts.isEmpty { json.put("instructions", texts.joined(separator: "\n\n")) }
    }

    /// The texts of instructions; what else they hold is named.
    mutating func texts(of parts: [Part]) -> [String] {
        var texts: [String] = []
        for part in parts {
            if case .text(let text) = part.content {
                texts.append(text)
                if part.cacheControl != nil { drop(part.path.member("cache_control")) }
                for extra in part.extras { drop(part.path.member(extra.name)) }
            } else {
                drop(part.path)
            }
        }
        return texts
    }

    // MARK: - Options

    private mutating func writeOptions(_ body: CallBody, _ model: String) {
        let options = flavor.isCodex ? codexOptions(body) : body.options
        json.put("max_output_tokens", options.maxOutputTokens)
        json.put("temperature", options.temperature)
        json.put("top_p", options.topP)
        writeLogprobs(options, body)
        json.put("parallel_tool_calls", options.parallelToolCalls)
        json.put("metadata", options.metadata)
        writeStore(options.store)
        if let tier = options.serviceTier {
            // The words for tiers differ between providers.
            if isNative || source == .openAIChat {
                json.put("service_tier", tier)
            } else {
                drop(SourcePath(body.spelling[.serviceTier]))
            }
        }
        json.put("prompt_cache_key", options.promptCacheKey)
        json.put("safety_identifier", options.safetyIdentifier)
        json.put("user", options.user)
        writeReasoning(options, body, model)
        writeText(options, body)
        dropUnknown(options, body.spelling)
    }

    private mutating func writeReasoning(_ options: CallOptions, _ body: CallBody, _ model: String) {
        var word = options.reasoningEffort
        if !isNative, !takesEffortAsItIs {
            let (effort, budget) = (options.reasoningEffort, options.reasoningBudgetTokens)
            let choice = OpenAIEfforts.choose(effort: effort, budget: budget, model: model, isReasoner: isForReasoner)
            if choice.drops(effort) { drop(SourcePath(body.spelling[.reasoningEffort])) }
            if choice.drops(budget, beside: effort) { drop(SourcePath(body.spelling[.reasoningBudgetTokens])) }
            word = choice.word
        }
        let said = word
        writeGroup("reasoning", body.extras) { json in
            json.put("effort", said)
            return said != nil
        }
    }

    /// Here the default is to keep the answer, elsewhere it is not.
    private mutating func writeStore(_ store: Bool?) {
        if flavor.isCodex {
            json.put("store", false)
        } else if let store {
            json.put("store", store)
        } else if !isNative, flavor.takesStore {
            json.put("store", false)
        }
    }

    private mutating func writeLogprobs(_ options: CallOptions, _ body: CallBody) {
        json.put("top_logprobs", options.topLogprobs)
        guard !flavor.isCodex else { return writeCodexInclude(body) }
        guard options.logprobs == true, !(isNative && body.extras.contains { $0.isOwn("include") }) else { return }
        json.key("include")
        json.beginArray()
        json.string(OpenAIResponsesRequestDecoder.logprobsInclude)
        json.endArray()
    }

    private mutating func writeText(_ options: CallOptions, _ body: CallBody) {
        var format = options.responseFormat
        if case .other = format, !isNative {
            drop(SourcePath(body.spelling[.responseFormat]))
            format = nil
        }
        let isStrictByDefault = isNative
        writeGroup("text", body.extras) { json in
            if let format {
                json.key("format")
                Self.write(format, isNative: isStrictByDefault, &json)
            }
            json.put("verbosity", options.verbosity)
            return format != nil || options.verbosity != nil
        }
    }

    private static func write(_ format: ResponseFormat, isNative: Bool, _ json: inout JSONWriter) {
        if case .other(_, let raw) = format { return json.raw(raw.bytes) }
        json.beginObject()
        switch format {
        case .text: json.word("type", "text")
        case .jsonObject, .other: json.word("type", "json_object")
        case .jsonSchema(let name, let description, let schema, let strict):
            json.word("type", "json_schema")
            // The name and the schema are required here, and may be missing elsewhere.
            json.put("name", name ?? "answer")
            json.put("description", description)
            json.put("schema", schema ?? RawJSON("{}"))
            json.put("strict", strict)
        }
        json.endObject()
    }

    private mutating func dropUnknown(_ options: CallOptions, _ spelling: FieldSpelling) {
        func drop(_ field: CallField, if isThere: Bool) {
            if isThere { self.drop(SourcePath(spelling[field])) }
        }
        if let topK = options.topK, flavor.takesTopK {
            json.put("top_k", topK)
        } else {
            drop(.topK, if: options.topK != nil)
        }
        drop(.stop, if: !options.stop.isEmpty)
        drop(.choiceCount, if: (options.choiceCount ?? 1) != 1)
        drop(.seed, if: options.seed != nil)
        drop(.presencePenalty, if: (options.presencePenalty ?? 0) != 0)
        drop(.frequencyPenalty, if: (options.frequencyPenalty ?? 0) != 0)
        drop(.logitBias, if: options.logitBias != nil)
        drop(.modalities, if: !options.modalities.isEmpty && options.modalities != ["text"])
        drop(.audio, if: options.audio != nil)
        drop(.prediction, if: options.prediction != nil)
        drop(.webSearch, if: options.webSearch != nil)
    }

    // MARK: - Objects whose unnamed members are extras of the body

    /// Writes an object with its known members (`known` tells whether it wrote any) and those without a canonical name.
    private mutating func writeGroup(
        _ name: StaticString, _ extras: [RawMember], _ known: (inout JSONWriter) -> Bool
    ) {
        var object = JSONWriter()
        object.beginObject()
        var isNeeded = known(&object)
        if isNative {
            let container = name.description
            for extra in extras where extra.container == container {
                object.key(extra.name)
                object.raw(extra.value.bytes)
                isNeeded = true
            }
        }
        object.endObject()
        guard isNeeded else { return }
        json.key(name)
        json.raw(object.bytes)
    }
}
