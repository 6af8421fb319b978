/// Which requests a behaviour is for, and how often.
struct Rule {
    /// Conditions that must all hold; one that is not set always holds.
    struct Match {
        /// The model; a trailing `*` matches any rest.
        var model: String?
        var path: String?
        var method: String?
        /// Header fields that must be there, with this value or, for `*`, any.
        var headers: [(name: String, value: String)] = []
        var stream: Bool?
        var bodyContains: String?
        /// Which of the requests that meet the other conditions, counted from 1.
        var nth: [Int] = []
    }

    var name: String
    var match = Match()
    /// How many requests it serves before it is spent.
    var times: Int?
    var behaviour = Behaviour()

    private var seen = 0
    private var served = 0

    init(name: String) { self.name = name }

    /// Whether the rule serves this request; counts it.
    mutating func claims(_ request: ReceivedRequest, model: String?, stream: Bool) -> Bool {
        if let times, served >= times { return false }
        guard holds(for: request, model: model, stream: stream) else { return false }
        seen += 1
        if !match.nth.isEmpty, !match.nth.contains(seen) { return false }
        served += 1
        return true
    }

    private func holds(for request: ReceivedRequest, model: String?, stream: Bool) -> Bool {
        if let wanted = match.model {
            guard let model else { return false }
            guard wanted.hasSuffix("*") ? model.hasPrefix(wanted.dropLast()) : model == wanted else { return false }
        }
        if let path = match.path, path != request.path { return false }
        if let method = match.method, method != request.method { return false }
        if let wanted = match.stream, wanted != stream { return false }
        for (name, value) in match.headers {
            guard let present = request.header(name.lowercased()), value == "*" || value == present else {
                return false
            }
        }
        if let text = match.bodyContains, !contains(request.body, Array(text.utf8)) { return false }
        return true
    }

    private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        guard !part.isEmpty, bytes.count >= part.count else { return part.isEmpty }
        return (0...(bytes.count - part.count)).contains { bytes[$0...].starts(with: part) }
    }
}
