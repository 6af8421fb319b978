import Transport

/// Reads a request of OpenAI's legacy completions: checks every member, and builds nothing that carriage does not need.
package enum OpenAICompletionsRequestDecoder {
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
        return try document.withRoot { root throws(Failure) in
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
        var seen: UInt32 = 0
        var model: String?
        var prompt: OpenAICompletionsPrompt?
        var stream = false
        var includeUsage = false
        var count = 1
        var features: CallFeatures = []
        for member in root.members {
            guard let name = OpenAICompletionsMember.named(member.key) else { continue }
            let value = member.value
            guard seen & name.bit == 0 else {
                throw .value(name.rawValue, "the member occurs more than once", code: "duplicate_parameter")
            }
            seen |= name.bit
            switch name {
            case .model:
                try FieldCheck.required(root, "model", allowEmpty: false)
                model = value.string
                guard (model?.utf8.count ?? 0) <= limits.modelBytesMax else {
                    throw .value(
                        "model", "expected at most \(limits.modelBytesMax) bytes", code: "string_above_max_length")
                }
            case .prompt: prompt = try OpenAICompletionsPrompt(value, limits: limits)
            case .stream:
                try FieldCheck.boolean(value, "stream")
                stream = value.bool ?? false
            case .streamOptions:
                try FieldCheck.object(value, name.rawValue)
                if let asked = value["include_usage"] {
                    do {
                        try FieldCheck.boolean(asked, "include_usage")
                    } catch {
                        throw error.inside(name.rawValue)
                    }
                    includeUsage = asked.bool ?? false
                }
            case .n:
                try FieldCheck.integer(value, "n", 1...limits.choiceCountMax)
                count = value.int ?? 1
            default: try checkOption(name, value, limits, &features)
            }
        }
        guard let model else { throw .missing("model") }
        guard let prompt else { throw .missing("prompt") }
        count *= prompt.count
        guard count <= limits.choiceCountMax else {
            throw .value("prompt", "expected at most \(limits.choiceCountMax) answers to all prompts together")
        }
        if count > 1 { features.insert(.severalChoices) }
        return Call(
            dialect: .openAICompletions, original: document, model: model, stream: stream, includeUsage: includeUsage,
            choiceCount: count, features: features, nativeFields: prompt.text == nil ? ["prompt"] : [],
            read: OpenAICompletionsBodyReader.body)
    }

    private static func checkOption(
        _ name: OpenAICompletionsMember, _ value: JSONCursor, _ limits: CallLimits, _ features: inout CallFeatures
    ) throws(MalformedField) {
        switch name {
        case .temperature: try FieldCheck.number(value, name.rawValue, 0...2)
        case .topP: try FieldCheck.number(value, name.rawValue, 0...1)
        case .presencePenalty, .frequencyPenalty: try FieldCheck.number(value, name.rawValue, -2...2)
        case .maxTokens: try FieldCheck.integer(value, name.rawValue, 0...Int(Int32.max))
        case .bestOf: try FieldCheck.integer(value, name.rawValue, 1...limits.choiceCountMax)
        case .logprobs:
            try FieldCheck.integer(value, name.rawValue, 0...20)
            if !value.isNull { features.insert(.logprobs) }
        case .seed: try FieldCheck.integer(value, name.rawValue, Int.min...Int.max)
        case .echo: try FieldCheck.boolean(value, name.rawValue)
        case .suffix, .user: try FieldCheck.string(value, name.rawValue)
        case .logitBias: try FieldCheck.object(value, name.rawValue)
        case .stop:
            guard !value.isString else { return }
            try FieldCheck.strings(value, name.rawValue, countMax: limits.stopCountMax)
        case .model, .prompt, .stream, .streamOptions, .n: return
        }
    }
}
