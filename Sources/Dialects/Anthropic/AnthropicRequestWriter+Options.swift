import Transport

extension AnthropicRequestWriter {
    /// How the call's wish for reasoning is followed.
    func thinking(for body: CallBody, _ tools: [Tool]) -> AnthropicThinking {
        var obstacles: AnthropicThinking.Obstacles = []
        switch body.toolChoice {
        case .required, .tool, .allowed(_, required: true): if !tools.isEmpty { obstacles.insert(.forcedTool) }
        case .auto, .none?, .allowed, nil: break
        }
        if hasOpenTurn(body.messages) { obstacles.insert(.openTurn) }
        return AnthropicThinking(
            effort: body.options.reasoningEffort, budget: body.options.reasoningBudgetTokens,
            limit: body.options.maxOutputTokens, model: traits, flavor: flavor, obstacles: obstacles)
    }

    /// Whether the assistant's last turn waits for tool results, or for its own continuation, without sealed thinking at
    /// its beginning: such a turn cannot go on with a budget for thinking.
    private func hasOpenTurn(_ messages: [Message]) -> Bool {
        guard let last = messages.lastIndex(where: { $0.role == .assistant }) else { return false }
        let isWaiting = messages[(last + 1)...].allSatisfy { message in
            message.parts.allSatisfy { part in
                if case .toolResult = part.content { return true }
                return false
            }
        }
        guard isWaiting else { return false }
        guard case .reasoning(let reasoning)? = messages[last].parts.first?.content else { return true }
        return !isOwn(reasoning)
    }

    mutating func writeOptions(_ body: CallBody, _ thinking: AnthropicThinking?) {
        let options = body.options
        writeSampling(body, thinking)
        writeStop(options.stop, body)
        writeThinking(body, thinking)
        writeOutputConfig(body, thinking)
        writeMetadata(body)
        writeServiceTier(body)
        if let count = options.choiceCount, count > 1 { drop(.choiceCount, of: body) }
        if options.seed != nil { drop(.seed, of: body) }
        if options.presencePenalty != nil { drop(.presencePenalty, of: body) }
        if options.frequencyPenalty != nil { drop(.frequencyPenalty, of: body) }
        if options.logitBias != nil { drop(.logitBias, of: body) }
        if options.logprobs == true { drop(.logprobs, of: body) }
        if options.topLogprobs != nil { drop(.topLogprobs, of: body) }
        if options.modalities.contains(where: { $0 != "text" }) { drop(.modalities, of: body) }
        if options.audio != nil { drop(.audio, of: body) }
        if options.prediction != nil { drop(.prediction, of: body) }
        if options.webSearch != nil { drop(.webSearch, of: body) }
        if options.verbosity != nil { drop(.verbosity, of: body) }
        if options.store == true { drop(.store, of: body) }
        if options.metadata != nil { drop(.metadata, of: body) }
        if options.promptCacheKey != nil { drop(.promptCacheKey, of: body) }
    }

    /// Sampling, as far as the model and thinking allow it.
    ///
    /// Thinking takes no temperature but 1, no `top_k`, and `top_p` only from 0.95 on; temperatures end at 1.
    /// Source: https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking.
    private mutating func writeSampling(_ body: CallBody, _ thinking: AnthropicThinking?) {
        let options = body.options
        if thinking == nil {
            write("temperature", options.temperature)
            write("top_p", options.topP)
            write("top_k", options.topK)
            return
        }
        let isThinking = thinking?.isOn ?? false
        var hasTemperature = false
        if let temperature = options.temperature {
            if !traits.takesSampling || (isThinking && temperature != 1) {
                drop(.temperature, of: body)
            } else {
                write("temperature", min(1, max(0, temperature)))
                if !(0...1).contains(temperature) { drop(.temperature, of: body) }
                hasTemperature = true
            }
        }
        if let topP = options.topP {
            let isForbidden = isThinking && !(0.95...1).contains(topP)
            if !traits.takesSampling || isForbidden || (hasTemperature && !traits.takesBothSamplings) {
                drop(.topP, of: body)
            } else {
                write("top_p", topP)
            }
        }
        if let topK = options.topK {
            if !traits.takesSampling || isThinking || topK < 0 {
                drop(.topK, of: body)
            } else {
                write("top_k", topK)
            }
        }
    }

    /// Sequences of white space alone are refused.
    private mutating func writeStop(_ stop: [String], _ body: CallBody) {
        let kept = isNative ? stop : stop.filter { !AnthropicText.isBlank($0) }
        if kept.count < stop.count { drop(.stop, of: body) }
        guard !kept.isEmpty else { return }
        json.key("stop_sequences")
        json.beginArray()
        for sequence in kept { json.string(sequence) }
        json.endArray()
    }

    private mutating func writeThinking(_ body: CallBody, _ thinking: AnthropicThinking?) {
        guard let thinking else { return writeOwnThinking(body) }
        if thinking.isDropped {
            drop(body.options.reasoningEffort == nil ? .reasoningBudgetTokens : .reasoningEffort, of: body)
            return
        }
        switch thinking.form {
        case .unsaid: return
        case .disabled: writeThinking(type: "disabled")
        case .adaptive: writeThinking(type: "adaptive")
        case .budget(let budget):
            json.key("thinking")
            json.beginObject()
            write("type", "enabled")
            write("budget_tokens", budget)
            json.endObject()
        }
    }

    private mutating func writeThinking(type: StaticString) {
        json.key("thinking")
        json.beginObject()
        json.key("type")
        json.string(type)
        json.endObject()
    }

    /// What a client of this dialect said itself.
    private mutating func writeOwnThinking(_ body: CallBody) {
        let budget = body.options.reasoningBudgetTokens
        guard budget != nil || hasRest(of: .thinking, body) else { return }
        json.key("thinking")
        json.beginObject()
        if let budget {
            write("type", "enabled")
            write("budget_tokens", budget)
        }
        writeRest(of: .thinking, body)
        json.endObject()
    }

    private mutating func writeOutputConfig(_ body: CallBody, _ thinking: AnthropicThinking?) {
        var effort = thinking == nil ? body.options.reasoningEffort : nil
        if case .adaptive(let wanted)? = thinking?.form { effort = wanted }
        let format = outputFormat(body)
        guard effort != nil || format != nil || hasRest(of: .outputConfig, body) else { return }
        json.key("output_config")
        json.beginObject()
        write("effort", effort)
        write("format", format)
        writeRest(of: .outputConfig, body)
        json.endObject()
    }

    /// The form of the answer's text; only a schema has a place here.
    private mutating func outputFormat(_ body: CallBody) -> RawJSON? {
        switch body.options.responseFormat {
        case nil, .text: return nil
        case .jsonSchema(_, let description, let schema?, _)
        where isNative || (flavor.takesOutputFormat && traits.takesOutputFormat):
            if description != nil {
                drop(SourcePath(body.spelling[.responseFormat]).member("json_schema").member("description"))
            }
            var format = JSONWriter()
            format.beginObject()
            format.key("type")
            format.string("json_schema" as StaticString)
            format.key("schema")
            format.raw(schema.bytes)
            format.endObject()
            return RawJSON(bytes: format.bytes)
        case .other(_, let raw) where isNative: return raw
        case .jsonSchema, .jsonObject, .other:
            drop(.responseFormat, of: body)
            return nil
        }
    }

    private mutating func writeMetadata(_ body: CallBody) {
        let options = body.options
        if let user = options.user, let other = options.safetyIdentifier, user != other { drop(.user, of: body) }
        let user = options.safetyIdentifier ?? options.user
        guard user != nil || hasRest(of: .metadata, body) else { return }
        json.key("metadata")
        json.beginObject()
        write("user_id", user)
        writeRest(of: .metadata, body)
        json.endObject()
    }

    /// OpenAI's `default` is this dialect's `standard_only`; the other words have no equal.
    private mutating func writeServiceTier(_ body: CallBody) {
        guard let tier = body.options.serviceTier else { return }
        if isNative || tier == "auto" {
            write("service_tier", tier)
        } else if tier == "default" {
            write("service_tier", "standard_only")
        } else {
            drop(.serviceTier, of: body)
        }
    }
}

/// Questions about text that this dialect asks.
enum AnthropicText {
    /// Whether text is empty or only white space, which is refused in content blocks and stop sequences.
    static func isBlank(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    }
}
