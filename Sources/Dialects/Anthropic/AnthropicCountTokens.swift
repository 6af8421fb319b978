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
            .asking(for: .countTokens(isWrapped: false))
    }

    /// The members that the endpoint takes; it refuses all others (as of August 2025).
    private static let members: Set<String> = [
        "model", "messages", "system", "thinking", "tool_choice", "tools", "mcp_servers", "context_management",
        "output_config", "cache_control",
    ]

    /// The request as the provider gets it: the client's bytes under the leg's model, or, where they were changed, what
    /// the endpoint takes of a Messages request.
    package static func encode(
        _ call: Call, as model: String, flavor: AnthropicFlavor = .anthropic
    ) throws(Failure) -> EncodedRequest {
        var request = try AnthropicRequestEncoder.encode(call, as: model, stream: false, flavor: flavor)
        guard call.dialect != .anthropicMessages || call.original == nil else { return request }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: request.body)
        } catch {
            throw Failure(.internalError, "the encoded request cannot be read")
        }
        var edits: [JSONEdit] = []
        for member in document.root.members {
            guard let name = member.key.string, !members.contains(name) else { continue }
            edits.append(.removeMember(name, of: document.root))
        }
        request.body = document.applying(edits)
        return request
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
