import Transport

/// Anthropic's error envelope: `{"type":"error","error":{"type","message"}}`.
///
/// Source: https://docs.anthropic.com/en/api/errors.
package enum AnthropicErrors {
    /// The status and body that a client gets for a failure before the answer's head went out.
    ///
    /// The type is the one that belongs to the status: clients go by either.
    package static func render(_ failure: Failure) -> (status: Int, body: [UInt8]) {
        (failure.status, body(failure, type: type(of: failure.status)))
    }

    /// The data of an error inside a stream, where no status says what sort of failure it is.
    package static func body(_ failure: Failure) -> [UInt8] {
        body(failure, type: typeInStream(failure))
    }

    private static func body(_ failure: Failure, type: String) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 128 + failure.message.utf8.count)
        json.beginObject()
        json.key("type")
        json.string("error" as StaticString)
        json.key("error")
        json.beginObject()
        json.key("type")
        json.string(type)
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

    /// The type that goes with a status; Anthropic documents `invalid_request_error` for every other 4xx, too.
    private static func type(of status: Int) -> String {
        switch status {
        case 401: "authentication_error"
        case 402: "billing_error"
        case 403: "permission_error"
        case 404: "not_found_error"
        case 409: "conflict_error"
        case 413: "request_too_large"
        case 429: "rate_limit_error"
        case ..<500: "invalid_request_error"
        // Nothing of Anthropic's: a gateway's that is to be asked again later, as 529 of Anthropic's is.
        case 503, 529: "overloaded_error"
        case 504: "timeout_error"
        default: "api_error"
        }
    }

    /// The provider's own type where it speaks this dialect, else Anthropic's for the kind of failure.
    private static func typeInStream(_ failure: Failure) -> String {
        if failure.status < 500 { return type(of: failure.status) }
        if let type = failure.type, ["api_error", "overloaded_error", "timeout_error"].contains(type) { return type }
        return failure.kind == .overloaded ? "overloaded_error" : type(of: failure.status)
    }

    /// The failure for a request body that is no JSON document.
    static func unreadable(_ error: JSONError) -> Failure {
        switch error.kind {
        case .tooLarge: Failure(.tooLarge, error.message, side: .client)
        default: Failure(.invalidRequest, error.message, side: .client, code: "invalid_json")
        }
    }
}
