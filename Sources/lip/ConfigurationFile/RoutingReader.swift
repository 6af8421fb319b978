import Gateway
import Routing
import Runtime

/// A selector of the file, where it stands, and what it is for.
struct ConfiguredSelector {
    /// What a selector serves.
    enum Role: Hashable {
        case defaultRoute
        /// The replacement of the alias with this index.
        case alias(Int)
        /// The selector of the logical model with this name.
        case model(String)
    }

    var role: Role
    var text: LocatedText
}

/// Reads `routing`, `model_aliases` and `models`.
struct RoutingReader {
    static let aliasCountMax = 1000
    static let modelCountMax = 10_000

    let context: ReadingContext
    /// The selectors read so far, for checking against the backends.
    private(set) var selectors: [ConfiguredSelector] = []
    /// The pattern of each alias, by its index in ``Configuration/modelAliases``.
    private(set) var patterns: [LocatedText] = []
    /// Where each logical model's name stands.
    private(set) var modelMarks: [YAMLMark] = []

    init(context: ReadingContext) {
        self.context = context
    }

    mutating func readRouting(_ section: SectionReader, into routing: inout RoutingConfiguration) {
        if let text = section.text("default_route") {
            routing.defaultRoute = text.text.trimmed
            selectors.append(ConfiguredSelector(role: .defaultRoute, text: text))
        }
        routing.attemptsMax = section.int("max_attempts", in: 1...100) ?? routing.attemptsMax
        section.choice("unknown_model", into: &routing.unknownModel)
        section.duration("retry_wait_max", into: &routing.retryWaitMax, atLeast: .zero)
        if let budget = section.section("retry_budget") {
            routing.retryBudget.share = budget.double("share", above: 0, upTo: 1) ?? routing.retryBudget.share
            routing.retryBudget.minimum = budget.int("min", in: 0...1_000_000) ?? routing.retryBudget.minimum
            budget.finish()
        }
        if let health = section.section("health") {
            if let breaker = health.section("circuit_breaker") {
                readBreaker(breaker, into: &routing.circuitBreaker)
            }
            health.finish()
        }
        if let affinity = section.section("affinity") { readAffinity(affinity, into: &routing.affinity) }
        section.finish(hints: ["circuit_breaker": "it stands in routing.health"])
    }

    private func readAffinity(_ section: SectionReader, into affinity: inout AffinityConfiguration) {
        section.choice("missing_identity", into: &affinity.missingIdentity)
        affinity.bindingsMax = section.int("max_bindings", in: 1...10_000_000) ?? affinity.bindingsMax
        section.duration("ttl", into: &affinity.timeToLive, atLeast: .seconds(1))
        section.finish(hints: ["store": "bindings are kept in memory"])
    }

    private func readBreaker(_ section: SectionReader, into breaker: inout CircuitBreakerConfiguration) {
        section.bool("enabled", into: &breaker.isEnabled)
        breaker.failureThreshold = section.int("failure_threshold", in: 1...1_000_000) ?? breaker.failureThreshold
        breaker.failureShare = section.double("failure_share", above: 0, upTo: 1)
        section.duration("window", into: &breaker.window, atLeast: .seconds(1))
        section.duration("open_for", into: &breaker.openFor)
        if section.node("open_for_max") != nil {
            section.duration("open_for_max", into: &breaker.openForMax, atLeast: breaker.openFor)
        } else {
            breaker.openForMax = max(breaker.openForMax, breaker.openFor)
        }
        section.finish()
    }

    mutating func readAliases(_ items: [(path: String, node: YAMLNode)]) -> [ModelAlias] {
        var aliases: [ModelAlias] = []
        if items.count > Self.aliasCountMax {
            context.log.error(
                "more than \(Self.aliasCountMax) aliases", path: "model_aliases",
                at: items[Self.aliasCountMax].node.mark)
        }
        for (path, node) in items.prefix(Self.aliasCountMax) {
            guard case .mapping(let pairs) = node.content else {
                context.wrong(node, path: path, expected: "a mapping with pattern and replacement")
                continue
            }
            let section = SectionReader(pairs, path: path, mark: node.mark, context: context)
            let pattern = section.text("pattern")
            let replacement = section.text("replacement")
            for key in ["pattern", "replacement"] where section.node(key) == nil {
                context.log.error("an alias needs a \(key)", path: path, at: node.mark)
            }
            section.finish()
            guard let pattern, let replacement else { continue }
            selectors.append(ConfiguredSelector(role: .alias(aliases.count), text: replacement))
            patterns.append(pattern)
            aliases.append(ModelAlias(pattern: pattern.text, replacement: replacement.text))
        }
        return aliases
    }

    mutating func readModels(_ section: SectionReader) -> [LogicalModel] {
        var models: [LogicalModel] = []
        if section.keys.count > Self.modelCountMax {
            context.log.error("more than \(Self.modelCountMax) models", path: section.path, at: section.mark)
        }
        for (name, mark) in section.keys.prefix(Self.modelCountMax) {
            let selector = section.text(name)
            guard !name.trimmed.isEmpty else {
                context.log.error("a model needs a name", path: section.path, at: mark)
                continue
            }
            guard let selector else { continue }
            selectors.append(ConfiguredSelector(role: .model(name), text: selector))
            modelMarks.append(mark)
            models.append(LogicalModel(name: name, selector: selector.text.trimmed))
        }
        return models
    }
}
