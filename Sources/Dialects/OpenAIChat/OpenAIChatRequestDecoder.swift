import Transport

/// Reads a chat completion request: checks every member, and builds nothing that carriage does not need.
package enum OpenAIChatRequestDecoder {
    /// The call that the body makes, or the failure (400) that names the first malformed field.
    package static func decode(
        _ body: [UInt8], limits: CallLimits = .standard, jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: jsonLimits)
        } catch {
            throw OpenAIChatErrors.unreadable(error)
        }
        return try decode(document, limits: limits)
    }

    /// The call that a document makes, or the failure (400) that names the first malformed field.
    package static func decode(_ document: JSONDocument, limits: CallLimits = .standard) throws(Failure) -> Call {
        try document.withRoot { root throws(Failure) in
            guard root.isObject else {
                throw .malformed(nil, "The request must be a JSON object, but is \(FieldCheck.describe(root)).")
            }
            do throws(MalformedField) {
                return try check(document, root, limits)
            } catch {
                throw error.failure
            }
        }
    }

    private static func check(
        _ document: JSONDocument, _ root: JSONCursor, _ limits: CallLimits
    ) throws(MalformedField) -> Call {
        var seen = OpenAIChatMember.Seen()
        var model: String?
        var hasMessages = false
        var stream = false
        var includeUsage = false
        var choiceCount = 1
        var features: CallFeatures = []
        var session: SessionHint?
        for member in root.members {
            guard let name = OpenAIChatMember.named(member.key) else { continue }
            let value = member.value
            guard seen.insert(name) else {
                throw .value(name.rawValue, "the member occurs more than once", code: "duplicate_parameter")
            }
            switch name {
            case .model:
                model = try checkModel(value, limits)
            case .messages:
                try OpenAIChatMessageCheck(limits: limits).check(value, &features)
                hasMessages = true
            case .stream:
                try FieldCheck.boolean(value, "stream")
                stream = value.bool ?? false
            case .streamOptions:
                includeUsage = try checkStreamOptions(value)
            case .n:
                try FieldCheck.integer(value, "n", 1...limits.choiceCountMax)
                choiceCount = value.int ?? 1
                if choiceCount > 1 { features.insert(.severalChoices) }
            case .tools, .toolChoice, .functions, .functionCall:
                try OpenAIChatToolCheck(limits: limits).check(name, value, &features)
            case .metadata:
                try FieldCheck.object(value, "metadata")
                do throws(MalformedField) {
                    session = try SessionHint(metadata: value)
                } catch {
                    throw error.inside("metadata")
                }
            default:
                try checkOption(name, value, limits, &features)
            }
        }
        guard let model else { throw .missing("model") }
        guard hasMessages else { throw .missing("messages") }
        return Call(
            dialect: .openAIChat, original: document, model: model, stream: stream, includeUsage: includeUsage,
            choiceCount: choiceCount, features: features, session: session, read: OpenAIChatBodyReader.body)
    }

    private static func checkModel(_ value: JSONCursor, _ limits: CallLimits) throws(MalformedField) -> String {
        guard let model = value.string else { throw FieldCheck.mismatch(value, "model", "a string") }
        guard !model.isEmpty else { throw .value("model", "expected a string that is not empty", code: "empty_string") }
        guard model.utf8.count <= limits.modelBytesMax else {
            throw .value("model", "expected at most \(limits.modelBytesMax) bytes", code: "string_above_max_length")
        }
        return model
    }

    private static func checkStreamOptions(_ value: JSONCursor) throws(MalformedField) -> Bool {
        try FieldCheck.object(value, "stream_options")
        guard let asked = value["include_usage"] else { return false }
        do {
            try FieldCheck.boolean(asked, "include_usage")
        } catch {
            throw error.inside("stream_options")
        }
        return asked.bool ?? false
    }

    private static func checkOption(
        _ name: OpenAIChatMember, _ value: JSONCursor, _ limits: CallLimits, _ features: inout CallFeatures
    ) throws(MalformedField) {
        switch name {
        case .temperature: try FieldCheck.number(value, "temperature", 0...2)
        case .topP: try FieldCheck.number(value, "top_p", 0...1)
        case .presencePenalty: try FieldCheck.number(value, "presence_penalty", -2...2)
        case .frequencyPenalty: try FieldCheck.number(value, "frequency_penalty", -2...2)
        case .topK: try FieldCheck.integer(value, "top_k", -1...Int(Int32.max))
        case .maxTokens: try FieldCheck.integer(value, "max_tokens", 0...Int(Int32.max))
        case .maxCompletionTokens: try FieldCheck.integer(value, "max_completion_tokens", 0...Int(Int32.max))
        case .seed: try FieldCheck.integer(value, "seed", Int.min...Int.max)
        case .topLogprobs: try FieldCheck.integer(value, "top_logprobs", 0...20)
        case .logprobs:
            try FieldCheck.boolean(value, "logprobs")
            if value.bool == true { features.insert(.logprobs) }
        case .parallelToolCalls:
            try FieldCheck.boolean(value, "parallel_tool_calls")
            if value.bool == true { features.insert(.parallelToolCalls) }
        case .store: try FieldCheck.boolean(value, "store")
        case .reasoningEffort:
            try FieldCheck.string(value, "reasoning_effort")
            if !value.isNull { features.insert(.reasoning) }
        case .verbosity: try FieldCheck.string(value, "verbosity")
        case .serviceTier: try FieldCheck.string(value, "service_tier")
        case .user: try FieldCheck.string(value, "user")
        case .safetyIdentifier: try FieldCheck.string(value, "safety_identifier")
        case .promptCacheKey: try FieldCheck.string(value, "prompt_cache_key")
        case .logitBias: try FieldCheck.object(value, "logit_bias")
        case .prediction: try FieldCheck.object(value, "prediction")
        case .webSearchOptions: try FieldCheck.object(value, "web_search_options")
        case .audio:
            try FieldCheck.object(value, "audio")
            if !value.isNull { features.insert(.audioOutput) }
        case .modalities: try FieldCheck.strings(value, "modalities", countMax: 16)
        case .stop:
            guard value.kind != .string else { return }
            guard value.kind == .array || value.kind == .null else {
                throw FieldCheck.mismatch(value, "stop", "a string or an array of strings")
            }
            try FieldCheck.strings(value, "stop", countMax: limits.stopCountMax)
        case .responseFormat:
            do {
                try checkResponseFormat(value, &features)
            } catch {
                throw error.inside("response_format")
            }
        case .model, .messages, .stream, .streamOptions, .n, .tools, .toolChoice, .functions, .functionCall, .metadata:
            return
        }
    }

    private static func checkResponseFormat(
        _ value: JSONCursor, _ features: inout CallFeatures
    ) throws(MalformedField) {
        guard !value.isNull else { return }
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        try FieldCheck.required(value, "type", allowEmpty: false)
        guard value["type"]?.equals("json_schema") == true else { return }
        features.insert(.jsonSchema)
        guard let schema = value["json_schema"] else { throw .missing("json_schema") }
        guard schema.isObject else { throw FieldCheck.mismatch(schema, "json_schema", "an object") }
        do {
            try FieldCheck.optional(schema, "name")
            try FieldCheck.optional(schema, "description")
            if let strict = schema["strict"] { try FieldCheck.boolean(strict, "strict") }
            if let definition = schema["schema"] { try FieldCheck.object(definition, "schema") }
        } catch {
            throw error.inside("json_schema")
        }
    }
}
