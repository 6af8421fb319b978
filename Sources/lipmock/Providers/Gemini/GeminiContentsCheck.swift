import Transport

/// Checks contents, their parts and the order of calls and results the way Google does.
enum GeminiContentsCheck {
    private static let data: Set<String> = [
        "text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode", "codeExecutionResult",
    ]
    private static let part = data.union([
        "thought", "thoughtSignature", "videoMetadata", "partMetadata", "mediaResolution",
    ])

    static func check(_ contents: JSONValue?, model: String) throws(ErrorReply) {
        guard let contents, !GeminiFields.elements(contents).isEmpty else {
            throw GeminiRequest.invalid(
                "* GenerateContentRequest.contents: contents is not specified\n", "contents")
        }
        try check(turns: try turns(contents), model: model)
    }

    private struct Turn {
        let path: String
        let isModel: Bool
        var parts: [JSONValue]
    }

    /// The turns of a conversation: contents of one role that follow each other are one.
    private static func turns(_ contents: JSONValue) throws(ErrorReply) -> [Turn] {
        var turns: [Turn] = []
        for (index, content) in GeminiFields.elements(contents).enumerated() {
            let path = "contents[\(index)]"
            try GeminiFields.check(content, ["role", "parts"], path)
            let role = content["role"]?.string ?? "user"
            guard ["user", "model", "function", ""].contains(role) else {
                throw GeminiRequest.invalid("Please use a valid role: user, model.", path)
            }
            let parts = try parts(of: content, path)
            if let last = turns.indices.last, turns[last].isModel, role == "model" {
                turns[last].parts += parts
            } else {
                turns.append(Turn(path: path, isModel: role == "model", parts: parts))
            }
        }
        return turns
    }

    private static func check(turns: [Turn], model: String) throws(ErrorReply) {
        // Calls of the model's turn before, which the next turn must answer.
        var open = 0
        // The first call without a signature since a person wrote last.
        var unsigned: String?
        let mismatch =
            "Please ensure that the number of function response parts is equal to the number of function call parts of "
            + "the function call turn."
        for (index, turn) in turns.enumerated() {
            let calls = turn.parts.filter { GeminiFields.member($0, "functionCall") != nil }
            let results = turn.parts.filter { GeminiFields.member($0, "functionResponse") != nil }
            guard results.count == open else { throw GeminiRequest.invalid(mismatch, turn.path) }
            if !calls.isEmpty, index == 0 || !turn.isModel {
                throw GeminiRequest.invalid(
                    "Please ensure that function call turn comes immediately after a user turn or after a function "
                        + "response turn.", turn.path)
            }
            if !turn.isModel, results.isEmpty { unsigned = nil }
            if let first = calls.first, GeminiFields.member(first, "thoughtSignature") == nil {
                unsigned = unsigned ?? "\(turn.path).parts"
            }
            open = calls.count
        }
        guard open == 0 else { throw GeminiRequest.invalid(mismatch, "contents") }
        if let unsigned, GeminiSignature.isWanted(by: model) {
            throw GeminiRequest.invalid("Function call is missing a thought_signature in functionCall parts.", unsigned)
        }
    }

    /// The parts of a content, each with exactly one kind of data.
    static func parts(of content: JSONValue, _ path: String) throws(ErrorReply) -> [JSONValue] {
        guard let list = GeminiFields.member(content, "parts"), !GeminiFields.elements(list).isEmpty else {
            throw GeminiRequest.invalid(
                "* GenerateContentRequest.\(path).parts: contents.parts must not be empty.\n", "\(path).parts")
        }
        let parts = GeminiFields.elements(list)
        for (index, part) in parts.enumerated() {
            let path = "\(path).parts[\(index)]"
            try GeminiFields.check(part, Self.part, path)
            let held = data.filter { GeminiFields.member(part, $0) != nil }
            guard held.count == 1, let kind = held.first, let value = GeminiFields.member(part, kind) else {
                throw GeminiRequest.invalid(
                    "* GenerateContentRequest.\(path).data: required oneof field 'data' must have one initialized field\n",
                    "\(path).data")
            }
            try check(kind, value, "\(path).\(GeminiFields.snake(kind))")
            if let signature = GeminiFields.member(part, "thoughtSignature") {
                guard let text = signature.string, GeminiSignature.isValid(text) else {
                    throw GeminiRequest.invalid("Thought signature is not valid.", "\(path).thought_signature")
                }
            }
        }
        return parts
    }

    private static func check(_ kind: String, _ value: JSONValue, _ path: String) throws(ErrorReply) {
        switch kind {
        case "text":
            guard value.isString else { throw GeminiRequest.invalid("Invalid value at '\(path)' (TYPE_STRING)", path) }
        case "inlineData":
            try GeminiFields.check(value, ["mimeType", "data", "displayName"], path)
            guard let type = GeminiFields.member(value, "mimeType")?.string, type.contains("/") else {
                throw GeminiRequest.invalid("Unable to process input: unsupported MIME type.", path)
            }
            guard value["data"]?.string?.isEmpty == false else {
                throw GeminiRequest.invalid(
                    "Invalid value at '\(path).data' (TYPE_BYTES), Base64 decoding failed", path)
            }
        case "fileData": try GeminiFields.check(value, ["mimeType", "fileUri", "displayName"], path)
        case "functionCall":
            try GeminiFields.check(value, ["id", "name", "args"], path)
            try name(of: value, path)
            guard value["args"].map({ $0.isObject || $0.isNull }) ?? true else {
                throw GeminiRequest.invalid(
                    "Invalid value at '\(path).args' (type.googleapis.com/google.protobuf.Struct)", path)
            }
        case "functionResponse":
            try GeminiFields.check(value, ["id", "name", "response", "parts", "willContinue", "scheduling"], path)
            try name(of: value, path)
            guard value["response"]?.isObject == true else {
                throw GeminiRequest.invalid(
                    "Invalid value at '\(path).response' (type.googleapis.com/google.protobuf.Struct)", path)
            }
        default: return
        }
    }

    private static func name(of value: JSONValue, _ path: String) throws(ErrorReply) {
        guard value["name"]?.string?.isEmpty == false else {
            throw GeminiRequest.invalid(
                "* GenerateContentRequest.\(path).name: Name cannot be empty.\n", "\(path).name")
        }
    }
}
