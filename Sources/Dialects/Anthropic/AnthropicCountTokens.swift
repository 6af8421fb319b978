import Transport

/// The Messages API's endpoint that counts the tokens of a request without serving it.
///
/// Source: https://docs.anthropic.com/en/api/messages-count-tokens.
package enum AnthropicCountTokens {
    /// The call whose tokens are to be counted: a Messages request that needs no `max_tokens`.
    package static func decode(
        _ body: [UInt8], limits: CallLimits = .standard, jsonLimits: JSONLimits = .default
    ) throws(Failure) -> Call {
        try AnthropicRequestDecoder.decode(body, limits: limits, jsonLimits: jsonLimits, requiresMaxTokens: false)
    }

    /// The answer's body.
    package static func body(inputTokens: Int) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.key("input_tokens")
        json.int(inputTokens)
        json.endObject()
        return json.bytes
    }

    /// The count that a provider answered; nil where its answer holds none.
    package static func inputTokens(_ body: [UInt8]) -> Int? {
        guard let document = try? JSONDocument(parsing: body) else { return nil }
        return document.withRoot { $0["input_tokens"]?.int }.flatMap { $0 >= 0 ? $0 : nil }
    }
}
