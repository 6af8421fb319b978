import Transport

/// Reads a whole completion, the answer to a call that did not ask for a stream.
package enum OpenAICompletionsUnaryDecoder {
    /// The events of a 200 answer, the last of which is `.ended`.
    ///
    /// Throws where the body is an error, or no answer at all: a 200 is not believed by its status alone.
    package static func decode(_ body: [UInt8], limits: JSONLimits = .default) throws(Failure) -> [Event] {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: limits)
        } catch {
            throw Failure(.invalidResponse, "the provider's answer is not valid JSON")
        }
        var events: [Event] = []
        var reader = OpenAICompletionsAnswerReader()
        do throws(Failure) {
            try document.withRoot { root throws(Failure) in
                let remarks = try reader.read(root, &events)
                let holdsTexts = root["choices"]?.elements.allSatisfy { $0["text"]?.isString ?? false } ?? false
                guard remarks.hasChoices, holdsTexts else {
                    throw Failure(.invalidResponse, "the provider's answer holds no choice with a text")
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
