import Transport

/// The error envelope of Responses, which is that of all OpenAI interfaces, and the error inside a failed response.
package enum OpenAIResponsesErrors {
    /// The status and body that a client gets for a failure before the answer's head went out.
    package static func render(_ failure: Failure) -> (status: Int, body: [UInt8]) {
        OpenAIChatErrors.render(failure)
    }

    /// The envelope alone: `{"error":{"message","type","param","code"}}`.
    package static func body(_ failure: Failure) -> [UInt8] {
        OpenAIChatErrors.body(failure)
    }

    /// Writes the `error` of a response whose status is `failed`.
    ///
    /// Source: OpenAI API reference, "The response object"; clients tell by the code what may be tried again.
    static func write(_ failure: Failure, to json: inout JSONWriter) {
        json.beginObject()
        json.put("code", failure.code ?? code(failure.kind))
        json.put("message", failure.message)
        json.put("param", failure.parameter)
        json.endObject()
    }

    /// The event that ends a stream whose response is not at hand, as its `sequence`-th from 0.
    ///
    /// Source: OpenAI API reference, "Responses streaming events", `error`.
    package static func event(_ failure: Failure, sequence: Int) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 128 + failure.message.utf8.count)
        json.beginObject()
        json.put("type", "error")
        json.put("code", failure.code ?? code(failure.kind))
        json.put("message", failure.message)
        json.put("param", failure.parameter)
        json.put("sequence_number", sequence)
        json.endObject()
        var output: [UInt8] = []
        SSEWriter.event(name: "error" as StaticString, data: json.bytes, into: &output)
        return output
    }

    private static func code(_ kind: Failure.Kind) -> String {
        switch kind {
        case .rateLimited: "rate_limit_exceeded"
        case .quotaExhausted: "insufficient_quota"
        case .contextLength: "context_length_exceeded"
        case .invalidRequest, .contentBlocked, .tooLarge, .unsupported: "invalid_prompt"
        case .authentication, .permission, .notFound, .methodNotAllowed, .providerError, .overloaded, .connection,
            .timeout, .prematureEnd, .invalidResponse, .unavailable, .exhausted, .cancelled, .internalError:
            "server_error"
        }
    }

    /// The failure that the error of a response or of an `error` event is.
    static func failure(_ value: JSONCursor?, phase: Failure.Phase) -> Failure {
        guard let value, value.isObject else {
            return Failure(.providerError, "the provider's answer failed without an explanation", phase: phase)
        }
        var failure = ProviderErrorReader.failure(value, phase: phase)
        // The type of an `error` event says only that it is one.
        if failure.type == "error" { failure.type = nil }
        return failure
    }
}
