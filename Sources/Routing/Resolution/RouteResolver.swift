/// Decides which selector a request gets.
///
/// Immutable: a new configuration is a new resolver.
package struct RouteResolver: Sendable {
    private let aliases: ModelAliases
    private let backends: Set<String>
    private let logicalModels: [String: String]
    private let finder: BackendFinder
    private let defaultRoute: ResolvedRoute
    /// The backend of the default route's first leaf.
    ///
    /// It is that of leaves that name none, but for those that the configuration wrote and whose model is found at another.
    package let defaultBackend: String
    private let unknownModel: RouteSettings.UnknownModel

    /// Checks the default route and every logical model; throws the first problem.
    package init(_ settings: RouteSettings) throws(RouteSettingsError) {
        if let problem = Self.problems(in: settings).first { throw problem }
        aliases = settings.aliases
        backends = Set(settings.backends.map(\.id))
        logicalModels = Dictionary(
            settings.models.map { ($0.name, $0.selector) }, uniquingKeysWith: { first, _ in first })
        unknownModel = settings.unknownModel
        defaultBackend = try Self.defaultBackend(settings)
        let finder = BackendFinder(settings)
        self.finder = finder
        do throws(RouteError) {
            defaultRoute = try Self.route(
                .defaultRoute, settings.defaultRoute, aliases: aliases, finder: finder, backends: backends,
                defaultBackend: defaultBackend)
        } catch {
            throw RouteSettingsError(setting: Self.defaultRouteSetting, problem: error.message)
        }
    }

    /// Finds the selector of a request.
    ///
    /// - Parameters:
    ///   - header: The value of `X-LIP-Route`, if the request has one; a blank one counts as none.
    ///   - model: The model that the request names; the default route serves a request that names none.
    package func resolve(header: String?, model: String) throws(RouteError) -> ResolvedRoute {
        if let header, let text = Self.nonBlank(header) { return try route(.header, text) }
        guard let model = Self.nonBlank(model) else { return defaultRoute }
        if isSelector(model) { return try route(.inlineSelector, model) }

        let rewriting = aliases.rewrite(model)
        if rewriting.rule != nil { return try route(.modelAlias, model, rewriting) }
        if let selector = logicalModels[model] { return try route(.logicalModel, selector) }
        if let (backend, source) = finder.find(model) { return try route(source, backend, model) }
        switch unknownModel {
        case .pass: return try route(.passed, defaultBackend, model)
        case .defaultRoute: return defaultRoute
        case .notFound: throw .unknownModel(model)
        }
    }

    /// The backend that has a model by its name alone, and why: it alone lists it, or it is that of the model's vendor.
    package func backend(ofModel model: String) -> (id: String, source: ResolvedRoute.Source)? {
        finder.find(model)
    }

    /// Whether a model string is meant as a selector: its first leaf's backend is configured, or it begins with a block
    /// or an annotation and parses.
    ///
    /// What names a configured backend but does not parse is a selector too, so that the client learns of its mistake.
    private func isSelector(_ model: String) -> Bool {
        let text = SelectorText(model)
        if let backend = text.firstBackend, backends.contains(text.string(backend)) { return true }
        guard text.starts(text.all, with: UInt8(ascii: "{")) || text.starts(text.all, with: UInt8(ascii: "["))
        else { return false }
        return (try? Selector.parse(model)) != nil
    }

    private func route(
        _ source: ResolvedRoute.Source, _ text: String, _ rewriting: ModelAliases.Rewriting? = nil
    ) throws(RouteError) -> ResolvedRoute {
        try Self.route(
            source, text, rewriting, aliases: aliases, finder: finder, backends: backends,
            defaultBackend: defaultBackend)
    }

    /// The route to a model that is named as it is: no sign in its name separates anything.
    private func route(
        _ source: ResolvedRoute.Source, _ backend: String, _ model: String
    ) throws(RouteError) -> ResolvedRoute {
        let text = "\(backend):\(model)"
        let rewriting = aliases.rewrite(text)
        if rewriting.rule != nil { return try route(source, text, rewriting) }
        let leaf = Leaf(backend: backend, model: model)
        return ResolvedRoute(
            selector: Selector(arms: [Arm(kind: .single, legs: [leaf])]), source: source, text: text,
            rewrittenText: nil, aliasRule: nil)
    }
}

// MARK: From text to a route

extension RouteResolver {
    fileprivate static func route(
        _ source: ResolvedRoute.Source, _ text: String, _ known: ModelAliases.Rewriting? = nil,
        aliases: ModelAliases, finder: BackendFinder, backends: Set<String>, defaultBackend: String
    ) throws(RouteError) -> ResolvedRoute {
        let rewriting = known ?? aliases.rewrite(text)
        var selector: Selector
        do throws(SelectorError) {
            selector = try Selector.parse(rewriting.text)
        } catch {
            throw .invalidSelector(error, text: rewriting.text)
        }
        // What a client wrote itself says no more than it did; what the configuration made of a name is meant to be found.
        let isConfigured = rewriting.rule != nil || source == .logicalModel || source == .defaultRoute
        for arm in selector.arms.indices {
            for leg in selector.arms[arm].legs.indices {
                let written = selector.arms[arm].legs[leg]
                let found = isConfigured && written.backend == nil ? finder.find(written.model)?.id : nil
                let leaf = written.filled(withBackend: found ?? defaultBackend)
                if let backend = leaf.backend, !backends.contains(backend) {
                    throw .unknownBackend(backend, column: leaf.column)
                }
                selector.arms[arm].legs[leg] = leaf
            }
        }
        return ResolvedRoute(
            selector: selector, source: source, text: text,
            rewrittenText: rewriting.rule == nil ? nil : rewriting.text, aliasRule: rewriting.rule)
    }

    fileprivate static func nonBlank(_ text: String) -> String? {
        let source = SelectorText(text)
        let trimmed = source.trimmed(source.all)
        return trimmed.isEmpty ? nil : source.string(trimmed)
    }
}

// MARK: Checks at start-up

extension RouteResolver {
    fileprivate static let defaultRouteSetting = "routing.default_route"

    /// Every problem of the default route and the logical models.
    package static func problems(in settings: RouteSettings) -> [RouteSettingsError] {
        let backends = Set(settings.backends.map(\.id))
        let finder = BackendFinder(settings)
        var problems: [RouteSettingsError] = []
        var fallback: String?
        do throws(RouteSettingsError) {
            fallback = try defaultBackend(settings)
        } catch {
            problems.append(error)
        }
        var texts = settings.models.map { (setting: "models.\($0.name)", text: $0.selector) }
        if fallback != nil { texts.insert((defaultRouteSetting, settings.defaultRoute), at: 0) }
        for (setting, text) in texts {
            do throws(RouteError) {
                // Without a default backend, leaves that name none are not judged a second time.
                let known = fallback.map { backends.union([$0]) } ?? backends.union([""])
                _ = try route(
                    .logicalModel, text, aliases: settings.aliases, finder: finder, backends: known,
                    defaultBackend: fallback ?? "")
            } catch {
                problems.append(RouteSettingsError(setting: setting, problem: error.message))
            }
        }
        return problems
    }

    fileprivate static func defaultBackend(_ settings: RouteSettings) throws(RouteSettingsError) -> String {
        let selector: Selector
        do throws(SelectorError) {
            selector = try Selector.parse(settings.aliases.rewrite(settings.defaultRoute).text)
        } catch {
            let problem = RouteError.invalidSelector(error, text: settings.defaultRoute).message
            throw RouteSettingsError(setting: defaultRouteSetting, problem: problem)
        }
        guard let backend = selector.arms[0].legs[0].backend else {
            throw RouteSettingsError(
                setting: defaultRouteSetting, problem: "must not be model-only (missing backend)")
        }
        guard settings.backends.contains(where: { $0.id == backend }) else {
            let problem = RouteError.unknownBackend(backend, column: selector.arms[0].legs[0].column).message
            throw RouteSettingsError(setting: defaultRouteSetting, problem: problem)
        }
        return backend
    }
}

extension SelectorText {
    /// Where the first leaf's backend stands, found without parsing what follows.
    fileprivate var firstBackend: Range<Int>? {
        var rest = trimmed(all)
        for (open, close) in [(UInt8(ascii: "{"), UInt8(ascii: "}")), (UInt8(ascii: "["), UInt8(ascii: "]"))] {
            while starts(rest, with: open) {
                guard let end = first(close, in: rest) else { return nil }
                rest = trimmed(end + 1..<rest.upperBound)
            }
        }
        for offset in rest {
            switch bytes[offset] {
            case UInt8(ascii: ":"): return trimmed(rest.lowerBound..<offset)
            case UInt8(ascii: "|"), UInt8(ascii: "^"), UInt8(ascii: "!"), UInt8(ascii: "?"): return nil
            default: continue
            }
        }
        return nil
    }
}
