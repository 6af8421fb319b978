/// Writes Converse requests for Bedrock; the model and whether the answer is a stream stand in the path.
package enum BedrockConverseRequestEncoder {
    /// The request as the provider gets it.
    ///
    /// No client speaks this dialect, so every call is written from its values; what the dialect has no place for is named.
    package static func encode(
        _ call: Call, as model: String, parameters: RouteParameters = .none
    ) -> EncodedRequest {
        var body = call.body()
        body.readReasoning(of: call.dialect)
        body.options = parameters.applied(to: body.options)
        if parameters.reasoningEffort != nil { body.options.reasoningBudgetTokens = nil }
        var writer = BedrockConverseRequestWriter(source: call.dialect, model: model)
        return writer.write(body)
    }
}
