import Routing
import Runtime

/// Selectors in a short form that tables of expectations can hold.
///
/// `G(ttft=60s) W(w3 <a, m> x=1 ^ w1 first <-, n>) => P(h10s <a, m> ! <b, m>)`; a single leaf stands bare.
extension Selector {
    var shorthand: String {
        var globals: [String] = []
        if let timeout = global.ttftTimeout { globals.append("ttft=\(timeout.shorthand)") }
        if let affinity = global.affinity { globals.append("affinity=\(affinity.rawValue)") }
        let prefix = globals.isEmpty ? "" : "G(\(globals.joined(separator: " "))) "
        return prefix + arms.map(\.shorthand).joined(separator: " => ")
    }
}

extension Arm {
    var shorthand: String {
        switch kind {
        case .single: legs.map(\.shorthand).joined(separator: " ?? ")
        case .weighted: "W(\(legs.map { "w\($0.weight) \($0.shorthand)" }.joined(separator: " ^ ")))"
        case .race: "P(\(legs.map(\.shorthand).joined(separator: " ! ")))"
        }
    }
}

extension Leaf {
    var shorthand: String {
        var words: [String] = []
        if first { words.append("first") }
        if let handicap { words.append("h\(handicap.shorthand)") }
        if let ttftTimeout { words.append("ttft\(ttftTimeout.shorthand)") }
        if let minContext { words.append("min\(minContext)") }
        if let maxContext { words.append("max\(maxContext)") }
        words.append("<\(backend ?? "-"), \(model)>")
        for parameter in parameters {
            for value in parameter.values { words.append("\(parameter.name)=\(value)") }
        }
        return words.joined(separator: " ")
    }
}

extension Duration {
    var shorthand: String {
        let nanoseconds = wholeNanoseconds
        return nanoseconds % 1_000_000_000 == 0
            ? "\(nanoseconds / 1_000_000_000)s" : "\(Double(nanoseconds) / 1e6)ms"
    }
}
