import Transport

/// Checks the tools of a chat completion request, and the choice among them.
struct OpenAIChatToolCheck {
    let limits: CallLimits

    /// Checks one of `tools`, `tool_choice`, `functions` and `function_call`.
    func check(
        _ name: OpenAIChatMember, _ value: JSONCursor, _ features: inout CallFeatures
    ) throws(MalformedField) {
        guard !value.isNull else { return }
        do {
            switch name {
            case .tools: try checkList(value, &features, checkTool)
            case .functions: try checkList(value, &features, checkFunction)
            case .toolChoice: try checkChoice(value)
            default: try checkFunctionCall(value)
            }
        } catch {
            throw error.inside(name.rawValue)
        }
    }

    private func checkList(
        _ value: JSONCursor, _ features: inout CallFeatures, _ checkElement: (JSONCursor) throws(MalformedField) -> Void
    ) throws(MalformedField) {
        guard value.isArray else { throw FieldCheck.mismatch(value, "", "an array of objects") }
        try FieldCheck.count(value.count, "", max: limits.toolCountMax)
        if value.count > 0 { features.insert(.tools) }
        var index = 0
        for element in value.elements {
            do throws(MalformedField) {
                guard element.isObject else { throw FieldCheck.mismatch(element, "", "an object") }
                try checkElement(element)
            } catch {
                throw error.inside(index)
            }
            index += 1
        }
    }

    private func checkTool(_ tool: JSONCursor) throws(MalformedField) {
        let type = tool["type"]
        if let type, !type.isString { throw FieldCheck.mismatch(type, "type", "a string") }
        if type.map({ $0.equals("function") }) ?? true {
            try checkNested(tool, "function", checkFunction)
        } else if type?.equals("custom") == true {
            try checkNested(tool, "custom") { custom throws(MalformedField) in
                try checkName(custom)
                try FieldCheck.optional(custom, "description")
                if let format = custom["format"] { try FieldCheck.object(format, "format") }
            }
        }
        // Any other type is a tool that some provider runs itself: it is carried.
    }

    private func checkFunction(_ function: JSONCursor) throws(MalformedField) {
        try checkName(function)
        try FieldCheck.optional(function, "description")
        if let parameters = function["parameters"] { try FieldCheck.object(parameters, "parameters") }
        if let strict = function["strict"] { try FieldCheck.boolean(strict, "strict") }
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
            // Mistral's own word for `required` is `any`.
            guard ["auto", "none", "required", "any"].contains(where: { (word: StaticString) in value.equals(word) })
            else { throw .value("", "supported values are 'none', 'auto' and 'required'") }
            return
        }
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "a string or an object") }
        try FieldCheck.required(value, "type", allowEmpty: false)
        guard let type = value["type"] else { return }
        if type.equals("function") {
            try checkNested(value, "function", checkName)
        } else if type.equals("custom") {
            try checkNested(value, "custom", checkName)
        } else if type.equals("allowed_tools") {
            try checkNested(value, "allowed_tools", checkAllowedTools)
        } else {
            throw .value("type", "supported values are 'function', 'custom' and 'allowed_tools'")
        }
    }

    private func checkAllowedTools(_ allowed: JSONCursor) throws(MalformedField) {
        try FieldCheck.required(allowed, "mode")
        guard let mode = allowed["mode"], mode.equals("auto") || mode.equals("required") else {
            throw .value("mode", "supported values are 'auto' and 'required'")
        }
        guard let tools = allowed["tools"] else { throw .missing("tools") }
        guard tools.isArray else { throw FieldCheck.mismatch(tools, "tools", "an array of objects") }
        var index = 0
        for tool in tools.elements {
            guard tool.isObject else {
                throw FieldCheck.mismatch(tool, "", "an object").inside(index).inside("tools")
            }
            index += 1
        }
    }

    private func checkFunctionCall(_ value: JSONCursor) throws(MalformedField) {
        if value.isString {
            guard value.equals("auto") || value.equals("none") else {
                throw .value("", "supported values are 'none' and 'auto'")
            }
            return
        }
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "a string or an object") }
        try checkName(value)
    }

    private func checkNested(
        _ object: JSONCursor, _ name: StaticString, _ check: (JSONCursor) throws(MalformedField) -> Void
    ) throws(MalformedField) {
        guard let value = object[name] else { throw .missing(name.description) }
        guard value.isObject else { throw FieldCheck.mismatch(value, name.description, "an object") }
        do throws(MalformedField) {
            try check(value)
        } catch {
            throw error.inside(name.description)
        }
    }
}
