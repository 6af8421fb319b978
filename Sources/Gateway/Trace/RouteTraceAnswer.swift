import Routing
import Runtime
import Transport

/// The answer of `GET /debug/route_trace`.
struct RouteTraceAnswer {
    var status = 200
    var type = "application/json"
    var body: [UInt8]

    /// Chooses among the entries of all loops; the query is what follows the `?`.
    ///
    /// - Parameters:
    ///   - rings: The decisions of each loop, oldest first.
    ///   - now: The present on the monotonic clock and on the wall's, by which decisions get their times.
    init(_ rings: [[RouteTraceEntry]], _ query: ArraySlice<UInt8>?, now: (MonotonicInstant, Timestamp)) {
        var (requestID, limit): (String?, Int) = (nil, RouteTrace.entryCountMax)
        for (name, value) in QueryText(query)?.parameters ?? [("", "")] {
            switch name {
            case "request_id": requestID = value
            case "limit":
                guard let count = Int(value), (1...RouteTrace.entryCountMax).contains(count) else {
                    self = .refusal("limit must be from 1 to \(RouteTrace.entryCountMax)")
                    return
                }
                limit = count
            case "":
                self = .refusal("malformed query")
                return
            default:
                self = .refusal("unknown parameter; known are request_id, limit")
                return
            }
        }
        // What one loop noted within a turn has one time, and keeps its order.
        let all = rings.flatMap(\.self).enumerated().sorted {
            ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
        }
        var entries = all.suffix(RouteTrace.entryCountMax).map(\.element)[...]
        if let requestID { entries = entries.filter { $0.requestID == InlineText(requestID) }[...] }
        var writer = JSONWriter()
        writer.beginArray()
        for entry in entries.suffix(limit) { entry.write(into: &writer, now: now) }
        writer.endArray()
        body = writer.bytes
    }

    private init(status: Int, type: String, body: [UInt8]) {
        self.status = status
        self.type = type
        self.body = body
    }

    private static func refusal(_ reason: String) -> RouteTraceAnswer {
        RouteTraceAnswer(status: 400, type: "text/plain; charset=utf-8", body: Array("\(reason)\n".utf8))
    }
}

extension RouteTraceEntry {
    fileprivate func write(into writer: inout JSONWriter, now: (MonotonicInstant, Timestamp)) {
        let wall = now.1.nanoseconds - (now.0 - time).wholeNanoseconds
        writer.beginObject()
        writer.key("time")
        writer.string(Timestamp(nanoseconds: wall).preciseText)
        writer.key("request_id")
        writer.string(requestID.string)
        writer.key("selector")
        writer.string(selector)
        writer.key("decision")
        writer.string(decision.rawValue)
        if let leg {
            writer.key("leg")
            writer.string(leg.description)
        }
        if let attempt {
            writer.key("attempt")
            writer.int(attempt)
        }
        let words = detail.words(at: now.0)
        if !words.isEmpty {
            writer.key("detail")
            writer.string(words)
        }
        writer.endObject()
    }
}

extension RouteTraceEntry.Detail {
    /// The reason for a person; times are counted from now.
    fileprivate func words(at now: MonotonicInstant) -> String {
        switch self {
        case .none: ""
        case .words(let words): words.description
        case .refusal(let refusal): refusal.words
        case .lacks(let lacking): "lacks \(lacking.names.joined(separator: ", "))"
        case .unfit(let tokens): "min_context or max_context excludes the estimated \(tokens) tokens"
        case .key(let index): "with key \(index + 1)"
        case .duration(let duration): "\(duration.milliseconds) ms"
        case .failure(let row, let status, let message):
            "\(row): \(status.map { "status \($0), " } ?? "")\(message)"
        case .answer(let status, let message): "\(status): \(message)"
        }
    }
}

extension LegRefusal {
    /// The reason as people and tools are told it.
    var words: String {
        switch self {
        case .key(.coolingDown): "every key rests"
        case .key(.disabled): "the provider refused every key"
        case .key(.missing): "no key"
        case .breakerOpen: "the breaker is open"
        case .busy: "max_in_flight attempts are under way"
        case .retryBudget: "the retry budget is spent"
        }
    }
}
