import Transport

/// Reads a whole response, the answer to a call that did not ask for a stream.
package enum OpenAIResponsesUnaryDecoder {
    /// The events of a 200 answer, the last of which is `.ended`.
    ///
    /// Throws where the body is an error, or no answer at all: a 200 is not believed by its status alone. A response
    /// that was asked for in the background is an answer before it has any output.
    package static func decode(_ body: [UInt8], limits: JSONLimits = .default) throws(Failure) -> [Event] {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: limits)
        } catch {
            throw Failure(.invalidResponse, "the provider's answer is not valid JSON")
        }
        var events: [Event] = []
        var reader = OpenAIResponsesAnswerReader()
        do throws(Failure) {
            try document.withRoot { root throws(Failure) in
                try reader.read(whole: root, &events)
                let isPending =
                    root["status"]?.equals("queued") == true || root["status"]?.equals("in_progress") == true
                guard !isPending || root["background"]?.bool == true else {
                    throw Failure(.invalidResponse, "the provider's answer is not complete")
                }
            }
        } catch {
            // Nothing of a whole answer was shown yet, wherever in it the mistake stands.
            throw Failure(
                error.kind, error.message, side: .provider, status: error.status,
                providerStatus: error.providerStatus, code: error.code, type: error.type,
                parameter: error.parameter, retryAfter: error.retryAfter)
        }
        events.append(.ended)
        return events
    }
}
