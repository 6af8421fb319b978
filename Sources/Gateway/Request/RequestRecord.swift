import Dialects
import Runtime

/// What one request leaves behind for the access log, the metrics and, later, the lineage.
struct RequestRecord {
    /// One attempt at a leg.
    struct Attempt {
        var backend: String
        var model: String
        var outcome: AttemptOutcome
        /// Why it failed; nil for success.
        var reason: String?
        var start: MonotonicInstant
        var firstOutput: MonotonicInstant?
        var end: MonotonicInstant
        var providerStatus: Int?
    }

    let id: String
    let endpoint: Endpoint
    let start: MonotonicInstant
    /// The model as the client named it.
    var model: String?
    /// The selector that was used, after aliases.
    var selector: String?
    var isStreamed = false
    var attempts: [Attempt] = []
    var firstOutput: MonotonicInstant?
    var usage: Usage?
    /// The failure that the client was told.
    var failure: Failure?

    init(id: String, endpoint: Endpoint, start: MonotonicInstant) {
        self.id = id
        self.endpoint = endpoint
        self.start = start
    }

    /// The fields of the access log line.
    func logFields(status: Int, bytesOut: Int, end: MonotonicInstant) -> [(String, LogValue)] {
        var fields: [(String, LogValue)] = [
            ("request_id", .string(id)), ("route", .string(endpoint.rawValue)), ("status", .integer(status)),
            ("duration_ms", .number((end - start).milliseconds)), ("bytes_out", .integer(bytesOut)),
        ]
        if let model { fields.append(("model", .string(model))) }
        if let selector, selector != model { fields.append(("selector", .string(selector))) }
        if endpoint == .chatCompletions { fields.append(("stream", .flag(isStreamed))) }
        if let last = attempts.last {
            fields.append(("attempts", .integer(attempts.count)))
            fields.append(("backend", .string(last.backend)))
            fields.append(("backend_model", .string(last.model)))
        }
        if let firstOutput { fields.append(("first_output_ms", .number((firstOutput - start).milliseconds))) }
        if let usage {
            fields.append(("input_tokens", .integer(usage.input)))
            fields.append(("output_tokens", .integer(usage.output)))
        }
        if let failure {
            fields.append(("error_kind", .string(failure.kind.rawValue)))
            fields.append(("error", .string(failure.message)))
        }
        return fields
    }
}

extension Duration {
    /// The duration in milliseconds to the microsecond, for log lines.
    var milliseconds: Double {
        Double(wholeNanoseconds / 1000) / 1000
    }
}
