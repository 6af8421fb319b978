import Runtime
import Transport

/// One request that was received, and what became of its answer.
final class LogEntry {
    enum Outcome: String {
        case inProgress = "in_progress"
        /// The whole answer went out.
        case completed
        /// The other side hung up first.
        case clientGone = "client_gone"
        /// The script cut the connection.
        case cut
    }

    let id: Int
    let connection: Int
    let request: ReceivedRequest
    let model: String?
    let stream: Bool
    /// The rule that served it; nil when the model's name did.
    let rule: String?
    let arrived: MonotonicInstant
    /// When the answer's first byte went out.
    var answered: MonotonicInstant?
    /// When the answer ended, or the other side hung up.
    var ended: MonotonicInstant?
    var outcome = Outcome.inProgress
    var status = 0
    var chunksSent = 0
    var bytesSent = 0
    /// The gate at which the answer waits.
    var gate: String?

    init(
        id: Int, connection: Int, request: ReceivedRequest, model: String?, stream: Bool, rule: String?,
        arrived: MonotonicInstant
    ) {
        self.id = id
        self.connection = connection
        self.request = request
        self.model = model
        self.stream = stream
        self.rule = rule
        self.arrived = arrived
    }

    func write(into json: inout JSONWriter) {
        json.beginObject()
        json.key("id")
        json.int(id)
        json.key("connection")
        json.int(connection)
        json.key("method")
        json.string(request.method)
        json.key("path")
        json.string(request.target)
        json.key("headers")
        json.beginArray()
        for (name, value) in request.headers {
            json.beginArray()
            json.string(name)
            json.string(value)
            json.endArray()
        }
        json.endArray()
        if let body = String(validating: request.body, as: UTF8.self) {
            json.key("body")
            json.string(body)
        } else {
            json.key("body_hex")
            json.string(request.body.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
        }
        write("model", model, into: &json)
        json.key("stream")
        json.bool(stream)
        write("rule", rule, into: &json)
        json.key("status")
        json.int(status)
        json.key("outcome")
        json.string(outcome.rawValue)
        write("gate", gate, into: &json)
        json.key("chunks_sent")
        json.int(chunksSent)
        json.key("bytes_sent")
        json.int(bytesSent)
        write("arrived_ns", arrived, into: &json)
        write("answered_ns", answered, into: &json)
        write("ended_ns", ended, into: &json)
        write("disconnected_ns", outcome == .clientGone ? ended : nil, into: &json)
        json.endObject()
    }

    private func write(_ key: String, _ text: String?, into json: inout JSONWriter) {
        json.key(key)
        if let text { json.string(text) } else { json.null() }
    }

    private func write(_ key: String, _ instant: MonotonicInstant?, into json: inout JSONWriter) {
        json.key(key)
        if let instant { json.int(Int(instant.nanoseconds)) } else { json.null() }
    }
}
