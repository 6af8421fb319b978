import Dialects
import Gateway
import Routing

/// What a configuration means for the legs of a selector: when each starts, what it can do, and what keeps it from being
/// of use.
struct RouteAnalysis {
    /// One leg of the selector.
    struct Leg: Hashable {
        /// The backend that serves it; nil where none of that name is configured.
        var backend: String?
        /// How long after the race's start it is opened; nil outside of races.
        var startDelay: Duration?
        /// The bounds of attempts in flight, the model's and the backend's; nil where neither has one.
        var inFlightMax: Int?
        /// What it is known to be able to do; nil where everything is assumed.
        var capabilities: [String]?
        /// What the catalogue says that it lacks, where the configuration says nothing of what it can do.
        var lacking: [String] = []
        /// How much it takes in tokens, where that is known.
        var window: Int?
        /// Why it is never or seldom tried, in words.
        var problems: [String] = []
        /// Those of the problems that come of what is written beside the legs, not of what the backends lack.
        var misfits: [String] = []

        fileprivate mutating func add(misfit: String) {
            problems.append(misfit)
            misfits.append(misfit)
        }
    }

    /// By arm, in written order.
    private(set) var arms: [[Leg]] = []
    private let configuration: Configuration
    private let defaultBackend: String?
    private let views: [String: CatalogueView]

    /// - Parameter defaultBackend: The backend of legs that name none.
    init(_ selector: Selector, _ configuration: Configuration, defaultBackend: String?) {
        self.configuration = configuration
        self.defaultBackend = defaultBackend
        views = configuration.catalogueViews
        var seen: Set<CandidateKey> = []
        var unfailing: (arm: Int, leaf: Leaf)?
        for (place, arm) in selector.arms.enumerated() {
            let largest = arm.legs.compactMap(\.handicap).max() ?? .zero
            var inRace: Set<CandidateKey> = []
            var legs: [Leg] = []
            for leaf in arm.legs {
                var leg = leg(leaf)
                if arm.kind == .race { leg.startDelay = largest - (leaf.handicap ?? .zero) }
                if let problem = budgetProblem(leaf, leg.startDelay, selector.global) { leg.add(misfit: problem) }
                if seen.contains(key(of: leaf)) {
                    leg.problems.append("not tried again: it stands in an earlier alternative")
                } else if arm.kind == .race, !inRace.insert(key(of: leaf)).inserted {
                    leg.add(misfit: "runs once: it stands in the race before")
                }
                // One that refuses every request needs no other reason.
                if let unfailing, leg.backend != nil {
                    leg.add(
                        misfit:
                            "tried only for what \(unfailing.leaf.key) in alternative \(unfailing.arm + 1) cannot do, since that never fails"
                    )
                } else if place >= configuration.routing.attemptsMax {
                    leg.problems.append(
                        "tried only when an alternative before it is skipped: max_attempts is \(configuration.routing.attemptsMax)"
                    )
                }
                legs.append(leg)
            }
            arms.append(legs)
            // One that was left out for a request's size may stand again under other bounds.
            for leaf in arm.legs where !leaf.isSizeBound { seen.insert(key(of: leaf)) }
            if unfailing == nil, let leaf = arm.legs.first(where: { neverFails($0) }) { unfailing = (place, leaf) }
        }
    }

    private func backend(of leaf: Leaf) -> BackendConfiguration? {
        (leaf.backend ?? defaultBackend).flatMap(configuration.backend)
    }

    /// The key of the leg as the gateway sees it, with a backend.
    private func key(of leaf: Leaf) -> CandidateKey {
        defaultBackend.map { leaf.filled(withBackend: $0).key } ?? leaf.key
    }

    private func leg(_ leaf: Leaf) -> Leg {
        guard let backend = backend(of: leaf) else {
            let name = leaf.backend ?? "the default route's first"
            return Leg(problems: ["refuses every request: no backend is called \(name)"])
        }
        let model = backend.models.first { $0.name == leaf.model }
        var leg = Leg(backend: backend.id)
        // What an alias takes over from a client's text is not known before.
        for problem in RouteParameters.problems(
            of: leaf, ignoring: { $0.name.contains("$") || $0.first.contains("$") })
        {
            leg.problems.append("refuses every request: \(problem)")
        }
        leg.inFlightMax = [model?.inFlightMax, backend.inFlightMax].compactMap(\.self).min()
        let facts = ModelFacts(leaf.model, at: backend, views[backend.id])
        if facts.capabilities?.origin != .catalogue { leg.capabilities = facts.capabilities?.names }
        leg.lacking = facts.lacking
        leg.window = facts.window?.tokens
        if !backend.hasUsableCredentials { leg.problems.append("never tried: its backend has no key") }
        if !backend.models.isEmpty, backend.discovery == nil, model == nil {
            leg.problems.append("its backend does not list the model")
        }
        for name in RouteParameters.unknownNames(of: leaf) {
            let suggestion = Suggestion.didYouMean(name, among: RouteParameters.names).map { "; \($0)" } ?? ""
            leg.problems.append("the route parameter \(quoted(name)) is not known and left out\(suggestion)")
        }
        for parameter in leaf.parameters where backend.kind.placelessParameters.contains(parameter.name) {
            leg.problems.append(
                "the route parameter \(quoted(parameter.name)) has no place at kind \(backend.kind.id) and is left out")
        }
        if let window = leg.window {
            if let least = leaf.minContext, least >= window {
                leg.add(misfit: "of no use: it takes requests above \(least) tokens, and its window is \(window)")
            } else if let most = leaf.maxContext, most > window {
                leg.add(misfit: "takes requests up to \(most) tokens, but its window is \(window)")
            }
        }
        return leg
    }

    private func budgetProblem(_ leaf: Leaf, _ delay: Duration?, _ global: GlobalParameters) -> String? {
        guard let budget = global.ttftTimeout else { return nil }
        let route = DurationText.format(budget)
        if let delay, delay >= budget {
            return
                "starts only when those with a head start fail: its delay of \(DurationText.format(delay)) is not below the route's ttft_timeout of \(route)"
        }
        guard let own = leaf.ttftTimeout, own + (delay ?? .zero) >= budget else { return nil }
        return "its ttft_timeout has no effect: the route's of \(route) passes first"
    }

    /// Whether nothing that is tried behind it is ever tried, but for requests that it takes no part in.
    private func neverFails(_ leaf: Leaf) -> Bool {
        guard let backend = backend(of: leaf), backend.kind.wire == .inProcess, !leaf.isSizeBound else { return false }
        let own = backend.models.first { $0.name == leaf.model }?.inFlightMax
        return backend.inFlightMax == nil && own == nil
    }
}
