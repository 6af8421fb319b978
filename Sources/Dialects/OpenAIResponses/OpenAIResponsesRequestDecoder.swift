import Transport

/// Reads a Responses request: checks every member, and builds nothing that carriage does not need.
package enum OpenAIResponsesRequestDecoder {
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

    /// What the check of a request finds for the call.
    struct Findings {
        var features: CallFeatures = []
        /// Paths of what only the issuer can resolve.
        var bound: [String] = []
    }

    private static func check(
        _ document: JSONDocument, _ root: JSONCursor, _ limits: CallLimits
    ) throws(MalformedField) -> Call {
        var seen = OpenAIResponsesMember.Seen()
        var found = Findings()
        var model: String?
        var input: JSONCursor?
        var stream = false
        var previous: String?
        var session: SessionHint?
        for member in root.members {
            guard let name = OpenAIResponsesMember.named(member.key) else { continue }
            let value = member.value
            guard seen.insert(name) else {
                throw .value(name.rawValue, "the member occurs more than once", code: "duplicate_parameter")
            }
            switch name {
            case .model: model = try checkModel(value, limits)
            case .input:
                if !value.isNull { input = value }
                try OpenAIResponsesInputCheck(limits: limits).check(value, &found)
            case .stream:
                try FieldCheck.boolean(value, "stream")
                stream = value.bool ?? false
            case .previousResponseID:
                try FieldCheck.string(value, name.rawValue)
                previous = value.string
                if !value.isNull { found.bound.append(name.rawValue) }
            case .conversation:
                try checkReference(value, name, mayBeString: true)
                if !value.isNull { found.bound.append(name.rawValue) }
            case .prompt:
                try checkReference(value, name, mayBeString: false)
                if !value.isNull { found.bound.append(name.rawValue) }
            case .background:
                try FieldCheck.boolean(value, name.rawValue)
                if value.bool == true { found.bound.append(name.rawValue) }
            case .metadata:
                try FieldCheck.object(value, name.rawValue)
                do throws(MalformedField) {
                    session = try SessionHint(metadata: value)
                } catch {
                    throw error.inside(name.rawValue)
                }
            case .tools, .toolChoice:
                try OpenAIResponsesToolCheck(limits: limits).check(name, value, &found.features)
            default:
                try checkOption(name, value, &found.features)
            }
        }
        guard let model else { throw .missing("model") }
        // What the provider keeps may stand in for the input.
        let isContinued = !found.bound.isEmpty
        guard input != nil || isContinued else { throw .missing("input") }
        if let input, input.isArray, input.count == 0, !isContinued {
            throw .value("input", "expected at least one item", code: "empty_array")
        }
        return Call(
            dialect: .openAIResponses, original: document, model: model, stream: stream, includeUsage: true,
            features: found.features, issuerBoundFields: found.bound, previousResponseID: previous, session: session,
            read: OpenAIResponsesBodyReader.body)
    }

    private static func checkModel(_ value: JSONCursor, _ limits: CallLimits) throws(MalformedField) -> String {
        guard let model = value.string else { throw FieldCheck.mismatch(value, "model", "a string") }
        guard !model.isEmpty else { throw .value("model", "expected a string that is not empty", code: "empty_string") }
        guard model.utf8.count <= limits.modelBytesMax else {
            throw .value("model", "expected at most \(limits.modelBytesMax) bytes", code: "string_above_max_length")
        }
        return model
    }

    /// Checks a reference to something that the provider keeps: an object with an id, or the id itself.
    private static func checkReference(
        _ value: JSONCursor, _ name: OpenAIResponsesMember, mayBeString: Bool
    ) throws(MalformedField) {
        if value.isNull || (mayBeString && value.isString) { return }
        guard value.isObject else {
            throw FieldCheck.mismatch(value, name.rawValue, mayBeString ? "a string or an object" : "an object")
        }
        do {
            try FieldCheck.required(value, "id", allowEmpty: false)
        } catch {
            throw error.inside(name.rawValue)
        }
    }

    private static func checkOption(
        _ name: OpenAIResponsesMember, _ value: JSONCursor, _ features: inout CallFeatures
    ) throws(MalformedField) {
        switch name {
        case .instructions, .truncation, .serviceTier, .promptCacheKey, .safetyIdentifier, .user:
            try FieldCheck.string(value, name.rawValue)
        case .maxOutputTokens, .maxToolCalls: try FieldCheck.integer(value, name.rawValue, 0...Int(Int32.max))
        case .temperature: try FieldCheck.number(value, name.rawValue, 0...2)
        case .topP: try FieldCheck.number(value, name.rawValue, 0...1)
        case .topLogprobs: try FieldCheck.integer(value, name.rawValue, 0...20)
        case .parallelToolCalls:
            try FieldCheck.boolean(value, name.rawValue)
            if value.bool == true { features.insert(.parallelToolCalls) }
        case .store: try FieldCheck.boolean(value, name.rawValue)
        case .streamOptions: try FieldCheck.object(value, name.rawValue)
        case .include:
            try FieldCheck.strings(value, name.rawValue, countMax: 64)
            if value.elements.contains(where: { $0.equals(Self.logprobsInclude) }) { features.insert(.logprobs) }
        case .text:
            do {
                try checkText(value, &features)
            } catch {
                throw error.inside(name.rawValue)
            }
        case .reasoning:
            try FieldCheck.object(value, name.rawValue)
            do {
                try FieldCheck.optional(value, "effort")
                try FieldCheck.optional(value, "summary")
            } catch {
                throw error.inside(name.rawValue)
            }
            if let effort = value["effort"], !effort.isNull { features.insert(.reasoning) }
        case .model, .input, .stream, .previousResponseID, .conversation, .prompt, .background, .tools, .toolChoice,
            .metadata:
            return
        }
    }

    /// The value of `include` that asks for log probabilities.
    static let logprobsInclude: StaticString = "message.output_text.logprobs"

    private static func checkText(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard !value.isNull else { return }
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        try FieldCheck.optional(value, "verbosity")
        guard let format = value["format"], !format.isNull else { return }
        guard format.isObject else { throw FieldCheck.mismatch(format, "format", "an object") }
        do throws(MalformedField) {
            try FieldCheck.required(format, "type", allowEmpty: false)
            guard format["type"]?.equals("json_schema") == true else { return }
            features.insert(.jsonSchema)
            try FieldCheck.required(format, "name")
            try FieldCheck.optional(format, "description")
            if let strict = format["strict"] { try FieldCheck.boolean(strict, "strict") }
            guard let schema = format["schema"] else { throw .missing("schema") }
            guard schema.isObject else { throw FieldCheck.mismatch(schema, "schema", "an object") }
        } catch {
            throw error.inside("format")
        }
    }
}
