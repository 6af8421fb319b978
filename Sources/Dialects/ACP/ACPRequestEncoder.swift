/// Writes prompts for agents.
package enum ACPRequestEncoder {
    /// The prompt as the agent gets it; throws where nothing of the call can be told to one.
    ///
    /// No client speaks this dialect, so every call is written from its values. A session has no other history than its
    /// prompts, so the whole conversation goes into one, in its order, with a mark before what each side says; a lone
    /// message of the user's goes as it is. What no prompt has a place for is named.
    package static func encode(
        _ call: Call, in session: ACPSession, parameters: RouteParameters = .none
    ) throws(Failure) -> EncodedRequest {
        var body = call.body()
        body.options = parameters.applied(to: body.options)
        var writer = ACPRequestWriter(source: call.dialect, session: session)
        return try writer.write(body)
    }
}
