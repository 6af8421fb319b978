import Transport

/// Checks the `input` of a Responses request.
struct OpenAIResponsesInputCheck {
    typealias Findings = OpenAIResponsesRequestDecoder.Findings

    let limits: CallLimits

    /// Checks `input`, and notes what it asks of a model and what only its issuer knows.
    func check(_ value: JSONCursor, _ found: inout Findings) throws(MalformedField) {
        if value.isString || value.isNull { return }
        guard value.isArray else { throw FieldCheck.mismatch(value, "input", "a string or an array of objects") }
        try FieldCheck.count(value.count, "input", max: limits.itemCountMax)
        var index = 0
        for item in value.elements {
            do {
                try checkItem(item, index, &found)
            } catch {
                throw error.inside(index).inside("input")
            }
            index += 1
        }
    }

    private func checkItem(_ item: JSONCursor, _ index: Int, _ found: inout Findings) throws(MalformedField) {
        guard item.isObject else { throw FieldCheck.mismatch(item, "", "an object") }
        if let type = item["type"], !type.isString, !type.isNull {
            throw FieldCheck.mismatch(type, "type", "a string")
        }
        switch OpenAIResponsesItemType(item) {
        case .message: try checkMessage(item, &found.features)
        case .functionCall:
            found.features.insert(.toolHistory)
            try FieldCheck.required(item, "call_id")
            try FieldCheck.required(item, "name")
            try FieldCheck.required(item, "arguments")
        case .customToolCall:
            found.features.insert(.toolHistory)
            try FieldCheck.required(item, "call_id")
            try FieldCheck.required(item, "name")
            try FieldCheck.required(item, "input")
        case .functionCallOutput, .customToolCallOutput:
            found.features.insert(.toolHistory)
            try FieldCheck.optional(item, "call_id")
            guard let output = item["output"] else { throw .missing("output") }
            try checkContent(output, "output", &found.features)
        case .reasoning:
            try checkReasoning(item)
            if OpenAIResponsesReasoning.isForeign(item) { found.features.insert(.foreignReasoning) }
        case .itemReference:
            try FieldCheck.required(item, "id", allowEmpty: false)
            found.bound.append("input[\(index)]")
        case .compaction:
            try FieldCheck.optional(item, "encrypted_content")
            found.bound.append("input[\(index)]")
        case .other: return
        }
    }

    private func checkMessage(_ item: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard let role = item["role"] else { throw .missing("role") }
        guard role.isString else { throw FieldCheck.mismatch(role, "role", "a string") }
        guard OpenAIResponsesInputReader.role(role) != nil else {
            throw .value("role", "supported values are 'user', 'assistant', 'system' and 'developer'")
        }
        guard let content = item["content"] else { throw .missing("content") }
        try checkContent(content, "content", &features)
    }

    private func checkContent(
        _ content: JSONCursor, _ name: StaticString, _ features: inout CallFeatures
    ) throws(MalformedField) {
        if content.isString { return }
        guard content.isArray else {
            throw FieldCheck.mismatch(content, name.description, "a string or an array of objects")
        }
        try FieldCheck.count(content.count, name.description, max: limits.partCountMax)
        var index = 0
        for part in content.elements {
            do {
                try checkPart(part, &features)
            } catch {
                throw error.inside(index).inside(name.description)
            }
            index += 1
        }
    }

    private func checkPart(_ part: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard part.isObject else { throw FieldCheck.mismatch(part, "", "an object") }
        try FieldCheck.required(part, "type", allowEmpty: false)
        guard let type = part["type"] else { return }
        if type.equals("input_text") || type.equals("output_text") || type.equals("text") {
            try FieldCheck.required(part, "text")
        } else if type.equals("input_image") {
            features.insert(.images)
            try checkOneOf(part, ["image_url", "file_id"])
            try FieldCheck.optional(part, "detail")
        } else if type.equals("input_file") {
            features.insert(.files)
            try checkOneOf(part, ["file_data", "file_id", "file_url"])
            try FieldCheck.optional(part, "filename")
        } else if type.equals("input_audio") {
            features.insert(.audioInput)
            guard let audio = part["input_audio"] else { throw .missing("input_audio") }
            guard audio.isObject else { throw FieldCheck.mismatch(audio, "input_audio", "an object") }
            do {
                try FieldCheck.required(audio, "data")
                try FieldCheck.required(audio, "format", allowEmpty: false)
            } catch {
                throw error.inside("input_audio")
            }
        } else if type.equals("refusal") {
            try FieldCheck.required(part, "refusal")
        }
        // Any other type is some provider's own: it is carried, and named when it cannot be translated.
    }

    /// Checks members of which at least one must be there; all are strings.
    private func checkOneOf(_ part: JSONCursor, _ names: [StaticString]) throws(MalformedField) {
        var isThere = false
        for name in names {
            try FieldCheck.optional(part, name)
            if let value = part[name], !value.isNull { isThere = true }
        }
        guard isThere else { throw .missing(names[0].description) }
    }

    private func checkReasoning(_ item: JSONCursor) throws(MalformedField) {
        try FieldCheck.optional(item, "id")
        try FieldCheck.optional(item, "encrypted_content")
        for name in ["summary", "content"] as [StaticString] {
            guard let value = item[name], !value.isNull else { continue }
            guard value.isArray else { throw FieldCheck.mismatch(value, name.description, "an array of objects") }
            var index = 0
            for part in value.elements {
                guard part.isObject else {
                    throw FieldCheck.mismatch(part, "", "an object").inside(index).inside(name.description)
                }
                index += 1
            }
        }
    }
}
