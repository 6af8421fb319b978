import Transport

/// Carries a request from one protocol to another by name, for tools that have no gateway around them.
package enum Translation {
    /// The call that a body makes in a protocol.
    ///
    /// - Parameters:
    ///   - model: The model and whether a stream is wanted, for the protocol that says so in its path.
    package static func decode(
        _ body: [UInt8], from dialect: DialectID, model: String = "model", stream: Bool = false
    ) throws(Failure) -> Call {
        switch dialect {
        case .bedrockConverse, .acp:
            throw Failure(.unsupported, "No client speaks \(dialect.rawValue): it is a provider's protocol.")
        case .openAIChat: return try OpenAIChatRequestDecoder.decode(body)
        case .openAICompletions: return try OpenAICompletionsRequestDecoder.decode(body)
        case .openAIResponses: return try OpenAIResponsesRequestDecoder.decode(body)
        case .anthropicMessages: return try AnthropicRequestDecoder.decode(body)
        case .gemini: return try GeminiRequestDecoder.decode(body, model: model, stream: stream)
        }
    }

    /// The request that a provider of a protocol gets for the call.
    package static func encode(
        _ call: Call, to dialect: DialectID, parameters: RouteParameters = .none
    ) throws(Failure) -> EncodedRequest {
        if dialect != call.dialect, let failure = call.refusal(by: dialect) { throw failure }
        switch dialect {
        case .bedrockConverse:
            return BedrockConverseRequestEncoder.encode(call, as: call.model, parameters: parameters)
        case .acp:
            // An agent that takes everything; its answers to what comes before a prompt tell what it takes.
            return try ACPRequestEncoder.encode(
                call, in: ACPSession(id: "session", content: .all), parameters: parameters)
        case .openAIChat:
            return OpenAIChatRequestEncoder.encode(call, as: call.model, stream: call.stream, parameters: parameters)
        case .openAICompletions:
            return try OpenAICompletionsRequestEncoder.encode(
                call, as: call.model, stream: call.stream, parameters: parameters)
        case .openAIResponses:
            return try OpenAIResponsesRequestEncoder.encode(
                call, as: call.model, stream: call.stream, parameters: parameters)
        case .anthropicMessages:
            return try AnthropicRequestEncoder.encode(
                call, as: call.model, stream: call.stream, parameters: parameters)
        case .gemini:
            return try GeminiRequestEncoder.encode(call, as: call.model, stream: call.stream, parameters: parameters)
        }
    }
}
