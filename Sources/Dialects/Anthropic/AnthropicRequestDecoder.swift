import Transport

/// Reads a Messages request: checks every member it knows, and builds nothing that carriage does not need.
package enum AnthropicRequestDecoder {
    /// The call that the body makes, or the failure (400) that names the first malformed field.
    package static func decode(
        _ body: [UInt8], limits: CallLimits = .standard, jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        try decode(body, limits: limits, jsonLimits: jsonLimits, requiresMaxTokens: true)
    }

    /// The call that a body makes; a request that only counts tokens states no output limit.
    static func decode(
        _ body: [UInt8], limits: CallLimits, jsonLimits: JSONLimits, requiresMaxTokens: Bool
    ) throws(Failure) -> Call {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: jsonLimits)
        } catch {
            throw AnthropicErrors.unreadable(error)
        }
        return try document.withRoot { root throws(Failure) in
            guard root.isObject else {
                throw .malformed(nil, "The request must be a JSON object, but is \(FieldCheck.describe(root)).")
            }
            do throws(MalformedField) {
                return try check(document, root, limits, requiresMaxTokens: requiresMaxTokens)
            } catch {
                throw error.failure
            }
        }
    }

    private static func check(
        _ document: JSONDocument, _ root: JSONCursor, _ limits: CallLimits, requiresMaxTokens: Bool
    ) throws(MalformedField) -> Call {
        var seen = AnthropicMember.Seen()
        var model: String?
        var hasMessages = false
        var hasLimit = false
        var stream = false
        var features: CallFeatures = []
        var session: SessionHint?
        for member in root.members {
            guard let name = AnthropicMember.named(member.key) else { continue }
            let value = member.value
            guard seen.insert(name) else {
                throw .value(name.rawValue, "the member occurs more than once", code: "duplicate_parameter")
            }
            switch name {
            case .model: model = try checkModel(value, limits)
            case .messages:
                try AnthropicMessageCheck(limits: limits).check(value, &features)
                hasMessages = true
            case .system: try AnthropicMessageCheck(limits: limits).checkSystem(value)
            case .stream:
                try FieldCheck.boolean(value, "stream")
                stream = value.bool ?? false
            case .maxTokens:
                // Zero is allowed: it fills the prompt cache and generates nothing.
                try FieldCheck.integer(value, "max_tokens", 0...Int(Int32.max))
                hasLimit = !value.isNull
            case .tools, .toolChoice: try AnthropicToolCheck(limits: limits).check(name, value, &features)
            case .thinking, .outputConfig, .metadata:
                do throws(MalformedField) {
                    try checkObject(name, value, &features)
                    if name == .metadata { session = try SessionHint(metadata: value) }
                } catch {
                    throw error.inside(name.rawValue)
                }
            case .temperature: try FieldCheck.number(value, "temperature", 0...1)
            case .topP: try FieldCheck.number(value, "top_p", 0...1)
            case .topK: try FieldCheck.integer(value, "top_k", 0...Int(Int32.max))
            case .stopSequences: try FieldCheck.strings(value, "stop_sequences", countMax: limits.stopCountMax)
            case .serviceTier: try FieldCheck.string(value, "service_tier")
            }
        }
        guard let model else { throw .missing("model") }
        guard hasLimit || !requiresMaxTokens else { throw .missing("max_tokens") }
        guard hasMessages else { throw .missing("messages") }
        return Call(
            dialect: .anthropicMessages, original: document, model: model, stream: stream, includeUsage: true,
            features: features, session: session, read: AnthropicBodyReader.body)
    }

    private static func checkModel(_ value: JSONCursor, _ limits: CallLimits) throws(MalformedField) -> String {
        guard let model = value.string else { throw FieldCheck.mismatch(value, "model", "a string") }
        guard !model.isEmpty else { throw .value("model", "expected a string that is not empty", code: "empty_string") }
        guard model.utf8.count <= limits.modelBytesMax else {
            throw .value("model", "expected at most \(limits.modelBytesMax) bytes", code: "string_above_max_length")
        }
        return model
    }

    /// Checks one of the members that are objects; errors name the place inside it.
    private static func checkObject(
        _ name: AnthropicMember, _ value: JSONCursor, _ features: inout CallFeatures
    ) throws(MalformedField) {
        guard !value.isNull else { return }
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        switch name {
        case .thinking: try checkThinking(value, &features)
        case .outputConfig: try checkOutputConfig(value, &features)
        default: try FieldCheck.optional(value, "user_id")
        }
    }

    private static func checkThinking(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        try FieldCheck.required(value, "type", allowEmpty: false)
        if value["type"]?.equals("disabled") != true { features.insert(.reasoning) }
        guard value["type"]?.equals("enabled") == true else { return }
        guard let budget = value["budget_tokens"] else { throw .missing("budget_tokens") }
        guard budget.isNumber else { throw FieldCheck.mismatch(budget, "budget_tokens", "an integer") }
        try FieldCheck.integer(budget, "budget_tokens", 1024...Int(Int32.max))
    }

    private static func checkOutputConfig(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        if let effort = value["effort"] {
            try FieldCheck.string(effort, "effort")
            if !effort.isNull { features.insert(.reasoning) }
        }
        guard let format = value["format"], !format.isNull else { return }
        do throws(MalformedField) {
            guard format.isObject else { throw FieldCheck.mismatch(format, "", "an object") }
            try FieldCheck.required(format, "type", allowEmpty: false)
            guard format["type"]?.equals("json_schema") == true else { return }
            features.insert(.jsonSchema)
            guard let schema = format["schema"] else { throw .missing("schema") }
            guard schema.isObject else { throw FieldCheck.mismatch(schema, "schema", "an object") }
        } catch {
            throw error.inside("format")
        }
    }
}
