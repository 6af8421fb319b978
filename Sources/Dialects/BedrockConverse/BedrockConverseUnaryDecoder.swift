import Transport

/// Reads a whole Converse answer, the answer to a call that did not ask for a stream.
package enum BedrockConverseUnaryDecoder {
    /// The events of a 200 answer, the last of which is `.ended`.
    ///
    /// Throws where the body is an error, or no message at all: a 200 is not believed by its status alone.
    package static func decode(_ body: [UInt8], limits: JSONLimits = .default) throws(Failure) -> [Event] {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: limits)
        } catch {
            throw Failure(.invalidResponse, "the provider's answer is not valid JSON")
        }
        var events: [Event] = []
        var reader = BedrockConverseAnswerReader()
        try document.withRoot { root throws(Failure) in try reader.read(answer: root, &events) }
        events.append(.ended)
        return events
    }
}
