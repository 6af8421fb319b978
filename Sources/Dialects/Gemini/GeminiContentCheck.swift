import Transport

/// Checks the contents of a request and their parts.
struct GeminiContentCheck {
    let limits: CallLimits

    /// Checks `contents`, and notes what they ask of a model.
    func checkContents(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard value.isArray || value.isObject else { throw FieldCheck.mismatch(value, "", "an array of objects") }
        guard GeminiList.count(value) > 0 else {
            throw .value("", "expected at least one content", code: "empty_array")
        }
        try FieldCheck.count(GeminiList.count(value), "", max: limits.messageCountMax)
        try GeminiList.forEach(value) { content, index throws(MalformedField) in
            do throws(MalformedField) {
                guard content.isObject else { throw FieldCheck.mismatch(content, "", "an object") }
                if let role = content["role"], !role.isNull {
                    try FieldCheck.string(role, "role")
                    guard GeminiRole(role) != nil else {
                        throw .value("role", "supported values are 'user' and 'model'")
                    }
                }
                try checkParts(content["parts"], &features)
            } catch {
                throw index.map(error.inside) ?? error
            }
        }
    }

    /// Checks `systemInstruction`.
    func checkInstruction(_ value: JSONCursor) throws(MalformedField) {
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        var unused: CallFeatures = []
        try checkParts(value["parts"], &unused)
    }

    private func checkParts(_ value: JSONCursor?, _ features: inout CallFeatures) throws(MalformedField) {
        guard let value, !value.isNull else { return }
        guard value.isArray || value.isObject else {
            throw FieldCheck.mismatch(value, "parts", "an array of objects")
        }
        try FieldCheck.count(GeminiList.count(value), "parts", max: limits.partCountMax)
        try GeminiList.forEach(value) { part, index throws(MalformedField) in
            do throws(MalformedField) {
                guard part.isObject else { throw FieldCheck.mismatch(part, "", "an object") }
                try checkPart(part, &features)
            } catch {
                throw (index.map(error.inside) ?? error).inside("parts")
            }
        }
    }

    private func checkPart(_ part: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        for member in part.members where !member.value.isNull {
            let (key, value) = (member.key, member.value)
            do throws(MalformedField) {
                if key.equals("text") {
                    try FieldCheck.string(value, "")
                } else if key.names("thoughtSignature", "thought_signature") {
                    try FieldCheck.string(value, "")
                    if value.raw.count > 6, let seal = value.string, GeminiSeal.isMarked(seal) {
                        features.insert(.foreignReasoning)
                    }
                } else if key.equals("thought") {
                    try FieldCheck.boolean(value, "")
                } else if key.names("inlineData", "inline_data") {
                    try checkMedia(value, "data", "data", &features)
                } else if key.names("fileData", "file_data") {
                    try checkMedia(value, "fileUri", "file_uri", &features)
                } else if key.names("functionCall", "function_call") {
                    try checkCall(value)
                    features.insert(.toolHistory)
                } else if key.names("functionResponse", "function_response") {
                    try checkResponse(value, &features)
                    features.insert(.toolHistory)
                }
            } catch {
                throw error.inside(key.spelled)
            }
        }
    }

    private func checkMedia(
        _ value: JSONCursor, _ camelCase: StaticString, _ snakeCase: StaticString, _ features: inout CallFeatures
    ) throws(MalformedField) {
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        guard let content = value[camelCase] ?? value[snakeCase] else { throw .missing(camelCase.description) }
        guard content.isString else { throw FieldCheck.mismatch(content, camelCase.description, "a string") }
        let type = value["mimeType"] ?? value["mime_type"]
        if let type {
            try FieldCheck.string(type, value["mimeType"] == nil ? "mime_type" : "mimeType")
        } else if camelCase.utf8CodeUnitCount == 4 {
            // Inline bytes say nothing about themselves; a stored file's type is known to the provider.
            throw .missing("mimeType")
        }
        guard let text = type?.string else { return }
        if text.hasPrefix("image/") {
            features.insert(.images)
        } else if text.hasPrefix("audio/") {
            features.insert(.audioInput)
        } else {
            features.insert(.files)
        }
    }

    private func checkCall(_ value: JSONCursor) throws(MalformedField) {
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        try FieldCheck.required(value, "name", allowEmpty: false)
        try FieldCheck.optional(value, "id")
        if let arguments = value["args"] { try FieldCheck.object(arguments, "args") }
    }

    private func checkResponse(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        try FieldCheck.required(value, "name", allowEmpty: false)
        try FieldCheck.optional(value, "id")
        if let response = value["response"] { try FieldCheck.object(response, "response") }
        if let parts = value["parts"] { try checkParts(parts, &features) }
    }
}

/// The roles of contents.
enum GeminiRole {
    case user, model, function

    /// The role that a string value names; `function` and `tool` are older words for the results of calls.
    init?(_ value: JSONCursor) {
        if value.equals("user") || value.isEmptyString {
            self = .user
        } else if value.equals("model") {
            self = .model
        } else if value.equals("function") || value.equals("tool") {
            self = .function
        } else {
            return nil
        }
    }
}
