import Transport

/// Checks the tools of a Messages request, and the choice among them.
struct AnthropicToolCheck {
    let limits: CallLimits

    /// Checks `tools` or `tool_choice`.
    func check(
        _ name: AnthropicMember, _ value: JSONCursor, _ features: inout CallFeatures
    ) throws(MalformedField) {
        guard !value.isNull else { return }
        do throws(MalformedField) {
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
            do throws(MalformedField) {
                try checkTool(tool)
            } catch {
                throw error.inside(index)
            }
            index += 1
        }
    }

    private func checkTool(_ tool: JSONCursor) throws(MalformedField) {
        guard tool.isObject else { throw FieldCheck.mismatch(tool, "", "an object") }
        let type = tool["type"]
        if let type { try FieldCheck.string(type, "type") }
        if let marker = tool["cache_control"] { try FieldCheck.object(marker, "cache_control") }
        // Any other type is a tool that the provider defines or runs itself: it is carried.
        guard Self.isClientTool(type) else { return }
        try checkName(tool)
        try FieldCheck.optional(tool, "description")
        guard let schema = tool["input_schema"] else { throw .missing("input_schema") }
        guard schema.isObject else { throw FieldCheck.mismatch(schema, "input_schema", "an object") }
        if let strict = tool["strict"] { try FieldCheck.boolean(strict, "strict") }
    }

    /// Whether a tool of this type is defined by the request itself.
    static func isClientTool(_ type: JSONCursor?) -> Bool {
        type.map { $0.isNull || $0.equals("custom") } ?? true
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
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        try FieldCheck.required(value, "type", allowEmpty: false)
        guard let type = value["type"] else { return }
        if type.equals("tool") {
            try checkName(value)
        } else if !(type.equals("auto") || type.equals("any") || type.equals("none")) {
            throw .value("type", "supported values are 'auto', 'any', 'tool' and 'none'")
        }
        if let single = value["disable_parallel_tool_use"] {
            try FieldCheck.boolean(single, "disable_parallel_tool_use")
        }
    }
}
