import Transport

/// Reads a whole chat completion, the answer to a call that did not ask for a stream.
package enum OpenAIChatUnaryDecoder {
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
        var reader = OpenAIChatAnswerReader()
        do throws(Failure) {
            try document.withRoot { root throws(Failure) in
                let remarks = try reader.read(root, &events)
                guard remarks.hasChoices, holdsMessages(root) else {
                    throw Failure(.invalidResponse, "the provider's answer holds no choice with a message")
                }
            }
        } catch {
            // Nothing of a whole answer was shown yet, wherever in it the mistake stands.
            throw Failure(
                error.kind, error.message, side: .provider, status: error.status,
                providerStatus: error.providerStatus, code: error.code, type: error.type,
                parameter: error.parameter, retryAfter: error.retryAfter)
        }
        reader.flush(&events)
        events.append(.ended)
        return events
    }

    private static func holdsMessages(_ root: JSONCursor) -> Bool {
        guard let choices = root["choices"] else { return false }
        return choices.elements.allSatisfy { $0["message"]?.isObject ?? false }
    }
}
