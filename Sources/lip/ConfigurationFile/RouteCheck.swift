import Dialects
import Gateway
import Routing
import Runtime

/// Checks what the configured selectors name, and finds what cannot work although it is well-formed.
struct RouteCheck {
    let context: ReadingContext
    let configuration: Configuration
    let selectors: [ConfiguredSelector]
    let patterns: [LocatedText]
    /// Where the names of the logical models stand.
    let modelMarks: [YAMLMark]
    /// Where the backends' ids stand; empty when the environment made them.
    let backendMarks: [String: YAMLMark]
    /// Ids of backends that could not be read, which selectors may name without a second error.
    let brokenBackends: Set<String>

    private var log: IssueLog { context.log }

    /// Reports everything about routes, aliases and models.
    func run() {
        let areAliasesUsable = checkPatterns()
        var reached: Set<String> = []
        let finder = (try? configuration.routeSettings()).map(BackendFinder.init)
        for selector in selectors {
            guard let parsed = parse(selector) else { continue }
            reached.formUnion(parsed.leaves.compactMap { $0.backend ?? finder?.find($0.model)?.id })
            check(parsed, of: selector)
        }
        let aliases = areAliasesUsable ? try? configuration.routeSettings().aliases : nil
        if !log.hasErrors { checkDefaultRoute(aliases ?? ModelAliases(), reached: &reached) }
        if let aliases {
            AliasCheck(
                log: log, configuration: configuration, patterns: patterns, modelMarks: modelMarks, aliases: aliases
            ).run()
        }
        if !log.hasErrors, let aliases, let finder, let id = defaultBackend(aliases) {
            BareModelCheck(
                log: log, configuration: configuration, selectors: selectors, aliases: aliases, finder: finder,
                defaultBackend: id
            ).run()
        }
        // With errors about, what is reached is not known.
        if !log.hasErrors { warnAboutUnreached(reached) }
    }

    // MARK: Errors

    private func checkPatterns() -> Bool {
        // A replacement that parses, so that only patterns are found wrong here; replacements have places of their own.
        let rules = configuration.modelAliases.map { ModelAliasRule(pattern: $0.pattern, replacement: "a:m") }
        let problems = ModelAliases.problems(in: rules)
        for problem in problems {
            let pattern = patterns[problem.rule]
            let detail = problem.description.drop { $0 != " " }.dropFirst()
            log.error("not an RE2 pattern: \(detail)", path: pattern.path, at: pattern.node.mark)
        }
        return problems.isEmpty
    }

    private func parse(_ selector: ConfiguredSelector) -> Selector? {
        do throws(SelectorError) {
            return try Selector.parse(selector.text.text)
        } catch {
            log.error(
                "not a route selector: \(error.detail)", path: selector.text.path,
                at: selector.text.mark(atCharacter: error.column - 1))
            return nil
        }
    }

    private func check(_ selector: Selector, of configured: ConfiguredSelector) {
        // The name of a logical model may hold any sign.
        if isTemplate(configured), configuration.models.contains(where: { $0.name == configured.text.text.trimmed }) {
            return
        }
        for leaf in selector.leaves {
            checkParameters(leaf, configured)
            checkValues(leaf, configured)
            guard let id = leaf.backend else { continue }
            if let backend = configuration.backend(id) {
                checkModel(leaf, of: backend, configured)
                checkParameters(leaf, of: backend, configured)
            } else if !(isTemplate(configured) && id.contains("$")), !brokenBackends.contains(id) {
                log.error(
                    "no backend is called \(quoted(id))", path: configured.text.path,
                    at: configured.text.mark(atCharacter: leaf.column - 1),
                    suggestion: Suggestion.didYouMean(id, among: configuration.backends.map(\.id)))
            }
        }
        warnAboutArms(selector, configured)
        warnAboutMisfits(selector, configured)
    }

    /// What a leg sets its parameters to; an alias may take a value over from the text that it rewrites.
    private func checkValues(_ leaf: Leaf, _ configured: ConfiguredSelector) {
        let isTemplate = isTemplate(configured)
        for problem in RouteParameters.problems(
            of: leaf, ignoring: { isTemplate && ($0.name.contains("$") || $0.first.contains("$")) })
        {
            log.error(
                problem, path: configured.text.path, at: configured.text.mark(atCharacter: leaf.column - 1))
        }
    }

    private func isTemplate(_ selector: ConfiguredSelector) -> Bool {
        if case .alias = selector.role { return true }
        return false
    }

    private func checkDefaultRoute(_ aliases: ModelAliases, reached: inout Set<String>) {
        let route = configuration.routing.defaultRoute
        let rewriting = aliases.rewrite(route)
        let configured = selectors.first { $0.role == .defaultRoute }
        let path = configured?.text.path ?? "routing.default_route"
        let mark = configured?.text.node.mark
        let subject =
            rewriting.rule == nil
            ? "it" : "it, rewritten by model_aliases[\(rewriting.rule ?? 0)] to \(quoted(rewriting.text)),"
        do throws(SelectorError) {
            let selector = try Selector.parse(rewriting.text)
            reached.formUnion(selector.leaves.compactMap(\.backend))
            guard let first = selector.arms.first?.legs.first, first.backend != nil else {
                return log.error(
                    "\(subject) must name a backend first, as in \(quoted(example))", path: path, at: mark)
            }
            for id in selector.leaves.compactMap(\.backend) where configuration.backend(id) == nil {
                log.error(
                    "\(subject) names the backend \(quoted(id)), which is not configured", path: path, at: mark)
            }
            // What no alias rewrote has been checked.
            guard rewriting.rule != nil else { return }
            for problem in selector.leaves.flatMap({ RouteParameters.problems(of: $0) }) {
                log.error("\(subject) is refused: \(problem)", path: path, at: mark)
            }
        } catch {
            log.error("\(subject) is not a route selector: \(error.detail)", path: path, at: mark)
        }
    }

    private func defaultBackend(_ aliases: ModelAliases) -> String? {
        (try? Selector.parse(aliases.rewrite(configuration.routing.defaultRoute).text))?.arms[0].legs[0].backend
    }

    private var example: String {
        configuration.backends.first.map { "\($0.id):\($0.defaultModel)" } ?? "local:model"
    }

    // MARK: Warnings

    private func checkModel(_ leaf: Leaf, of backend: BackendConfiguration, _ configured: ConfiguredSelector) {
        guard !backend.models.isEmpty, backend.discovery == nil,
            !backend.models.contains(where: { $0.name == leaf.model }),
            !leaf.model.contains("$")
        else { return }
        log.warning(
            "the backend \(quoted(backend.id)) does not list the model \(quoted(leaf.model))",
            path: configured.text.path,
            at: configured.text.mark(atCharacter: leaf.column - 1),
            suggestion: Suggestion.didYouMean(leaf.model, among: backend.models.map(\.name)))
    }

    private func checkParameters(_ leaf: Leaf, _ configured: ConfiguredSelector) {
        // An alias may take a parameter's name over from the text that it rewrites.
        for name in RouteParameters.unknownNames(of: leaf) where !(isTemplate(configured) && name.contains("$")) {
            log.warning(
                "the route parameter \(quoted(name)) is not known and left out", path: configured.text.path,
                at: configured.text.mark(atCharacter: leaf.column - 1),
                suggestion: Suggestion.didYouMean(name, among: RouteParameters.names))
        }
    }

    /// Parameters that are known, but not where the leg leads.
    private func checkParameters(_ leaf: Leaf, of backend: BackendConfiguration, _ configured: ConfiguredSelector) {
        for parameter in leaf.parameters where backend.kind.placelessParameters.contains(parameter.name) {
            log.warning(
                "the route parameter \(quoted(parameter.name)) has no place at kind \(backend.kind.id) and is left out",
                path: configured.text.path, at: configured.text.mark(atCharacter: leaf.column - 1))
        }
    }

    private func warnAboutArms(_ selector: Selector, _ configured: ConfiguredSelector) {
        let attemptsMax = configuration.routing.attemptsMax
        if selector.arms.count > attemptsMax, let leaf = selector.arms[attemptsMax].legs.first {
            log.warning(
                "alternative \(attemptsMax + 1) and those behind it are tried only when one before them is skipped: max_attempts is \(attemptsMax)",
                path: configured.text.path, at: configured.text.mark(atCharacter: leaf.column - 1))
        }
        var seen: Set<CandidateKey> = []
        for arm in selector.arms {
            for leaf in arm.legs where seen.contains(leaf.key) {
                log.warning(
                    "the leg \(quoted(leaf.key.text)) stands in an earlier alternative and is not tried again",
                    path: configured.text.path, at: configured.text.mark(atCharacter: leaf.column - 1))
            }
            // One that was left out for a request's size may stand again under other bounds.
            seen.formUnion(arm.legs.lazy.filter { !$0.isSizeBound }.map(\.key))
        }
    }

    /// What is written beside a leg and keeps it from being of use.
    private func warnAboutMisfits(_ selector: Selector, _ configured: ConfiguredSelector) {
        let analysis = RouteAnalysis(selector, configuration, defaultBackend: nil)
        for (arm, legs) in zip(selector.arms, analysis.arms) {
            for (leaf, leg) in zip(arm.legs, legs) {
                for misfit in leg.misfits {
                    log.warning(
                        "the leg \(quoted(leaf.key.text)): \(misfit)", path: configured.text.path,
                        at: configured.text.mark(atCharacter: leaf.column - 1))
                }
            }
        }
    }

    private func warnAboutUnreached(_ reached: Set<String>) {
        for backend in configuration.backends {
            guard let mark = backendMarks[backend.id], !reached.contains(backend.id) else { continue }
            log.warning(
                "no route, alias or model leads to the backend \(quoted(backend.id)): only requests that name it, or a model of its own, reach it",
                path: "backends", at: mark)
        }
    }
}
