import Transport

/// Reads a whole answer of generateContent.
package enum GeminiUnaryDecoder {
    /// The events of a 200 answer, the last of which is `.ended`.
    ///
    /// Throws where the body is an error, a blocked prompt, or no answer at all: a 200 is not believed by its status
    /// alone. An array of chunks, which a stream becomes that was asked for without events, is one answer too.
    package static func decode(_ body: [UInt8], limits: JSONLimits = .default) throws(Failure) -> [Event] {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: body, limits: limits)
        } catch {
            throw Failure(.invalidResponse, "the provider's answer is not valid JSON")
        }
        var events: [Event] = []
        var reader = GeminiAnswerReader()
        do throws(Failure) {
            try document.withRoot { root throws(Failure) in
                if root.isArray {
                    for chunk in root.elements { _ = try reader.read(chunk, &events) }
                } else {
                    _ = try reader.read(root, &events)
                }
            }
            guard reader.choiceCount > 0 else {
                throw Failure(.invalidResponse, "the provider's answer holds no candidate")
            }
        } catch {
            // Nothing of a whole answer was shown yet, wherever in it the mistake stands.
            throw Failure(
                error.kind, error.message, side: .provider, status: error.status,
                providerStatus: error.providerStatus, code: error.code, type: error.type,
                parameter: error.parameter, retryAfter: error.retryAfter)
        }
        reader.tellUsage(&events)
        events.append(.ended)
        return events
    }
}
