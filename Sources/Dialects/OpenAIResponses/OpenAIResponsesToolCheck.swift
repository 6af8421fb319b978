import Transport

/// Checks the tools of a Responses request, and the choice among them.
struct OpenAIResponsesToolCheck {
    let limits: CallLimits

    /// Checks `tools` or `tool_choice`.
    func check(
        _ name: OpenAIResponsesMember, _ value: JSONCursor, _ features: inout CallFeatures
    ) throws(MalformedField) {
        guard !value.isNull else { return }
        do {
            if name == .tools {
                try checkTools(value, &features)
            } else {
                try checkChoice(value)
            }
        } catch {
            throw error.inside(name.rawValue)
        }
    }

    private func checkTools(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard value.isArray else { throw FieldCheck.mismatch(value, "", "an array of objects") }
        try FieldCheck.count(value.count, "", max: limits.toolCountMax)
        if value.count > 0 { features.insert(.tools) }
        var index = 0
        for tool in value.elements {
            do {
                try checkTool(tool)
            } catch {
                throw error.inside(index)
            }
            index += 1
        }
    }

    private func checkTool(_ tool: JSONCursor) throws(MalformedField) {
        guard tool.isObject else { throw FieldCheck.mismatch(tool, "", "an object") }
        try FieldCheck.required(tool, "type", allowEmpty: false)
        guard let type = tool["type"] else { return }
        if type.equals("function") {
            try checkName(tool)
            try FieldCheck.optional(tool, "description")
            if let parameters = tool["parameters"] { try FieldCheck.object(parameters, "parameters") }
            if let strict = tool["strict"] { try FieldCheck.boolean(strict, "strict") }
        } else if type.equals("custom") {
            try checkName(tool)
            try FieldCheck.optional(tool, "description")
            if let format = tool["format"] { try FieldCheck.object(format, "format") }
        }
        // Any other type is a tool that the provider runs itself: it is carried.
    }

    private func checkName(_ object: JSONCursor) throws(MalformedField) {
        try FieldCheck.required(object, "name", allowEmpty: false)
        if let name = object["name"], name.range.count - 2 > limits.toolNameBytesMax,
            (name.string?.utf8.count ?? 0) > limits.toolNameBytesMax
        {
            throw .value("name", "expected at most \(limits.toolNameBytesMax) bytes", code: "string_above_max_length")
        }
    }

    private func checkChoice(_ value: JSONCursor) throws(MalformedField) {
        if value.isString {
            guard value.equals("auto") || value.equals("none") || value.equals("required") else {
                throw .value("", "supported values are 'none', 'auto' and 'required'")
            }
            return
        }
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "a string or an object") }
        try FieldCheck.required(value, "type", allowEmpty: false)
        guard let type = value["type"] else { return }
        if type.equals("function") || type.equals("custom") {
            try checkName(value)
        } else if type.equals("allowed_tools") {
            try checkAllowedTools(value)
        }
        // Any other type forces one of the provider's own tools.
    }

    private func checkAllowedTools(_ value: JSONCursor) throws(MalformedField) {
        try FieldCheck.required(value, "mode")
        guard let mode = value["mode"], mode.equals("auto") || mode.equals("required") else {
            throw .value("mode", "supported values are 'auto' and 'required'")
        }
        guard let tools = value["tools"] else { throw .missing("tools") }
        guard tools.isArray else { throw FieldCheck.mismatch(tools, "tools", "an array of objects") }
        var index = 0
        for tool in tools.elements {
            guard tool.isObject else {
                throw FieldCheck.mismatch(tool, "", "an object").inside(index).inside("tools")
            }
            index += 1
        }
    }
}
