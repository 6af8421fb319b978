import Transport

/// Anthropic's error envelope: `{"type":"error","error":{"type","message"}}`.
///
/// Source: https://docs.anthropic.com/en/api/errors.
package enum AnthropicErrors {
    /// What Anthropic answers when it has no capacity.
    static let overloadedStatus = 529

    /// The status and body that a client gets for a failure before the answer's head went out.
    package static func render(_ failure: Failure) -> (status: Int, body: [UInt8]) {
        let isOverload = failure.kind == .overloaded && failure.status >= 500
        return (isOverload ? overloadedStatus : failure.status, body(failure))
    }

    /// The envelope alone, which is also the data of an error inside a stream.
    package static func body(_ failure: Failure) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 128 + failure.message.utf8.count)
        json.beginObject()
        json.key("type")
        json.string("error" as StaticString)
        json.key("error")
        json.beginObject()
        json.key("type")
        json.string(type(failure))
        json.key("message")
        json.string(failure.message)
        if let code = failure.code {
            json.key("details")
            json.beginObject()
            json.key("error_code")
            json.string(code)
            json.endObject()
        }
        json.endObject()
        json.endObject()
        return json.bytes
    }

    /// The types that Anthropic's clients know.
    private static let types: Set<String> = [
        "invalid_request_error", "authentication_error", "billing_error", "permission_error", "not_found_error",
        "request_too_large", "rate_limit_error", "timeout_error", "api_error", "overloaded_error",
    ]

    /// The provider's own type where it speaks this dialect, else Anthropic's for this kind.
    private static func type(_ failure: Failure) -> String {
        if let type = failure.type, types.contains(type) { return type }
        return switch failure.kind {
        case .invalidRequest, .methodNotAllowed, .contextLength, .contentBlocked, .unsupported: "invalid_request_error"
        case .authentication: "authentication_error"
        case .permission: "permission_error"
        case .notFound: "not_found_error"
        case .tooLarge: "request_too_large"
        case .rateLimited: "rate_limit_error"
        case .quotaExhausted: "billing_error"
        case .timeout: "timeout_error"
        case .overloaded, .unavailable: "overloaded_error"
        case .providerError, .connection, .prematureEnd, .invalidResponse, .internalError, .cancelled: "api_error"
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
