import Transport

/// Checks the generation options and the tools the way Google does.
enum GeminiConfigCheck {
    private static let options: Set<String> = [
        "temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "candidateCount", "seed", "presencePenalty",
        "frequencyPenalty", "responseMimeType", "responseSchema", "responseJsonSchema", "responseLogprobs", "logprobs",
        "responseModalities", "thinkingConfig", "speechConfig", "mediaResolution", "enableEnhancedCivicAnswers",
    ]
    private static let tools: Set<String> = [
        "functionDeclarations", "googleSearch", "codeExecution", "urlContext", "googleSearchRetrieval", "computerUse",
        "fileSearch", "googleMaps",
    ]
    private static let declaration: Set<String> = [
        "name", "description", "parameters", "parametersJsonSchema", "response", "responseJsonSchema", "behavior",
    ]
    private static let schema: Set<String> = [
        "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required",
        "minProperties", "maxProperties", "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering",
        "default", "items", "minimum", "maximum",
    ]

    /// Checks `generationConfig`; returns how many candidates are asked for.
    static func check(_ config: JSONValue?, model: String) throws(ErrorReply) -> Int {
        guard let config else { return 1 }
        try GeminiFields.check(config, options, "generation_config")
        if let schema = GeminiFields.member(config, "responseSchema") {
            try check(schema: schema, "generation_config.response_schema")
            try needsJSON(config)
            guard GeminiFields.member(config, "responseJsonSchema") == nil else {
                throw GeminiRequest.invalid("Only one of response_schema and response_json_schema may be set.")
            }
        }
        if GeminiFields.member(config, "responseJsonSchema") != nil { try needsJSON(config) }
        if let thinking = GeminiFields.member(config, "thinkingConfig") {
            try GeminiFields.check(
                thinking, ["thinkingBudget", "thinkingLevel", "includeThoughts"], "generation_config.thinking_config")
            let level = GeminiFields.member(thinking, "thinkingLevel")
            if level != nil, GeminiFields.member(thinking, "thinkingBudget") != nil {
                throw GeminiRequest.invalid("You can only set only one of thinking budget and thinking level.")
            }
            if level != nil, model.contains("gemini-2") {
                throw GeminiRequest.invalid("Thinking level is not supported for this model.")
            }
        }
        if let top = GeminiFields.member(config, "topK"), (top.int ?? 0) < 1 {
            throw GeminiRequest.invalid("top_k must be a positive number.")
        }
        guard let count = GeminiFields.member(config, "candidateCount") else { return 1 }
        guard let count = count.int, 1...8 ~= count else {
            throw GeminiRequest.invalid("candidateCount must be between 1 and 8.", "generation_config.candidate_count")
        }
        return count
    }

    private static func needsJSON(_ config: JSONValue) throws(ErrorReply) {
        let type = GeminiFields.member(config, "responseMimeType")?.string ?? ""
        guard type == "application/json" || type == "text/x.enum" else {
            throw GeminiRequest.invalid(
                "Function calling with a response mime type: '\(type)' is unsupported: a response schema needs "
                    + "application/json.", "generation_config.response_mime_type")
        }
    }

    static func check(tools list: JSONValue?) throws(ErrorReply) {
        guard let list else { return }
        for (index, tool) in GeminiFields.elements(list).enumerated() {
            let path = "tools[\(index)]"
            try GeminiFields.check(tool, tools, path)
            guard let declarations = GeminiFields.member(tool, "functionDeclarations") else { continue }
            for (index, function) in GeminiFields.elements(declarations).enumerated() {
                let path = "\(path).function_declarations[\(index)]"
                try GeminiFields.check(function, declaration, path)
                guard let name = function["name"]?.string, isName(name) else {
                    throw GeminiRequest.invalid(
                        "* GenerateContentRequest.\(path).name: Invalid function name. Must start with a letter or an "
                            + "underscore.", "\(path).name")
                }
                guard let parameters = function["parameters"], !parameters.isNull else { continue }
                guard GeminiFields.member(function, "parametersJsonSchema") == nil else {
                    throw GeminiRequest.invalid("Only one of parameters and parameters_json_schema may be set.", path)
                }
                try check(schema: parameters, "\(path).parameters")
            }
        }
    }

    static func check(toolConfig: JSONValue?) throws(ErrorReply) {
        guard let toolConfig else { return }
        try GeminiFields.check(
            toolConfig, ["functionCallingConfig", "retrievalConfig", "includeServerSideToolInvocations"], "tool_config")
        guard let config = GeminiFields.member(toolConfig, "functionCallingConfig") else { return }
        try GeminiFields.check(
            config, ["mode", "allowedFunctionNames", "streamFunctionCallArguments"],
            "tool_config.function_calling_config")
        let mode = config["mode"]?.string ?? "AUTO"
        guard ["MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"].contains(mode) else {
            throw GeminiRequest.invalid(
                "Invalid value at 'tool_config.function_calling_config.mode', \"\(mode)\"",
                "tool_config.function_calling_config.mode")
        }
        if GeminiFields.member(config, "allowedFunctionNames") != nil, mode != "ANY", mode != "VALIDATED" {
            throw GeminiRequest.invalid(
                "allowed_function_names should be set only when the mode is ANY or VALIDATED.",
                "tool_config.function_calling_config.allowed_function_names")
        }
    }

    /// Google's own schema objects know no other members, and their types are in capitals.
    private static func check(schema value: JSONValue, _ path: String) throws(ErrorReply) {
        try GeminiFields.check(value, schema, path)
        if let properties = value["properties"] {
            for property in properties.members {
                try check(schema: property.value, "\(path).properties[\(property.key.string ?? "")]")
            }
        }
        if let items = value["items"] { try check(schema: items, "\(path).items") }
        let options = GeminiFields.member(value, "anyOf").map { GeminiFields.elements($0) } ?? []
        for (index, option) in options.enumerated() {
            try check(schema: option, "\(path).any_of[\(index)]")
        }
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64, first == UInt8(ascii: "_") || first | 0x20 >= 0x61
        else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "_.:-".utf8.contains(byte)
            }
        }
    }
}
