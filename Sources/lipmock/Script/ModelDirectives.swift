/// Reads the behaviour that a model name asks for: `mock` followed by any of
/// `-nN` (content chunks), `-gN` (ms between chunks), `-tN` (ms before the first byte), `-sN` (status), `-xN` (reset
/// after N chunks).
enum ModelDirectives {
    static let statusRange = 100...599
    static let chunkCountMax = 1_000_000

    /// The behaviour for a model name; anything that is not a directive is passed over.
    static func behaviour(for model: String) -> Behaviour {
        var behaviour = Behaviour()
        var reply = Reply()
        guard model.hasPrefix("mock-") else { return behaviour }
        for directive in model.split(separator: "-").dropFirst() {
            guard let value = Int(directive.dropFirst()), value >= 0 else { continue }
            switch directive.first {
            case "n": reply.text = .words(min(value, chunkCountMax))
            case "g": behaviour.gap = .milliseconds(value)
            case "t": behaviour.delay = .milliseconds(value)
            case "s" where statusRange.contains(value): behaviour.status = value
            case "x": behaviour.fault = Fault(kind: .reset, after: value)
            default: break
            }
        }
        if let status = behaviour.status, status != 200 {
            behaviour.body = .error(ErrorReply(status: status, message: "mock failure"))
            if status == 429 { behaviour.headers = [("retry-after", "1")] }
        } else {
            behaviour.body = .reply(reply)
        }
        return behaviour
    }
}
