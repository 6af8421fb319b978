import Gateway
import Routing

/// What a selector's text means with a configuration: its tree, or why it is none.
struct RouteReport {
    /// The text as it was given.
    let text: String
    /// The text after an alias rewrote it; nil when none did.
    let resolved: String?
    let outcome: Result<Selector, SelectorError>

    init(_ text: String, aliases: ModelAliases) {
        self.text = text
        let rewriting = aliases.rewrite(text)
        resolved = rewriting.rule == nil ? nil : rewriting.text
        let effective = resolved ?? text
        outcome = Result { () throws(SelectorError) in try Selector.parse(effective) }
    }

    var parses: Bool {
        if case .success = outcome { return true }
        return false
    }

    // MARK: JSON

    /// The record of one selector.
    var json: JSONText {
        switch outcome {
        case .success(let selector):
            .object([
                "selector": .string(text),
                "resolved": resolved.map { .string($0) },
                "ok": Self.json(selector),
            ])
        case .failure(let error):
            .object([
                "selector": .string(text),
                "resolved": resolved.map { .string($0) },
                "error": .string(error.detail),
                "column": .int(error.column),
            ])
        }
    }

    private static func json(_ selector: Selector) -> JSONText {
        .object([
            "global": .object([
                "ttft_timeout_ms": selector.global.ttftTimeout.map { .int($0.wholeMilliseconds) },
                "affinity": selector.global.affinity.map { .string($0.rawValue) },
            ]),
            "arms": .array(
                selector.arms.map { arm in
                    .object([
                        "kind": .string(arm.kind.rawValue),
                        "legs": .array(arm.legs.map { json($0, in: arm.kind) }),
                    ])
                }),
        ])
    }

    private static func json(_ leaf: Leaf, in kind: Arm.Kind) -> JSONText {
        let parameters = leaf.parameters.map { JSONText.Member(name: $0.name, value: .string($0.first)) }
        return .object([
            "backend": .string(leaf.backend ?? ""),
            "model": .string(leaf.model),
            "params": .object(parameters),
            "weight": kind == .weighted ? .int(leaf.weight) : nil,
            "first": leaf.first ? .bool(true) : nil,
            "handicap_ms": leaf.handicap.map { .int($0.wholeMilliseconds) },
            "ttft_timeout_ms": leaf.ttftTimeout.map { .int($0.wholeMilliseconds) },
            "min_context": leaf.minContext.map { .int($0) },
            "max_context": leaf.maxContext.map { .int($0) },
            "key": .string(leaf.key.text),
        ])
    }

    // MARK: Text

    /// The tree for a person, one line an arm and a leg, without the selector itself.
    func lines(_ configuration: Configuration) -> [String] {
        var lines: [String] = []
        if let resolved { lines.append("becomes \(resolved)") }
        switch outcome {
        case .failure(let error):
            lines.append("error: \(error.detail) (column \(error.column))")
        case .success(let selector):
            if let timeout = selector.global.ttftTimeout {
                lines.append("first output of the request within \(DurationText.format(timeout))")
            }
            if let affinity = selector.global.affinity { lines.append("affinity by \(affinity.rawValue)") }
            for (index, arm) in selector.arms.enumerated() {
                let lead = index == 0 ? "first" : "then"
                switch arm.kind {
                case .single: lines.append("\(lead) \(Self.line(arm.legs[0], in: arm, configuration))")
                case .weighted:
                    lines.append("\(lead) one of")
                    lines += arm.legs.map { "  \(Self.line($0, in: arm, configuration))" }
                case .race:
                    lines.append("\(lead) a race of")
                    lines += arm.legs.map { "  \(Self.line($0, in: arm, configuration))" }
                }
            }
        }
        return lines
    }

    private static func line(_ leaf: Leaf, in arm: Arm, _ configuration: Configuration) -> String {
        var notes: [String] = []
        if arm.kind == .weighted {
            let total = arm.legs.reduce(0.0) { $0 + Double($1.weight) }
            notes.append("weight \(leaf.weight) (\(Int((Double(leaf.weight) / total * 100).rounded())) %)")
        }
        if leaf.first { notes.append("a session's first") }
        if let handicap = leaf.handicap { notes.append("head start \(DurationText.format(handicap))") }
        if let timeout = leaf.ttftTimeout { notes.append("first output within \(DurationText.format(timeout))") }
        if let size = leaf.minContext { notes.append("above \(size) tokens") }
        if let size = leaf.maxContext { notes.append("up to \(size) tokens") }
        notes.append(backendNote(leaf, configuration))
        return "\(leaf.key.text)  [\(notes.joined(separator: ", "))]"
    }

    private static func backendNote(_ leaf: Leaf, _ configuration: Configuration) -> String {
        guard let id = leaf.backend else { return "at the default route's first backend" }
        guard let backend = configuration.backend(id) else { return "UNKNOWN BACKEND" }
        return "\(backend.kind.id), \(InventoryCommand.keys(of: backend))"
    }
}

extension Duration {
    /// Milliseconds, a fraction left out.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(clamping: seconds).multipliedReportingOverflow(by: 1000).partialValue
            + Int(attoseconds / 1_000_000_000_000_000)
    }
}
