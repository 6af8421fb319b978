import Transport

/// Checks the `generationConfig` of a request.
struct GeminiOptionCheck {
    let limits: CallLimits

    /// Checks every known option, and notes what they ask of a model; returns how many candidates are asked for.
    func check(_ config: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) -> Int {
        guard config.isObject else { throw FieldCheck.mismatch(config, "", "an object") }
        var seen: UInt32 = 0
        var choiceCount = 1
        for member in config.members {
            guard let option = GeminiOption(member.key) else { continue }
            let bit: UInt32 = 1 << UInt32(option.rawValue)
            do throws(MalformedField) {
                guard seen & bit == 0 else {
                    throw .value("", "the member occurs more than once", code: "duplicate_parameter")
                }
                seen |= bit
                let value = member.value
                if value.isNull { continue }
                try check(option, value, &features)
                if option == .candidateCount { choiceCount = value.lenientInt ?? 1 }
            } catch {
                throw error.inside(member.key.spelled)
            }
        }
        if choiceCount > 1 { features.insert(.severalChoices) }
        return max(1, choiceCount)
    }

    private func check(
        _ option: GeminiOption, _ value: JSONCursor, _ features: inout CallFeatures
    ) throws(MalformedField) {
        switch option {
        case .temperature: try FieldCheck.number(value, "", 0...2)
        case .topP: try FieldCheck.number(value, "", 0...1)
        case .presencePenalty, .frequencyPenalty: try FieldCheck.number(value, "", -2...2)
        case .topK: try Self.integer(value, 0...Int(Int32.max))
        case .maxOutputTokens: try Self.integer(value, 0...Int(Int32.max))
        case .candidateCount: try Self.integer(value, 0...limits.choiceCountMax)
        case .seed: try Self.integer(value, Int(Int32.min)...Int(Int32.max))
        case .logprobs: try Self.integer(value, 0...20)
        case .responseLogprobs:
            try FieldCheck.boolean(value, "")
            if value.bool == true { features.insert(.logprobs) }
        case .responseMimeType: try FieldCheck.string(value, "")
        case .responseSchema:
            try FieldCheck.object(value, "")
            features.insert(.jsonSchema)
        case .responseJsonSchema: features.insert(.jsonSchema)
        case .stopSequences: try FieldCheck.strings(value, "", countMax: limits.stopCountMax)
        case .responseModalities:
            try FieldCheck.strings(value, "", countMax: 16)
            if value.elements.contains(where: { $0.equals("AUDIO") }) { features.insert(.audioOutput) }
        case .thinkingConfig: try checkThinking(value, &features)
        }
    }

    private func checkThinking(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        for member in value.members where !member.value.isNull {
            do throws(MalformedField) {
                if member.key.names("thinkingBudget", "thinking_budget") {
                    try Self.integer(member.value, -1...Int(Int32.max))
                    if member.value.lenientInt != 0 { features.insert(.reasoning) }
                } else if member.key.names("thinkingLevel", "thinking_level") {
                    try FieldCheck.string(member.value, "")
                    features.insert(.reasoning)
                } else if member.key.names("includeThoughts", "include_thoughts") {
                    try FieldCheck.boolean(member.value, "")
                }
            } catch {
                throw error.inside(member.key.spelled)
            }
        }
    }

    /// Checks an integer, which may be spelled as a string.
    static func integer(_ value: JSONCursor, _ range: ClosedRange<Int>) throws(MalformedField) {
        guard value.isString else { return try FieldCheck.integer(value, "", range) }
        guard let number = value.lenientInt else { throw FieldCheck.mismatch(value, "", "an integer") }
        guard range.contains(number) else {
            throw .value("", "expected a value from \(range.lowerBound) to \(range.upperBound), but got \(number)")
        }
    }
}
