import Gateway
import Routing
import Transport

/// How the legs of a running gateway stand, by `backend:model`, as `GET /admin/legs` tells it.
struct LiveLegs {
    private let document: JSONDocument
    private var places: [String: Int] = [:]

    /// Nil for JSON that is something else.
    init?(_ document: JSONDocument) {
        guard let legs = document.root["legs"], legs.isArray else { return nil }
        self.document = document
        for (place, leg) in legs.elements.enumerated() {
            guard let id = leg["leg"]?.string else { return nil }
            places[id] = place
        }
    }

    private func row(_ leg: LegID) -> JSONValue? {
        guard let place = places[leg.description], let legs = document.root["legs"] else { return nil }
        return legs.elements.dropFirst(place).first { _ in true }
    }

    /// The leg as the gateway told it; null for one that no request has come to.
    func json(_ leg: LegID) -> JSONText {
        row(leg).map { .raw(String(decoding: $0.raw, as: UTF8.self)) } ?? .null
    }

    /// The leg for a person, on one line.
    func text(_ leg: LegID) -> String {
        guard let row = row(leg) else { return "not used yet" }
        var parts: [String] = []
        if let breaker = Self.breaker(row["breaker"]) { parts.append(breaker) }
        let bound = row["max_in_flight"]?.int.map { " of \($0)" } ?? ""
        parts.append("\(row["in_flight"]?.int ?? 0)\(bound) in flight")
        parts += Self.keys(row["keys"])
        if let counters = row["counters"] {
            parts.append("\(counters["succeeded"]?.int ?? 0) of \(counters["begun"]?.int ?? 0) attempts succeeded")
        }
        if let times = Self.quantiles(row["first_output_ms"]) { parts.append("first output \(times)") }
        if let times = Self.quantiles(row["duration_ms"]) { parts.append("whole answer \(times)") }
        if let idle = row["idle_seconds"]?.double { parts.append("last used \(Self.span(idle)) ago") }
        return parts.joined(separator: ", ")
    }

    private static func breaker(_ breaker: JSONValue?) -> String? {
        switch breaker?["state"]?.string {
        case "open": "breaker open for \(span(breaker?["seconds"]?.double ?? 0)) more"
        case "half_open": "breaker half open\(breaker?["probing"]?.bool == true ? ", a probe is under way" : "")"
        case "closed": "breaker closed"
        default: nil
        }
    }

    /// Only the keys that cannot be used.
    private static func keys(_ keys: JSONValue?) -> [String] {
        guard let keys else { return [] }
        return keys.elements.compactMap { key in
            let number = key["key"]?.int ?? 0
            return switch key["state"]?.string {
            case "resting": "key \(number) rests for \(span(key["seconds"]?.double ?? 0)) more"
            case "refused": "key \(number) was refused"
            default: nil
            }
        }
    }

    private static func quantiles(_ summary: JSONValue?) -> String? {
        guard let summary, let p50 = summary["p50"]?.double, let p90 = summary["p90"]?.double,
            let p99 = summary["p99"]?.double
        else { return nil }
        let shown = [p50, p90, p99].map { span($0 / 1000) }
        return "\(shown[0]) (90 %: \(shown[1]), 99 %: \(shown[2]))"
    }

    private static func span(_ seconds: Double) -> String {
        LineageTree.span(Int64(min(max(seconds, 0), 1e9) * 1e9))
    }
}
