import Transport

extension BedrockConverseRequestWriter {
    /// Writes what shapes the answer, and names what Converse has no place for.
    mutating func writeOptions(_ body: CallBody, _ tools: [Tool]) {
        let reasoning = BedrockConverseReasoning(body, tools, model: traits)
        if reasoning.isDropped {
            drop(body.options.reasoningEffort == nil ? .reasoningBudgetTokens : .reasoningEffort, of: body)
        }
        writeInference(body, reasoning)
        writeModelFields(body, reasoning)
        writeOutput(body)
        writeMetadata(body)
        writeServiceTier(body)
        dropTheRest(of: body)
    }

    /// Options that no model behind Converse has.
    private mutating func dropTheRest(of body: CallBody) {
        let options = body.options
        if let count = options.choiceCount, count > 1 { drop(.choiceCount, of: body) }
        if options.seed != nil { drop(.seed, of: body) }
        if options.presencePenalty != nil { drop(.presencePenalty, of: body) }
        if options.frequencyPenalty != nil { drop(.frequencyPenalty, of: body) }
        if options.logitBias != nil { drop(.logitBias, of: body) }
        if options.logprobs == true { drop(.logprobs, of: body) }
        if options.topLogprobs != nil { drop(.topLogprobs, of: body) }
        // Calls may come in parallel, which is what an explicit yes asks for.
        if options.parallelToolCalls == false { drop(.parallelToolCalls, of: body) }
        if options.modalities.contains(where: { $0 != "text" }) { drop(.modalities, of: body) }
        if options.audio != nil { drop(.audio, of: body) }
        if options.prediction != nil { drop(.prediction, of: body) }
        if options.webSearch != nil { drop(.webSearch, of: body) }
        if options.verbosity != nil { drop(.verbosity, of: body) }
        if options.store == true { drop(.store, of: body) }
        if options.user != nil { drop(.user, of: body) }
        if options.safetyIdentifier != nil, options.safetyIdentifier != options.user {
            drop(.safetyIdentifier, of: body)
        }
        if options.promptCacheKey != nil { drop(.promptCacheKey, of: body) }
    }

    // MARK: Inference

    /// Writes the parameters that all models have.
    ///
    /// Temperatures end at 1.
    /// Source: Bedrock API reference, `InferenceConfiguration`.
    private mutating func writeInference(_ body: CallBody, _ reasoning: BedrockConverseReasoning) {
        let options = body.options
        let (temperature, topP) = sampling(body, reasoning)
        let stop = options.stop.filter { !AnthropicText.isBlank($0) }
        if stop.count < options.stop.count { drop(.stop, of: body) }
        let limit = reasoning.maxTokens ?? options.maxOutputTokens
        guard limit != nil || temperature != nil || topP != nil || !stop.isEmpty else { return }
        json.key("inferenceConfig")
        json.beginObject()
        json.put("maxTokens", limit)
        json.put("temperature", temperature)
        json.put("topP", topP)
        if !stop.isEmpty {
            json.key("stopSequences")
            json.beginArray()
            for sequence in stop { json.string(sequence) }
            json.endArray()
        }
        json.endObject()
    }

    /// Sampling, as far as the model and its reasoning allow it; Claude's rules are Anthropic's own.
    private mutating func sampling(
        _ body: CallBody, _ reasoning: BedrockConverseReasoning
    ) -> (temperature: Double?, topP: Double?) {
        let (temperature, topP) = (body.options.temperature, body.options.topP)
        let isClaude = traits.family == .claude
        let isClosed = reasoning.takesNoSampling || (isClaude && !traits.claude.takesSampling)
        var result: (temperature: Double?, topP: Double?)
        if let temperature {
            if isClosed || (isClaude && reasoning.isOn && temperature != 1) {
                drop(.temperature, of: body)
            } else {
                result.temperature = min(1, max(0, temperature))
                if !(0...1).contains(temperature) { drop(.temperature, of: body) }
            }
        }
        if let topP {
            let isNarrow = isClaude && reasoning.isOn && !(0.95...1).contains(topP)
            let isSecond = isClaude && result.temperature != nil && !traits.claude.takesBothSamplings
            if isClosed || isNarrow || isSecond {
                drop(.topP, of: body)
            } else {
                result.topP = topP
            }
        }
        return result
    }

    // MARK: The model's own

    /// Writes the parameters that only some models have, in their own words.
    private mutating func writeModelFields(_ body: CallBody, _ reasoning: BedrockConverseReasoning) {
        let topK = topK(body, reasoning)
        if topK != nil || reasoning.form != .unsaid {
            json.key("additionalModelRequestFields")
            json.beginObject()
            if let topK {
                if case .nova = traits.family {
                    json.key("inferenceConfig")
                    json.beginObject()
                    json.put("topK", topK)
                    json.endObject()
                } else {
                    json.put("top_k", topK)
                }
            }
            reasoning.write(to: &json)
            json.endObject()
        }
        // Which of its stop sequences ended a message Claude tells only where it is asked.
        if traits.family == .claude, body.options.stop.contains(where: { !AnthropicText.isBlank($0) }) {
            json.key("additionalModelResponseFieldPaths")
            json.beginArray()
            json.string("/stop_sequence" as StaticString)
            json.endArray()
        }
    }

    private mutating func topK(_ body: CallBody, _ reasoning: BedrockConverseReasoning) -> Int? {
        guard let topK = body.options.topK else { return nil }
        let isTaken =
            switch traits.family {
            case .claude: traits.claude.takesSampling && !reasoning.isOn
            case .nova: !reasoning.takesNoSampling
            case .mistral: true
            case .gptOSS, .plain, .unknown: false
            }
        guard isTaken, topK >= 0 else {
            drop(.topK, of: body)
            return nil
        }
        return topK
    }

    // MARK: Output

    /// Writes the form of the answer's text; only a schema has a place here, as text.
    ///
    /// Source: Bedrock API reference, `OutputConfig`, `JsonSchemaDefinition`.
    private mutating func writeOutput(_ body: CallBody) {
        guard let format = body.options.responseFormat, format != .text else { return }
        guard case .jsonSchema(let name, let description, let schema?, _) = format, traits.takesSchemas else {
            return drop(.responseFormat, of: body)
        }
        json.key("outputConfig")
        json.beginObject()
        json.key("textFormat")
        json.beginObject()
        json.word("type", "json_schema")
        json.key("structure")
        json.beginObject()
        json.key("jsonSchema")
        json.beginObject()
        json.put("schema", schema.description)
        json.put("name", name)
        json.put("description", description)
        json.endObject()
        json.endObject()
        json.endObject()
        json.endObject()
    }

    /// Writes the client's labels, which Bedrock puts into its invocation log: up to 16 of plain text.
    ///
    /// Source: Bedrock API reference, `Converse`, `requestMetadata`.
    private mutating func writeMetadata(_ body: CallBody) {
        guard let metadata = body.options.metadata, let document = try? JSONDocument(parsing: metadata.bytes),
            !document.root.isNull, document.root.count > 0
        else { return }
        var labels: [(key: String, value: String)] = []
        for member in document.root.members {
            guard let key = member.key.string, let value = member.value.string, !key.isEmpty, Self.isLabel(key),
                Self.isLabel(value)
            else { return drop(.metadata, of: body) }
            labels.append((key, value))
        }
        guard !labels.isEmpty, labels.count <= Self.labelCountMax else { return drop(.metadata, of: body) }
        json.key("requestMetadata")
        json.beginObject()
        for label in labels {
            json.key(label.key)
            json.string(label.value)
        }
        json.endObject()
    }

    private static let labelCountMax = 16
    private static let labelBytesMax = 256
    private static let labelMarks = Set(" :_@$#=/+,-.".utf8)

    private static func isLabel(_ text: String) -> Bool {
        text.utf8.count <= labelBytesMax
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: labelMarks.contains(byte)
                }
            }
    }

    /// `auto` is what happens anyway; Anthropic's `standard_only` is `default` here.
    private mutating func writeServiceTier(_ body: CallBody) {
        guard let tier = body.options.serviceTier, tier != "auto" else { return }
        let type: String
        switch tier {
        case "default", "standard_only": type = "default"
        case "flex", "priority": type = tier
        default: return drop(.serviceTier, of: body)
        }
        json.key("serviceTier")
        json.beginObject()
        json.put("type", type)
        json.endObject()
    }
}
