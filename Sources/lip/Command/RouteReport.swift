import Gateway
import Routing

/// What a selector's text means with a configuration: its tree, or why it is none.
struct RouteReport {
    /// What every report of one run of the command shares.
    struct Context {
        let configuration: Configuration
        let aliases: ModelAliases
        /// The legs of a running gateway; nil when none was asked.
        let live: LiveLegs?
        /// Whether JSON holds what the trees for people hold beside the selector.
        let explainsInJSON: Bool
        /// The backend of legs that name none: the default route's first.
        let defaultBackend: String?
        /// Finds the route of a model's name; nil where the configuration allows of none.
        let resolver: RouteResolver?

        init(_ configuration: Configuration, _ aliases: ModelAliases, live: LiveLegs?, explainsInJSON: Bool) {
            self.configuration = configuration
            self.aliases = aliases
            self.live = live
            self.explainsInJSON = explainsInJSON
            resolver = (try? configuration.routeSettings()).flatMap { try? RouteResolver($0) }
            let route = try? Selector.parse(aliases.rewrite(configuration.routing.defaultRoute).text)
            defaultBackend = route?.arms.first?.legs.first?.backend
        }

        /// A selector that the configuration wrote, with the backends in it that its bare models are found at, and why
        /// they are.
        func found(_ selector: Selector) -> (selector: Selector, reasons: [String]) {
            var filled = selector
            var reasons: [String] = []
            guard let resolver else { return (filled, reasons) }
            for arm in filled.arms.indices {
                for leg in filled.arms[arm].legs.indices {
                    let leaf = filled.arms[arm].legs[leg]
                    guard leaf.backend == nil, let (id, source) = resolver.backend(ofModel: leaf.model) else {
                        continue
                    }
                    filled.arms[arm].legs[leg] = leaf.filled(withBackend: id)
                    let reason = ModelRoute.reason(finding: leaf.model, at: id, source, configuration)
                    let text = "\(leaf.model) is \(id):\(leaf.model), since \(reason)"
                    if !reasons.contains(text) { reasons.append(text) }
                }
            }
            return (filled, reasons)
        }

        func analysis(of selector: Selector) -> RouteAnalysis {
            RouteAnalysis(selector, configuration, defaultBackend: defaultBackend)
        }
    }

    /// The text as it was given.
    let text: String
    /// The text after an alias rewrote it; nil when none did.
    let resolved: String?
    let outcome: Result<Selector, SelectorError>
    private let author: Author

    /// Who wrote a selector: what it means to name no backend follows from that.
    enum Author {
        /// A client: a name alone is a model's name, and a leg among others is the default route's first backend's.
        case client
        /// An alias: a name alone leads on to where a client's model name would.
        case alias
        /// `models` or the default route: each leg is found by its model's name.
        case configuration
    }

    init(_ text: String, aliases: ModelAliases, by author: Author = .client) {
        self.text = text
        let rewriting = aliases.rewrite(text)
        resolved = rewriting.rule == nil ? nil : rewriting.text
        self.author = author == .client && rewriting.rule != nil ? .alias : author
        let effective = resolved ?? text
        outcome = Result { () throws(SelectorError) in try Selector.parse(effective) }
    }

    /// Where a name leads, if what stands there is one.
    private func modelRoute(_ context: Context) -> ModelRoute? {
        switch author {
        case .client: ModelRoute(text, context)
        case .alias: ModelRoute(ofRewritten: resolved ?? text, context)
        case .configuration: nil
        }
    }

    /// Why a request with the text in X-LIP-Route is refused, if the text parses.
    private func refusal(_ context: Context) -> String? {
        guard author == .client, let resolver = context.resolver else { return nil }
        do throws(RouteError) {
            _ = try resolver.resolve(header: text, model: "")
            return nil
        } catch {
            // The leg itself tells of a backend that is not there.
            if case .unknownBackend = error { return nil }
            return error.message
        }
    }

    var parses: Bool {
        if case .success = outcome { return true }
        return false
    }

    // MARK: JSON

    /// The record of one selector.
    func json(_ context: Context) -> JSONText {
        switch outcome {
        case .success(let written):
            let model = modelRoute(context)
            // What a client wrote is shown as it was written.
            let selector =
                author == .client ? written : model?.route?.selector ?? context.found(written).selector
            return .object([
                "selector": .string(text),
                "resolved": resolved.map { .string($0) },
                "ok": Self.json(selector),
                "explain": context.explainsInJSON
                    ? explanation(of: model?.route?.selector ?? selector, model, context) : nil,
            ])
        case .failure(let error):
            return .object([
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

    private func explanation(of selector: Selector, _ model: ModelRoute?, _ context: Context) -> JSONText {
        let analysis = context.analysis(of: selector)
        let arms: [JSONText] = zip(selector.arms, analysis.arms).map { arm, legs in
            .object([
                "legs": .array(
                    zip(arm.legs, legs).map { leaf, leg in
                        .object([
                            "key": .string(leaf.key.text),
                            "backend": leg.backend.map { .string($0) },
                            "start_delay_ms": leg.startDelay.map { .int($0.wholeMilliseconds) },
                            "max_in_flight": leg.inFlightMax.map { .int($0) },
                            "capabilities": leg.capabilities.map { .array($0.map { .string($0) }) },
                            "lacks": leg.lacking.isEmpty ? nil : .array(leg.lacking.map { .string($0) }),
                            "context_window": leg.window.map { .int($0) },
                            "problems": .array(leg.problems.map { .string($0) }),
                            "live": context.live.map { live in
                                leg.backend.map { live.json(LegID(backend: $0, model: leaf.model)) } ?? .null
                            },
                        ])
                    })
            ])
        }
        return .object([
            "model": model?.json, "refused": refusal(context).map { .string($0) }, "arms": .array(arms),
        ])
    }

    // MARK: Text

    /// The tree for a person, one line an arm and a leg, without the selector itself.
    func lines(_ context: Context) -> [String] {
        var lines: [String] = []
        if let resolved { lines.append("becomes \(resolved)") }
        switch outcome {
        case .failure(let error):
            lines.append("error: \(error.detail) (column \(error.column))")
        case .success(let selector):
            if let model = modelRoute(context) {
                let subject = author == .client ? "as a client's model: " : "\(resolved ?? text) is "
                lines.append("\(subject)\(model.text ?? "refused"), since \(model.reason)")
                if let route = model.route { lines += Self.lines(route.selector, context) }
                if let refusal = refusal(context), refusal != model.refusal {
                    lines.append("in X-LIP-Route: refused, since \(refusal)")
                }
                return lines
            }
            if author != .client {
                let (found, reasons) = context.found(selector)
                return lines + reasons + Self.lines(found, context)
            }
            if let refusal = refusal(context) { lines.append("refused: \(refusal)") }
            lines += Self.lines(selector, context)
        }
        return lines
    }

    private static func lines(_ selector: Selector, _ context: Context) -> [String] {
        var lines: [String] = []
        if let timeout = selector.global.ttftTimeout {
            lines.append("first output of the request within \(DurationText.format(timeout))")
        }
        if let affinity = selector.global.affinity { lines.append("affinity by \(affinity.rawValue)") }
        for (index, (arm, legs)) in zip(selector.arms, context.analysis(of: selector).arms).enumerated() {
            lines += Self.lines(arm, legs, lead: index == 0 ? "first" : "then", context)
        }
        return lines
    }

    private static func lines(_ arm: Arm, _ legs: [RouteAnalysis.Leg], lead: String, _ context: Context) -> [String] {
        var lines: [String] = []
        let margin = arm.kind == .single ? "" : "  "
        switch arm.kind {
        case .single: break
        case .weighted: lines.append("\(lead) one of")
        case .race: lines.append("\(lead) a race of")
        }
        for (leaf, leg) in zip(arm.legs, legs) {
            let line = line(leaf, leg, in: arm, context.configuration)
            lines.append(arm.kind == .single ? "\(lead) \(line)" : margin + line)
            lines += leg.problems.map { "\(margin)  ! \($0)" }
            if let live = context.live, let backend = leg.backend {
                lines.append("\(margin)  now: \(live.text(LegID(backend: backend, model: leaf.model)))")
            }
        }
        return lines
    }

    private static func line(
        _ leaf: Leaf, _ leg: RouteAnalysis.Leg, in arm: Arm, _ configuration: Configuration
    ) -> String {
        var notes: [String] = []
        if arm.kind == .weighted {
            let total = arm.legs.reduce(0.0) { $0 + Double($1.weight) }
            notes.append("weight \(leaf.weight) (\(Int((Double(leaf.weight) / total * 100).rounded())) %)")
        }
        if leaf.first { notes.append("a session's first") }
        if let handicap = leaf.handicap { notes.append("head start \(DurationText.format(handicap))") }
        if let delay = leg.startDelay, delay > .zero { notes.append("starts after \(DurationText.format(delay))") }
        if let timeout = leaf.ttftTimeout { notes.append("first output within \(DurationText.format(timeout))") }
        if let size = leaf.minContext { notes.append("above \(size) tokens") }
        if let size = leaf.maxContext { notes.append("up to \(size) tokens") }
        if let bound = leg.inFlightMax { notes.append("\(bound) at once") }
        if let capabilities = leg.capabilities {
            notes.append(capabilities.isEmpty ? "text only" : "can \(capabilities.joined(separator: " "))")
        }
        if !leg.lacking.isEmpty { notes.append("lacks \(leg.lacking.joined(separator: " "))") }
        if let window = leg.window { notes.append("window \(window)") }
        notes.append(backendNote(leaf, configuration))
        return "\(leaf.key.text)  [\(notes.joined(separator: ", "))]"
    }

    private static func backendNote(_ leaf: Leaf, _ configuration: Configuration) -> String {
        guard let id = leaf.backend else {
            // What an alias takes over from a client's text is not known before.
            return leaf.model.contains("$")
                ? "at the backend that the model is found at, else at the default route's first"
                : "at the default route's first backend"
        }
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
