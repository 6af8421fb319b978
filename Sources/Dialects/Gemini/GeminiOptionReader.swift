import Transport

/// Reads a validated `generationConfig`.
enum GeminiOptionReader {
    /// Reads every option; `parent` is the client's spelling of `generationConfig`.
    static func read(_ config: JSONCursor, _ parent: String, into body: inout CallBody) {
        var format = Format()
        for member in config.members {
            let value = member.value
            guard !value.isNull else { continue }
            let path = "\(parent).\(member.key.spelled)"
            guard let option = GeminiOption(member.key) else {
                body.extras.append(RawMember(parent, name: member.key.spelled, value: RawJSON(value)))
                continue
            }
            read(option, value, path, &format, into: &body)
        }
        if let (format, path) = format.result {
            body.options.responseFormat = format
            body.spelling[.responseFormat] = path
        }
    }

    private static func read(
        _ option: GeminiOption, _ value: JSONCursor, _ path: String, _ format: inout Format, into body: inout CallBody
    ) {
        func keep<Value>(_ field: CallField, _ place: WritableKeyPath<CallOptions, Value?>, _ found: Value?) {
            body.options[keyPath: place] = found
            body.spelling[field] = path
        }
        switch option {
        case .temperature: keep(.temperature, \.temperature, value.double)
        case .topP: keep(.topP, \.topP, value.double)
        case .topK: keep(.topK, \.topK, value.lenientInt)
        case .maxOutputTokens: keep(.maxOutputTokens, \.maxOutputTokens, value.lenientInt)
        case .candidateCount: keep(.choiceCount, \.choiceCount, value.lenientInt)
        case .seed: keep(.seed, \.seed, value.lenientInt)
        case .presencePenalty: keep(.presencePenalty, \.presencePenalty, value.double)
        case .frequencyPenalty: keep(.frequencyPenalty, \.frequencyPenalty, value.double)
        case .responseLogprobs: keep(.logprobs, \.logprobs, value.bool)
        case .logprobs: keep(.topLogprobs, \.topLogprobs, value.lenientInt)
        case .stopSequences:
            body.options.stop = value.elements.compactMap(\.string)
            body.spelling[.stop] = path
        case .responseModalities:
            body.options.modalities = value.elements.compactMap { $0.string?.lowercased() }
            body.spelling[.modalities] = path
        case .responseMimeType:
            format.mimeType = value.string
            format.mimeTypePath = path
        case .responseSchema:
            format.schema = GeminiSchema.jsonSchema(value)
            format.rawSchema = RawJSON(value)
            format.schemaPath = path
        case .responseJsonSchema:
            format.schema = RawJSON(value)
            format.rawSchema = RawJSON(value)
            format.schemaPath = path
        case .thinkingConfig:
            for member in value.members where !member.value.isNull {
                let name = member.key.spelled
                if member.key.names("thinkingBudget", "thinking_budget") {
                    body.options.reasoningBudgetTokens = member.value.lenientInt
                    body.spelling[.reasoningBudgetTokens] = "\(path).\(name)"
                } else if member.key.names("thinkingLevel", "thinking_level") {
                    body.options.reasoningEffort = member.value.string?.lowercased()
                    body.spelling[.reasoningEffort] = "\(path).\(name)"
                } else {
                    body.extras.append(RawMember(path, name: name, value: RawJSON(member.value)))
                }
            }
        }
    }

    /// What the members about the form of the answer say together.
    private struct Format {
        var mimeType: String?
        var mimeTypePath = ""
        var schema: RawJSON?
        var rawSchema: RawJSON?
        var schemaPath = ""

        var result: (ResponseFormat, String)? {
            switch (mimeType, schema) {
            case (nil, nil): return nil
            case ("application/json", nil): return (.jsonObject, mimeTypePath)
            case ("text/plain", nil): return (.text, mimeTypePath)
            case (nil, let schema?), ("application/json", let schema?):
                return (.jsonSchema(name: nil, description: nil, schema: schema, strict: nil), schemaPath)
            case (let mimeType?, _):
                // Such as `text/x.enum`: one of the words that a schema lists.
                var json = JSONWriter()
                json.beginObject()
                json.key("responseMimeType")
                json.string(mimeType)
                if let rawSchema {
                    json.key(schemaPath.lowercased().contains("json") ? "responseJsonSchema" : "responseSchema")
                    json.raw(rawSchema.bytes)
                }
                json.endObject()
                return (.other(type: mimeType, RawJSON(bytes: json.bytes)), mimeTypePath)
            }
        }
    }
}
