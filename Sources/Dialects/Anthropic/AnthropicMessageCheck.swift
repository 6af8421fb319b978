import Transport

/// Checks the messages and the system prompt of a Messages request.
struct AnthropicMessageCheck {
    let limits: CallLimits

    /// Checks `messages`, and notes what they ask of a model.
    func check(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard value.isArray else { throw FieldCheck.mismatch(value, "messages", "an array of objects") }
        guard value.count > 0 else {
            throw .value("messages", "expected at least one message", code: "empty_array")
        }
        try FieldCheck.count(value.count, "messages", max: limits.messageCountMax)
        var index = 0
        for message in value.elements {
            do throws(MalformedField) {
                try checkMessage(message, &features)
            } catch {
                throw error.inside(index).inside("messages")
            }
            index += 1
        }
    }

    /// Checks `system`: a string or text blocks.
    func checkSystem(_ value: JSONCursor) throws(MalformedField) {
        switch value.kind {
        case .string, .null: return
        case .array:
            try FieldCheck.count(value.count, "system", max: limits.partCountMax)
            var index = 0
            for block in value.elements {
                do throws(MalformedField) {
                    guard block.isObject else { throw FieldCheck.mismatch(block, "", "an object") }
                    try FieldCheck.required(block, "type")
                    if block["type"]?.equals("text") == true { try FieldCheck.required(block, "text") }
                    try checkCacheControl(block)
                } catch {
                    throw error.inside(index).inside("system")
                }
                index += 1
            }
        case .object, .number, .true, .false:
            throw FieldCheck.mismatch(value, "system", "a string or an array of objects")
        }
    }

    private func checkMessage(_ message: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard message.isObject else { throw FieldCheck.mismatch(message, "", "an object") }
        guard let role = message["role"] else { throw .missing("role") }
        guard role.isString else { throw FieldCheck.mismatch(role, "role", "a string") }
        // A system message inside the conversation is a beta of the provider.
        guard role.equals("user") || role.equals("assistant") || role.equals("system") else {
            throw .value("role", "supported values are 'user' and 'assistant'")
        }
        guard let content = message["content"] else { throw .missing("content") }
        try checkContent(content, &features)
    }

    private func checkContent(_ content: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        switch content.kind {
        case .string: return
        case .array:
            try FieldCheck.count(content.count, "content", max: limits.partCountMax)
            var index = 0
            for block in content.elements {
                do throws(MalformedField) {
                    try checkBlock(block, &features)
                } catch {
                    throw error.inside(index).inside("content")
                }
                index += 1
            }
        case .object, .number, .true, .false, .null:
            throw FieldCheck.mismatch(content, "content", "a string or an array of objects")
        }
    }

    private func checkBlock(_ block: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard block.isObject else { throw FieldCheck.mismatch(block, "", "an object") }
        guard let type = block["type"] else { throw .missing("type") }
        guard type.isString else { throw FieldCheck.mismatch(type, "type", "a string") }
        if type.equals("text") {
            try FieldCheck.required(block, "text")
        } else if type.equals("tool_use") {
            features.insert(.toolHistory)
            try FieldCheck.required(block, "id", allowEmpty: false)
            try FieldCheck.required(block, "name", allowEmpty: false)
            guard let input = block["input"] else { throw .missing("input") }
            guard input.isObject else { throw FieldCheck.mismatch(input, "input", "an object") }
        } else if type.equals("tool_result") {
            features.insert(.toolHistory)
            try FieldCheck.required(block, "tool_use_id", allowEmpty: false)
            if let failed = block["is_error"] { try FieldCheck.boolean(failed, "is_error") }
            if let content = block["content"], !content.isNull { try checkContent(content, &features) }
        } else if type.equals("image") {
            features.insert(.images)
            try checkSource(block)
        } else if type.equals("document") {
            features.insert(.files)
            try FieldCheck.optional(block, "title")
            try FieldCheck.optional(block, "context")
            try checkSource(block)
        } else if type.equals("thinking") {
            try checkThinking(block, &features)
        } else if type.equals("redacted_thinking") {
            try FieldCheck.required(block, "data")
            if let data = block["data"]?.string,
                ReasoningSeal(data, sentIn: .anthropicMessages).issuer != .anthropicMessages
            {
                features.insert(.foreignReasoning)
            }
        }
        // Any other type is a server tool's or a newer one: it is carried, and named when it cannot be translated.
        try checkCacheControl(block)
    }

    /// A thinking block without the provider's seal came from lip's translation, or from a server that seals nothing.
    private func checkThinking(_ block: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        try FieldCheck.required(block, "thinking")
        try FieldCheck.optional(block, "signature")
        guard let signature = block["signature"]?.string, !signature.isEmpty,
            ReasoningSeal(signature, sentIn: .anthropicMessages).issuer == .anthropicMessages
        else {
            features.insert(.foreignReasoning)
            return
        }
    }

    private func checkSource(_ block: JSONCursor) throws(MalformedField) {
        guard let source = block["source"] else { throw .missing("source") }
        guard source.isObject else { throw FieldCheck.mismatch(source, "source", "an object") }
        do throws(MalformedField) {
            try FieldCheck.required(source, "type", allowEmpty: false)
            guard let type = source["type"] else { return }
            if type.equals("base64") || type.equals("text") {
                try FieldCheck.required(source, "media_type", allowEmpty: false)
                try FieldCheck.required(source, "data")
            } else if type.equals("url") {
                try FieldCheck.required(source, "url", allowEmpty: false)
            } else if type.equals("file") {
                try FieldCheck.required(source, "file_id", allowEmpty: false)
            } else if type.equals("content") {
                guard let content = source["content"] else { throw .missing("content") }
                guard content.isString || content.isArray else {
                    throw FieldCheck.mismatch(content, "content", "a string or an array of objects")
                }
            }
        } catch {
            throw error.inside("source")
        }
    }

    private func checkCacheControl(_ block: JSONCursor) throws(MalformedField) {
        if let marker = block["cache_control"] { try FieldCheck.object(marker, "cache_control") }
    }
}
