import Transport

/// Reads a request for embeddings: checks every member, and builds nothing that carriage does not need.
///
/// Source of the rules: https://platform.openai.com/docs/api-reference/embeddings/create.
package enum OpenAIEmbeddingsRequestDecoder {
    /// The call that the body makes, or the failure (400) that names the first malformed field.
    package static func decode(
        _ body: [UInt8], limits: CallLimits = .standard, jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: jsonLimits)
        } catch {
            throw OpenAIChatErrors.unreadable(error)
        }
        return try document.withRoot { root throws(Failure) in
            guard root.isObject else {
                throw .malformed(nil, "The request must be a JSON object, but is \(FieldCheck.describe(root)).")
            }
            do throws(MalformedField) {
                return try check(document, root, limits)
            } catch {
                throw error.failure
            }
        }
    }

    private static let known: [StaticString] = ["model", "input", "encoding_format", "dimensions", "user"]

    private static func check(
        _ document: JSONDocument, _ root: JSONCursor, _ limits: CallLimits
    ) throws(MalformedField) -> Call {
        try checkNames(root)
        guard let named = root["model"] else { throw .missing("model") }
        guard let model = named.string else { throw FieldCheck.mismatch(named, "model", "a string") }
        guard !model.isEmpty else { throw .value("model", "expected a string that is not empty", code: "empty_string") }
        guard model.utf8.count <= limits.modelBytesMax else {
            throw .value("model", "expected at most \(limits.modelBytesMax) bytes", code: "string_above_max_length")
        }
        var options = EmbeddingOptions()
        guard let input = root["input"], !input.isNull else { throw .missing("input") }
        do throws(MalformedField) {
            try checkInput(input, limits, &options)
        } catch {
            throw error.inside("input")
        }
        if let format = root["encoding_format"], !format.isNull {
            try FieldCheck.string(format, "encoding_format")
            if format.equals("base64") {
                options.encoding = .base64
            } else if !format.equals("float") {
                throw .value("encoding_format", "supported values are 'float' and 'base64'")
            }
        }
        if let dimensions = root["dimensions"] {
            try FieldCheck.integer(dimensions, "dimensions", 1...Int(Int32.max))
            options.dimensions = dimensions.int
        }
        if let user = root["user"], !user.isNull {
            try FieldCheck.string(user, "user")
            options.foreign.append("user")
        }
        for member in root.members where !known.contains(where: member.key.equals) && !member.value.isNull {
            options.foreign.append(member.key.string ?? "")
        }
        return Call(
            dialect: .openAIChat, operation: .embed(options), original: document, model: model, stream: false,
            includeUsage: true, features: [], read: body)
    }

    private static func checkNames(_ root: JSONCursor) throws(MalformedField) {
        var seen: Set<Int> = []
        for member in root.members {
            guard let name = known.firstIndex(where: member.key.equals) else { continue }
            guard seen.insert(name).inserted else {
                throw .value(
                    known[name].description, "the member occurs more than once", code: "duplicate_parameter")
            }
        }
    }

    /// Checks a text, texts, token ids or lists of token ids.
    private static func checkInput(
        _ input: JSONCursor, _ limits: CallLimits, _ options: inout EmbeddingOptions
    ) throws(MalformedField) {
        options.isBatch = false
        if input.isString { return try checkText(input) }
        guard input.isArray else {
            throw FieldCheck.mismatch(input, "", "a string, an array of strings or arrays of token ids")
        }
        guard let first = input[0] else { throw .value("", "expected at least one element", code: "empty_array") }
        if first.isNumber {
            options.tokenIDs = "input"
            return try checkTokens(input, limits)
        }
        options.isBatch = true
        try FieldCheck.count(input.count, "", max: limits.embeddingInputCountMax)
        var index = 0
        for element in input.elements {
            do throws(MalformedField) {
                if first.isString {
                    guard element.isString else { throw FieldCheck.mismatch(element, "", "a string") }
                    try checkText(element)
                } else {
                    guard element.isArray else {
                        throw FieldCheck.mismatch(element, "", index == 0 ? "a string or token ids" : "token ids")
                    }
                    if options.tokenIDs == nil { options.tokenIDs = "input[0]" }
                    try checkTokens(element, limits)
                }
            } catch {
                throw error.inside(index)
            }
            index += 1
        }
    }

    private static func checkText(_ text: JSONCursor) throws(MalformedField) {
        guard !text.isEmptyString else {
            throw .value("", "expected a string that is not empty", code: "empty_string")
        }
    }

    private static func checkTokens(_ tokens: JSONCursor, _ limits: CallLimits) throws(MalformedField) {
        guard tokens.count > 0 else { throw .value("", "expected at least one token id", code: "empty_array") }
        var index = 0
        for token in tokens.elements {
            guard let id = token.int, id >= 0 else {
                throw FieldCheck.mismatch(token, "[\(index)]", "a token id (a whole number from 0)")
            }
            index += 1
        }
    }

    /// The inputs as messages.
    private static func body(_ document: JSONDocument) -> CallBody {
        document.withRoot { root in
            var body = CallBody()
            if let input = root["input"] {
                if let text = input.string {
                    body.messages = [message(text, "input")]
                } else if input[0]?.isNumber == true {
                    body.messages = [message(tokens: input, "input")]
                } else {
                    var index = 0
                    for element in input.elements {
                        let path = SourcePath("input[\(index)]")
                        body.messages.append(
                            element.string.map { message($0, path) } ?? message(tokens: element, path))
                        index += 1
                    }
                }
            }
            body.options.user = root["user"]?.string
            body.spelling[.user] = "user"
            return body
        }
    }

    private static func message(_ text: String, _ path: SourcePath) -> Message {
        Message(role: .user, parts: [Part(.text(text), path: path)], path: path)
    }

    private static func message(tokens: JSONCursor, _ path: SourcePath) -> Message {
        let raw = RawJSON(bytes: Array(tokens.raw))
        return Message(role: .user, parts: [Part(.opaque(type: "token_ids", raw), path: path)], path: path)
    }
}
