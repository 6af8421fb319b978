import Transport

/// Google's error envelope: `{"error":{"code","message","status","details"}}`
/// (https://cloud.google.com/apis/design/errors#http_mapping).
package enum GeminiErrors {
    /// The status and body that a client gets for a failure before the answer's head went out.
    package static func render(_ failure: Failure) -> (status: Int, body: [UInt8]) {
        (failure.status, body(failure))
    }

    /// The envelope alone, which is also the error inside a stream; `error` must be its first member there.
    package static func body(_ failure: Failure) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 160 + failure.message.utf8.count)
        json.beginObject()
        json.key("error")
        json.beginObject()
        json.key("code")
        json.int(failure.status)
        json.key("message")
        json.string(failure.message)
        json.key("status")
        json.string(word(failure))
        writeDetails(failure, &json)
        json.endObject()
        json.endObject()
        return json.bytes
    }

    private static func writeDetails(_ failure: Failure, _ json: inout JSONWriter) {
        // A number is the status again.
        let reason = failure.code.flatMap { Int($0) == nil ? $0 : nil }
        guard failure.parameter != nil || reason != nil || failure.retryAfter != nil else { return }
        json.key("details")
        json.beginArray()
        if let parameter = failure.parameter {
            json.beginObject()
            json.key("@type")
            json.string("type.googleapis.com/google.rpc.BadRequest" as StaticString)
            json.key("fieldViolations")
            json.beginArray()
            json.beginObject()
            json.key("field")
            json.string(parameter)
            json.key("description")
            json.string(failure.message)
            json.endObject()
            json.endArray()
            json.endObject()
        }
        if let reason {
            json.beginObject()
            json.key("@type")
            json.string("type.googleapis.com/google.rpc.ErrorInfo" as StaticString)
            json.key("reason")
            json.string(reason)
            json.key("domain")
            json.string("lip" as StaticString)
            json.endObject()
        }
        if let delay = failure.retryAfter {
            let (seconds, attoseconds) = delay.components
            json.beginObject()
            json.key("@type")
            json.string("type.googleapis.com/google.rpc.RetryInfo" as StaticString)
            json.key("retryDelay")
            json.string("\(max(0, seconds) + (attoseconds > 0 ? 1 : 0))s")
            json.endObject()
        }
        json.endArray()
    }

    /// Google's word for the status: the provider's own where it spoke this envelope.
    private static func word(_ failure: Failure) -> String {
        if let type = failure.type, words.contains(type) { return type }
        return switch failure.kind {
        case .invalidRequest, .tooLarge, .contextLength: "INVALID_ARGUMENT"
        // Some providers refuse content with 403.
        case .contentBlocked: word(failure.status)
        case .authentication: failure.status == 401 ? "UNAUTHENTICATED" : word(failure.status)
        case .permission: failure.status == 403 ? "PERMISSION_DENIED" : word(failure.status)
        case .notFound: "NOT_FOUND"
        case .methodNotAllowed, .unsupported: "UNIMPLEMENTED"
        case .rateLimited, .quotaExhausted: "RESOURCE_EXHAUSTED"
        case .providerError, .connection, .invalidResponse, .prematureEnd: word(failure.status)
        case .overloaded, .unavailable: "UNAVAILABLE"
        case .timeout: "DEADLINE_EXCEEDED"
        case .cancelled: "CANCELLED"
        case .internalError: "INTERNAL"
        }
    }

    private static func word(_ status: Int) -> String {
        switch status {
        case 401: "UNAUTHENTICATED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 409: "ABORTED"
        case 429: "RESOURCE_EXHAUSTED"
        case 499: "CANCELLED"
        case 501: "UNIMPLEMENTED"
        case 502, 503: "UNAVAILABLE"
        case 504: "DEADLINE_EXCEEDED"
        case 400..<500: "INVALID_ARGUMENT"
        case 500...: "INTERNAL"
        default: "UNKNOWN"
        }
    }

    /// The words that Google's interfaces use.
    private static let words: Set<String> = [
        "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNAUTHENTICATED", "PERMISSION_DENIED", "NOT_FOUND",
        "ABORTED", "ALREADY_EXISTS", "RESOURCE_EXHAUSTED", "CANCELLED", "DATA_LOSS", "UNKNOWN", "INTERNAL",
        "UNIMPLEMENTED", "UNAVAILABLE", "DEADLINE_EXCEEDED",
    ]

    /// The failure for a request body that is no JSON document.
    static func unreadable(_ error: JSONError) -> Failure { OpenAIChatErrors.unreadable(error) }
}
