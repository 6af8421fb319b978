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
        guard failure.parameter != nil || reason != nil || failure.retryAfterSeconds != nil else { return }
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
        if let seconds = failure.retryAfterSeconds {
            json.beginObject()
            json.key("@type")
            json.string("type.googleapis.com/google.rpc.RetryInfo" as StaticString)
            json.key("retryDelay")
            json.string("\(seconds)s")
            json.endObject()
        }
        json.endArray()
    }

    /// Google's word for the status: the provider's own where it spoke this envelope and the status is still the same.
    private static func word(_ failure: Failure) -> String {
        if let type = failure.type, statuses[type] == failure.status { return type }
        return switch failure.status {
        case 401: "UNAUTHENTICATED"
        case 402, 429: "RESOURCE_EXHAUSTED"
        case 403: "PERMISSION_DENIED"
        case 404: "NOT_FOUND"
        case 405, 501: "UNIMPLEMENTED"
        case 408, 504: "DEADLINE_EXCEEDED"
        case 409: "ABORTED"
        case 499: "CANCELLED"
        case ..<500: "INVALID_ARGUMENT"
        case 502, 503: "UNAVAILABLE"
        default: "INTERNAL"
        }
    }

    /// The words that Google's interfaces use, with the status of each (google/rpc/code.proto).
    private static let statuses = [
        "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400, "UNAUTHENTICATED": 401,
        "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ABORTED": 409, "ALREADY_EXISTS": 409, "RESOURCE_EXHAUSTED": 429,
        "CANCELLED": 499, "DATA_LOSS": 500, "UNKNOWN": 500, "INTERNAL": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503,
        "DEADLINE_EXCEEDED": 504,
    ]

    /// The failure for a request body that is no JSON document.
    static func unreadable(_ error: JSONError) -> Failure { OpenAIChatErrors.unreadable(error) }
}
