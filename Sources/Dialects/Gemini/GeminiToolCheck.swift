import Transport

/// Checks the tools of a request and the configuration of their use.
struct GeminiToolCheck {
    let limits: CallLimits

    /// Checks `tools`, and notes what they ask of a model.
    func checkTools(_ value: JSONCursor, _ features: inout CallFeatures) throws(MalformedField) {
        guard value.isArray || value.isObject else { throw FieldCheck.mismatch(value, "", "an array of objects") }
        try FieldCheck.count(GeminiList.count(value), "", max: limits.toolCountMax)
        if GeminiList.count(value) > 0 { features.insert(.tools) }
        try GeminiList.forEach(value) { tool, index throws(MalformedField) in
            do throws(MalformedField) {
                guard tool.isObject else { throw FieldCheck.mismatch(tool, "", "an object") }
                for member in tool.members where !member.value.isNull {
                    guard member.key.names("functionDeclarations", "function_declarations") else { continue }
                    do throws(MalformedField) {
                        try checkDeclarations(member.value)
                    } catch {
                        throw error.inside(member.key.spelled)
                    }
                }
            } catch {
                throw index.map(error.inside) ?? error
            }
        }
    }

    private func checkDeclarations(_ value: JSONCursor) throws(MalformedField) {
        guard value.isArray || value.isObject else { throw FieldCheck.mismatch(value, "", "an array of objects") }
        try FieldCheck.count(GeminiList.count(value), "", max: limits.toolCountMax)
        try GeminiList.forEach(value) { declaration, index throws(MalformedField) in
            do throws(MalformedField) {
                guard declaration.isObject else { throw FieldCheck.mismatch(declaration, "", "an object") }
                try checkDeclaration(declaration)
            } catch {
                throw index.map(error.inside) ?? error
            }
        }
    }

    private func checkDeclaration(_ value: JSONCursor) throws(MalformedField) {
        try FieldCheck.required(value, "name", allowEmpty: false)
        if let name = value["name"]?.string, name.utf8.count > limits.toolNameBytesMax {
            throw .value("name", "expected at most \(limits.toolNameBytesMax) bytes", code: "string_above_max_length")
        }
        try FieldCheck.optional(value, "description")
        if let parameters = value["parameters"] { try FieldCheck.object(parameters, "parameters") }
        let schema = value["parametersJsonSchema"] ?? value["parameters_json_schema"]
        if let schema { try FieldCheck.object(schema, "parametersJsonSchema") }
        if value["parameters"].map({ !$0.isNull }) ?? false, schema.map({ !$0.isNull }) ?? false {
            throw .value("parametersJsonSchema", "only one of it and 'parameters' may be given")
        }
    }

    /// Checks `toolConfig`; a mode that is not known is the provider's to judge.
    func checkConfig(_ value: JSONCursor) throws(MalformedField) {
        guard value.isObject else { throw FieldCheck.mismatch(value, "", "an object") }
        for member in value.members where !member.value.isNull {
            guard member.key.names("functionCallingConfig", "function_calling_config") else { continue }
            do throws(MalformedField) {
                guard member.value.isObject else { throw FieldCheck.mismatch(member.value, "", "an object") }
                try FieldCheck.optional(member.value, "mode")
                for inner in member.value.members
                where inner.key.names("allowedFunctionNames", "allowed_function_names") {
                    try FieldCheck.strings(inner.value, inner.key.spelled, countMax: limits.toolCountMax)
                }
            } catch {
                throw error.inside(member.key.spelled)
            }
        }
    }
}
