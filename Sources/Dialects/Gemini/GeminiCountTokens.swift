import Transport

/// The `:countTokens` method (https://ai.google.dev/api/tokens#method:-models.counttokens).
package enum GeminiCountTokens {
    /// The call whose tokens are to be counted: the body's own contents, or a whole request in it.
    package static func decode(
        _ body: [UInt8], model: String, limits: CallLimits = .standard, jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: jsonLimits)
        } catch {
            throw GeminiErrors.unreadable(error)
        }
        let inner = document.root.members.first { member in
            !member.value.isNull
                && member.key.withCursor { $0.names("generateContentRequest", "generate_content_request") }
        }
        guard let inner else {
            return try GeminiRequestDecoder.decode(document, model: model, stream: false, limits: limits)
        }
        let name = inner.key.string ?? ""
        guard inner.value.isObject else {
            throw MalformedField.type(name, expected: "an object", found: "something else").failure
        }
        if document.root.members.contains(where: { $0.key.equals("contents") && !$0.value.isNull }) {
            throw MalformedField.value("contents", "only one of it and '\(name)' may be given").failure
        }
        let request: JSONDocument
        do {
            request = try JSONDocument(parsing: Array(inner.value.raw), limits: jsonLimits)
        } catch {
            throw GeminiErrors.unreadable(error)
        }
        return try GeminiRequestDecoder.decode(request, model: model, stream: false, limits: limits, inside: name)
    }

    /// The answer's body.
    package static func body(totalTokens: Int, cachedTokens: Int? = nil) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("totalTokens")
        json.int(totalTokens)
        if let cachedTokens {
            json.key("cachedContentTokenCount")
            json.int(cachedTokens)
        }
        json.endObject()
        return json.bytes
    }
}
