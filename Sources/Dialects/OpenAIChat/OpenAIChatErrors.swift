import Transport

/// OpenAI's error envelope: `{"error":{"message","type","param","code"}}`.
package enum OpenAIChatErrors {
    /// The status and body that a client gets for a failure before the answer's head went out.
    package static func render(_ failure: Failure) -> (status: Int, body: [UInt8]) {
        (failure.status, body(failure))
    }

    /// The envelope alone, which is also the data of an error inside a stream.
    package static func body(_ failure: Failure) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 160 + failure.message.utf8.count)
        json.beginObject()
        json.key("error")
        json.beginObject()
        json.key("message")
        json.string(failure.message)
        json.key("type")
        json.string(type(failure))
        json.key("param")
        write(failure.parameter, to: &json)
        json.key("code")
        write(failure.code ?? code(failure.kind), to: &json)
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private static func write(_ text: String?, to json: inout JSONWriter) {
        if let text {
            json.string(text)
        } else {
            json.null()
        }
    }

    /// The provider's own type where it spoke this envelope, else OpenAI's for this kind.
    private static func type(_ failure: Failure) -> String {
        if let type = failure.type { return type }
        return switch failure.kind {
        case .invalidRequest, .methodNotAllowed, .tooLarge, .contextLength, .contentBlocked: "invalid_request_error"
        case .authentication: "authentication_error"
        case .permission: "permission_error"
        case .notFound: "not_found_error"
        case .rateLimited: "rate_limit_error"
        case .quotaExhausted: "insufficient_quota"
        case .unsupported: "not_implemented_error"
        case .timeout: "timeout_error"
        case .internalError, .cancelled: "server_error"
        case .providerError, .overloaded, .connection, .prematureEnd, .invalidResponse, .unavailable, .exhausted:
            "api_error"
        }
    }

    /// A code that programs can tell the kinds by, where nobody gave one.
    private static func code(_ kind: Failure.Kind) -> String? {
        switch kind {
        case .invalidRequest: nil
        case .authentication: "invalid_api_key"
        case .permission: "permission_denied"
        case .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .tooLarge: "request_too_large"
        case .contextLength: "context_length_exceeded"
        case .contentBlocked: "content_policy_violation"
        case .rateLimited: "rate_limit_exceeded"
        case .quotaExhausted: "insufficient_quota"
        case .unsupported: "not_implemented"
        case .providerError: "provider_error"
        case .overloaded: "provider_overloaded"
        case .connection: "provider_unreachable"
        case .timeout: "timeout"
        case .prematureEnd: "stream_interrupted"
        case .invalidResponse: "invalid_provider_response"
        case .unavailable: "no_leg_available"
        case .exhausted: "gateway_exhausted"
        case .cancelled: "request_cancelled"
        case .internalError: "internal_error"
        }
    }

    /// The failure for a request body that is no JSON document.
    static func unreadable(_ error: JSONError) -> Failure {
        switch error.kind {
        case .tooLarge: Failure(.tooLarge, error.message, side: .client)
        default: Failure(.invalidRequest, error.message, side: .client, code: "invalid_json")
        }
    }
}
