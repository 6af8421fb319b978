import Dialects
import Gateway
import Routing

/// Checks the legs of configured selectors that name no backend: what they lead to, if it is not what they look like.
struct BareModelCheck {
    let log: IssueLog
    let configuration: Configuration
    let selectors: [ConfiguredSelector]
    let aliases: ModelAliases
    let finder: BackendFinder
    /// The default route's first backend.
    let defaultBackend: String

    /// A selector as requests meet it.
    private struct Subject {
        let configured: ConfiguredSelector
        let selector: Selector
        /// The text that an alias made of it; nil where none did.
        let rewritten: String?

        /// Where a leg stands; of what an alias made, where the selector stands that it rewrote.
        func mark(of leaf: Leaf) -> YAMLMark {
            rewritten == nil ? configured.text.mark(atCharacter: leaf.column - 1) : configured.text.node.mark
        }

        /// Whether a name without anything beside it is all that there is.
        var isName: Bool {
            selector.arms.count == 1 && selector.arms[0].kind == .single
                && selector
                    == Selector(
                        arms: [Arm(kind: .single, legs: [Leaf(backend: nil, model: selector.arms[0].legs[0].model)])])
        }
    }

    /// Reports every such leg that is no model, or that nothing knows.
    func run() {
        for configured in selectors {
            guard let subject = subject(configured) else { continue }
            for leaf in subject.selector.leaves {
                checkRewritten(leaf, in: subject)
                if leaf.backend == nil { check(leaf, in: subject) }
            }
        }
    }

    private func subject(_ configured: ConfiguredSelector) -> Subject? {
        var rewritten: String?
        // A replacement is not rewritten again.
        if case .alias = configured.role {
        } else {
            let rewriting = aliases.rewrite(configured.text.text)
            if rewriting.rule != nil { rewritten = rewriting.text }
        }
        do throws(SelectorError) {
            let selector = try Selector.parse(rewritten ?? configured.text.text)
            return Subject(configured: configured, selector: selector, rewritten: rewritten)
        } catch {
            log.error(
                "rewritten by an alias to \(quoted(rewritten ?? "")), it is not a route selector: \(error.detail)",
                path: configured.text.path, at: configured.text.node.mark)
            return nil
        }
    }

    private func checkRewritten(_ leaf: Leaf, in subject: Subject) {
        // The default route and what was not rewritten have been checked.
        guard let rewritten = subject.rewritten, subject.configured.role != .defaultRoute else { return }
        for problem in RouteParameters.problems(of: leaf) {
            log.error(
                "rewritten by an alias to \(quoted(rewritten)), it is refused: \(problem)",
                path: subject.configured.text.path, at: subject.mark(of: leaf))
        }
        guard let id = leaf.backend, configuration.backend(id) == nil else { return }
        log.error(
            "rewritten by an alias to \(quoted(rewritten)), it names the backend \(quoted(id)), which is not configured",
            path: subject.configured.text.path, at: subject.mark(of: leaf))
    }

    private func check(_ leaf: Leaf, in subject: Subject) {
        let name = leaf.model
        let role = subject.configured.role
        // An alias may take a name over from the text that it rewrites.
        if case .alias = role, name.contains("$") { return }
        guard finder.find(name) == nil else { return }
        if configuration.models.contains(where: { $0.name == name }) {
            switch role {
            case .alias where subject.isName: return
            case .model(name) where subject.rewritten == nil: break
            case .model(name):
                return refuse(
                    "the logical model leads to itself: an alias makes \(quoted(name)) of its selector", leaf, subject,
                    "write the model as backend:model")
            case .alias, .model, .defaultRoute:
                return refuse(
                    "\(quoted(name)) is a logical model, which cannot stand in a selector", leaf, subject,
                    "write its own selector, or the model as backend:model")
            }
        } else if configuration.backend(name) != nil {
            return refuse(
                "names the backend \(quoted(name)) without a model", leaf, subject, "write \(quoted("\(name):MODEL"))")
        }
        // Who is asked for its models may turn out to have it.
        guard !isDiscovering else { return }
        log.warning(
            "no backend lists the model \(quoted(name)), and the catalogue leads to none: \(fate(in: subject))",
            path: subject.configured.text.path, at: subject.mark(of: leaf),
            suggestion: Suggestion.didYouMean(name, among: known) ?? "write it as backend:model")
    }

    private func refuse(_ problem: String, _ leaf: Leaf, _ subject: Subject, _ suggestion: String) {
        let (path, mark) = (subject.configured.text.path, subject.mark(of: leaf))
        if isDiscovering {
            log.warning(
                "\(problem): requests are refused unless a backend is found to have a model of that name", path: path,
                at: mark, suggestion: suggestion)
        } else {
            log.error(problem, path: path, at: mark, suggestion: suggestion)
        }
    }

    /// What becomes of a request whose model nothing knows.
    private func fate(in subject: Subject) -> String {
        let passes = "it will be asked of the default route's first backend, \(quoted(defaultBackend))"
        guard case .alias = subject.configured.role, subject.isName else { return passes }
        return switch configuration.routing.unknownModel {
        case .pass: "\(passes), since unknown_model is pass"
        case .defaultRoute: "the default route will serve it, since unknown_model is default_route"
        case .notFound: "requests for it will be refused, since unknown_model is not_found"
        }
    }

    private var isDiscovering: Bool { configuration.backends.contains { $0.discovery != nil } }

    private var known: [String] { configuration.backends.flatMap { $0.models.map(\.name) } }
}
