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

    /// The types that Anthropic's clients know, by the status that each belongs to.
    private static let types: [Int: String] = [
        400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
        404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error", 500: "api_error",
        504: "timeout_error", overloadedStatus: "overloaded_error",
    ]

    /// The provider's own type where it speaks this dialect, else Anthropic's for the status or, failing that, the kind.
    private static func type(_ failure: Failure) -> String {
        let documented = types[failure.status]
        // OpenAI says `invalid_request_error` of unknown models and wrong keys too. Where lip answers 5xx, the status is
        // its own, and the provider's type tells more.
        if let type = failure.type, types.values.contains(type),
            failure.status >= 500 || documented == nil || documented == type
        {
            return type
        }
        // No credit is told as 429 too, and no key as 400.
        if let documented, (401..<500).contains(failure.status), failure.kind != .quotaExhausted { return documented }
        return switch failure.kind {
        case .invalidRequest, .methodNotAllowed, .contextLength, .contentBlocked, .unsupported: "invalid_request_error"
        case .authentication: "authentication_error"
        case .permission: "permission_error"
        case .notFound: "not_found_error"
        case .tooLarge: "request_too_large"
        case .rateLimited: "rate_limit_error"
        case .quotaExhausted: "billing_error"
        case .timeout: "timeout_error"
        case .overloaded: "overloaded_error"
        // 503 asks to come back; otherwise nothing that passes by itself is in the way, such as keys that were refused.
        case .unavailable: failure.status == 503 ? "overloaded_error" : "api_error"
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
