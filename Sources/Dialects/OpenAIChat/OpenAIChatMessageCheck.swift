import Transport

/// Checks the messages of a chat completion request.
struct OpenAIChatMessageCheck {
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
            do {
                try checkMessage(message, &features)
            } catch {
                throw error.inside(index).inside("messages")
            }
            index += 1
        }
    }

    private func checkMessage(_ message: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard message.isObject else { throw FieldCheck.mismatch(message, "", "an object") }
        guard let roleValue = message["role"] else { throw .missing("role") }
        guard roleValue.isString else { throw FieldCheck.mismatch(roleValue, "role", "a string") }
        guard let role = OpenAIChatRole(roleValue) else {
            throw .value(
                "role", "supported values are 'system', 'developer', 'user', 'assistant', 'tool' and 'function'")
        }
        try FieldCheck.optional(message, "name")
        let content = message["content"]
        switch role {
        case .system, .developer, .user:
            try checkContent(content, mayBeNull: false, &features)
        case .tool:
            features.insert(.toolHistory)
            try FieldCheck.required(message, "tool_call_id")
            try checkContent(content, mayBeNull: false, &features)
        case .function:
            features.insert(.toolHistory)
            try FieldCheck.required(message, "name")
            try checkContent(content, mayBeNull: true, &features)
        case .assistant:
            try checkAssistant(message, content, &features)
        }
    }

    private func checkAssistant(
        _ message: JSONCursor, _ content: JSONCursor?, _ features: inout CallFeatures
    ) throws(MalformedField) {
        var saysSomething = false
        if let calls = message["tool_calls"], !calls.isNull {
            guard calls.isArray else { throw FieldCheck.mismatch(calls, "tool_calls", "an array of objects") }
            try FieldCheck.count(calls.count, "tool_calls", max: limits.toolCallCountMax)
            var index = 0
            for call in calls.elements {
                do {
                    try checkToolCall(call)
                } catch {
                    throw error.inside(index).inside("tool_calls")
                }
                index += 1
            }
            if index > 0 {
                features.insert(.toolHistory)
                saysSomething = true
            }
        }
        if let call = message["function_call"], !call.isNull {
            guard call.isObject else { throw FieldCheck.mismatch(call, "function_call", "an object") }
            do {
                try checkNamed(call, input: "arguments")
            } catch {
                throw error.inside("function_call")
            }
            features.insert(.toolHistory)
            saysSomething = true
        }
        try FieldCheck.optional(message, "refusal")
        try FieldCheck.optional(message, "reasoning_content")
        if let audio = message["audio"], !audio.isNull {
            guard audio.isObject else { throw FieldCheck.mismatch(audio, "audio", "an object") }
            do {
                try FieldCheck.required(audio, "id")
            } catch {
                throw error.inside("audio")
            }
            saysSomething = true
        }
        if !saysSomething {
            saysSomething = ["refusal", "reasoning_content", "reasoning", "reasoning_details"].contains {
                (name: StaticString) in message[name].map { !$0.isNull } ?? false
            }
        }
        try checkContent(content, mayBeNull: saysSomething, &features)
    }

    private func checkToolCall(_ call: JSONCursor) throws(MalformedField) {
        guard call.isObject else { throw FieldCheck.mismatch(call, "", "an object") }
        try FieldCheck.required(call, "id")
        let type = call["type"]
        if let type, !type.isString, !type.isNull { throw FieldCheck.mismatch(type, "type", "a string") }
        if let type, type.equals("custom") {
            guard let custom = call["custom"] else { throw .missing("custom") }
            guard custom.isObject else { throw FieldCheck.mismatch(custom, "custom", "an object") }
            do {
                try checkNamed(custom, input: "input")
            } catch {
                throw error.inside("custom")
            }
        } else if type.map({ $0.isNull || $0.equals("function") }) ?? true {
            guard let function = call["function"] else { throw .missing("function") }
            guard function.isObject else { throw FieldCheck.mismatch(function, "function", "an object") }
            do {
                try checkNamed(function, input: "arguments")
            } catch {
                throw error.inside("function")
            }
        } else {
            throw .value("type", "supported values are 'function' and 'custom'")
        }
    }

    private func checkNamed(_ call: JSONCursor, input: StaticString) throws(MalformedField) {
        try FieldCheck.required(call, "name", allowEmpty: false)
        try FieldCheck.required(call, input)
    }

    private func checkContent(
        _ content: JSONCursor?, mayBeNull: Bool, _ features: inout CallFeatures
    ) throws(MalformedField) {
        guard let content else {
            if mayBeNull { return }
            throw .missing("content")
        }
        switch content.kind {
        case .string: return
        case .null where mayBeNull: return
        case .array:
            try FieldCheck.count(content.count, "content", max: limits.partCountMax)
            var index = 0
            for part in content.elements {
                do {
                    try checkPart(part, &features)
                } catch {
                    throw error.inside(index).inside("content")
                }
                index += 1
            }
        case .object, .number, .true, .false, .null:
            throw FieldCheck.mismatch(content, "content", "a string or an array of objects")
        }
    }

    private func checkPart(_ part: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard part.isObject else { throw FieldCheck.mismatch(part, "", "an object") }
        guard let type = part["type"] else { throw .missing("type") }
        guard type.isString else { throw FieldCheck.mismatch(type, "type", "a string") }
        if type.equals("text") {
            try FieldCheck.required(part, "text")
        } else if type.equals("image_url") {
            features.insert(.images)
            try checkNested(part, "image_url") { image throws(MalformedField) in
                try FieldCheck.required(image, "url", allowEmpty: false)
                try FieldCheck.optional(image, "detail")
            }
        } else if type.equals("input_audio") {
            features.insert(.audioInput)
            try checkNested(part, "input_audio") { audio throws(MalformedField) in
                try FieldCheck.required(audio, "data")
                try FieldCheck.required(audio, "format", allowEmpty: false)
            }
        } else if type.equals("file") {
            features.insert(.files)
            try checkNested(part, "file") { file throws(MalformedField) in
                try FieldCheck.optional(file, "file_data")
                try FieldCheck.optional(file, "file_id")
                try FieldCheck.optional(file, "filename")
                let named = [file["file_data"], file["file_id"]].contains { $0.map { !$0.isNull } ?? false }
                guard named else { throw .missing("file_data") }
            }
        } else if type.equals("refusal") {
            try FieldCheck.required(part, "refusal")
        }
        // Any other type is some provider's own: it is carried, and named when it cannot be translated.
    }

    private func checkNested(
        _ part: JSONCursor, _ name: StaticString, _ check: (JSONCursor) throws(MalformedField) -> Void
    ) throws(MalformedField) {
        guard let value = part[name] else { throw .missing(name.description) }
        guard value.isObject else { throw FieldCheck.mismatch(value, name.description, "an object") }
        do throws(MalformedField) {
            try check(value)
        } catch {
            throw error.inside(name.description)
        }
    }
}

/// The roles of chat messages.
enum OpenAIChatRole {
    case system, developer, user, assistant, tool, function

    /// The role that a string value names.
    init?(_ value: JSONCursor) {
        if value.equals("user") {
            self = .user
        } else if value.equals("assistant") {
            self = .assistant
        } else if value.equals("system") {
            self = .system
        } else if value.equals("tool") {
            self = .tool
        } else if value.equals("developer") {
            self = .developer
        } else if value.equals("function") {
            self = .function
        } else {
            return nil
        }
    }
}
