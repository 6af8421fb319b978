import Transport

extension GeminiRequestWriter {
    /// Writes `generationConfig`, if there is anything in it.
    mutating func writeOptions(_ body: CallBody, isEffortForeign: Bool) {
        writeObject("generationConfig") { $0.writeConfig(body, isEffortForeign: isEffortForeign) }
        dropOptions(body.options, body.spelling)
    }

    private mutating func writeConfig(_ body: CallBody, isEffortForeign: Bool) {
        let options = body.options
        write("temperature", options.temperature)
        write("topP", options.topP)
        write("topK", topK(options.topK, body))
        write("maxOutputTokens", options.maxOutputTokens)
        writeStrings("stopSequences", options.stop)
        write("candidateCount", options.choiceCount)
        write("seed", options.seed)
        write("presencePenalty", options.presencePenalty)
        write("frequencyPenalty", options.frequencyPenalty)
        write("responseLogprobs", options.logprobs)
        write("logprobs", options.topLogprobs)
        writeResponseFormat(options.responseFormat, SourcePath(body.spelling[.responseFormat]))
        // Text alone is what comes anyway, and some models refuse the member.
        if isNative || options.modalities != ["text"] {
            writeStrings("responseModalities", options.modalities.map { $0.uppercased() })
        }
        writeObject("thinkingConfig") { $0.writeThinking(body, isEffortForeign: isEffortForeign) }
        writeExtras(of: body, in: .generationConfig)
    }

    /// Some clients of other dialects say "no limit" with 0 or -1, which Gemini refuses.
    private func topK(_ value: Int?, _ body: CallBody) -> Int? {
        guard !isNative, let value, value <= 0 else { return value }
        return nil
    }

    private mutating func dropOptions(_ options: CallOptions, _ spelling: FieldSpelling) {
        func drop(_ isSet: Bool, _ field: CallField) {
            if isSet { self.drop(SourcePath(spelling[field])) }
        }
        drop(options.logitBias != nil, .logitBias)
        drop(options.parallelToolCalls == false, .parallelToolCalls)
        drop(options.audio != nil, .audio)
        drop(options.prediction != nil, .prediction)
        drop(options.webSearch != nil, .webSearch)
        drop(options.verbosity != nil, .verbosity)
        drop(options.serviceTier != nil, .serviceTier)
        drop(options.store != nil, .store)
        drop(options.metadata != nil, .metadata)
        drop(options.user != nil, .user)
        drop(options.safetyIdentifier != nil, .safetyIdentifier)
        drop(options.promptCacheKey != nil, .promptCacheKey)
    }

    private mutating func writeStrings(_ name: StaticString, _ strings: [String]) {
        guard !strings.isEmpty else { return }
        json.key(name)
        json.beginArray()
        for string in strings { json.string(string) }
        json.endArray()
    }

    /// Writes the form of the answer; a JSON schema goes out as it is
    /// (https://ai.google.dev/gemini-api/docs/structured-output).
    private mutating func writeResponseFormat(_ format: ResponseFormat?, _ path: SourcePath) {
        switch format {
        case nil: return
        case .text: if isNative { write("responseMimeType", "text/plain") }
        case .jsonObject: write("responseMimeType", "application/json")
        case .jsonSchema(_, let description, let schema, _):
            write("responseMimeType", "application/json")
            write("responseJsonSchema", schema)
            if description != nil { drop(path.member("json_schema").member("description")) }
        case .other(_, let raw):
            guard isNative, let document = try? JSONDocument(parsing: raw.bytes) else { return drop(path) }
            for member in document.root.members {
                json.key(member.key.string ?? "")
                json.raw(member.value)
            }
        }
    }

    private mutating func writeThinking(_ body: CallBody, isEffortForeign: Bool) {
        let options = body.options
        let empty = json.bytes.count
        if isNative, !isEffortForeign {
            write("thinkingBudget", options.reasoningBudgetTokens)
            write("thinkingLevel", options.reasoningEffort?.uppercased())
        } else {
            writeForeignThinking(body)
        }
        let thinks = json.bytes.count > empty || options.reasoningBudgetTokens ?? 0 < 0
        writeExtras(of: body, in: .thinkingConfig)
        // Clients of Anthropic's dialect that ask for thinking expect to see it.
        if thinks, source == .anthropicMessages, options.reasoningBudgetTokens != 0 { write("includeThoughts", true) }
    }

    /// Writes the budget or the level, whichever the model knows: both at once are refused.
    private mutating func writeForeignThinking(_ body: CallBody) {
        let (budget, effort) = (body.options.reasoningBudgetTokens, body.options.reasoningEffort)
        let word = effort?.lowercased() ?? ""
        if traits.thinksInBudgets {
            if let budget = budget ?? traits.budget(ofEffort: word) {
                write("thinkingBudget", traits.clamped(budget: budget))
            } else if effort != nil {
                drop(SourcePath(body.spelling[.reasoningEffort]))
            }
            return
        }
        if let level = traits.level(ofEffort: word) {
            json.key("thinkingLevel")
            json.string(level)
            if budget != nil { drop(SourcePath(body.spelling[.reasoningBudgetTokens])) }
            return
        }
        if effort != nil { drop(SourcePath(body.spelling[.reasoningEffort])) }
        guard traits.thinksInLevels, let budget else { return write("thinkingBudget", budget) }
        // Without a word these models decide themselves, which is what a negative budget asks for.
        if budget >= 0, let level = traits.level(ofEffort: ReasoningScale.effort(ofBudget: budget)) {
            json.key("thinkingLevel")
            json.string(level)
        }
    }
}
