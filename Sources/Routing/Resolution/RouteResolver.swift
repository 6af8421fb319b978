/// Decides which selector a request gets.
///
/// Immutable: a new configuration is a new resolver.
package struct RouteResolver: Sendable {
    private let aliases: ModelAliases
    private let leaves: LeafResolver
    /// The route of each logical model, or why there is none while no backend is known to have a model that it names.
    private let logicalModels: [String: Result<ResolvedRoute, RouteError>]
    private let defaultRoute: Result<ResolvedRoute, RouteError>
    private let unknownModel: RouteSettings.UnknownModel

    /// The backend of the default route's first leaf.
    ///
    /// It is that of leaves that name none, but for those that the configuration wrote and whose model is found at another.
    package var defaultBackend: String { leaves.defaultBackend }

    /// Checks the default route and every logical model; throws the first problem that no knowledge of models can mend.
    package init(_ settings: RouteSettings) throws(RouteSettingsError) {
        let problems = Self.located(in: settings)
        if let problem = problems.first(where: { !$0.isOfUnknownName }) { throw problem.error }
        aliases = settings.aliases
        unknownModel = settings.unknownModel
        let leaves = LeafResolver(settings, defaultBackend: try Self.defaultBackend(settings))
        self.leaves = leaves
        defaultRoute = Self.result(.defaultRoute, settings.defaultRoute, settings.aliases, leaves)
        logicalModels = Dictionary(
            settings.models.map { model in
                (model.name, Self.result(.logicalModel, model.selector, settings.aliases, leaves, of: model.name))
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Finds the selector of a request.
    ///
    /// - Parameters:
    ///   - header: The value of `X-LIP-Route`, if the request has one; a blank one counts as none.
    ///   - model: The model that the request names; the default route serves a request that names none.
    package func resolve(header: String?, model: String) throws(RouteError) -> ResolvedRoute {
        if let header, let text = Self.nonBlank(header) { return try resolve(header: text) }
        guard let model = Self.nonBlank(model) else { return try defaultRoute.get() }
        let rewriting = aliases.rewrite(model)
        if isSelector(model) { return try route(.inlineSelector, model, rewriting) }
        if rewriting.rule != nil { return try route(.modelAlias, model, rewriting) }
        if let route = try route(ofKnown: model) { return route }
        return try route(ofUnknown: model)
    }

    /// A header that holds one bare name, and nothing beside it, is resolved as a request's model is.
    private func resolve(header text: String) throws(RouteError) -> ResolvedRoute {
        let rewriting = aliases.rewrite(text)
        guard rewriting.rule == nil, let name = name(in: text) else { return try route(.header, text, rewriting) }
        if let route = try route(ofKnown: name) { return route.found(by: .header) }
        if leaves.backends.contains(name) { throw .backendWithoutModel(name, column: nil) }
        return try route(ofUnknown: name).found(by: .header)
    }

    /// The route of a name that stands under `models` or that some backend is known to have.
    private func route(ofKnown name: String) throws(RouteError) -> ResolvedRoute? {
        if let route = logicalModels[name] { return try route.get() }
        guard let (backend, source) = leaves.finder.find(name) else { return nil }
        return try route(source, backend, name)
    }

    private func route(ofUnknown name: String) throws(RouteError) -> ResolvedRoute {
        switch unknownModel {
        case .pass: return try route(.passed, defaultBackend, name)
        case .defaultRoute: return try defaultRoute.get()
        case .notFound: throw .unknownModel(name)
        }
    }

    /// The backend that has a model by its name alone, and why: it alone lists it, or it is that of the model's vendor.
    package func backend(ofModel model: String) -> (id: String, source: ResolvedRoute.Source)? {
        leaves.finder.find(model)
    }

    /// The one name that a text is, and nothing beside it; nil for a selector.
    package func name(in text: String) -> String? {
        guard let text = Self.nonBlank(text), !isSelector(text) else { return nil }
        // These may hold any sign.
        if logicalModels[text] != nil || leaves.finder.lists(text) { return text }
        return (try? Selector.parse(text))?.modelName
    }

    /// Whether a model string is meant as a selector: its first leaf's backend is configured, or it begins with a block
    /// or an annotation and parses.
    ///
    /// What names a configured backend but does not parse is a selector too, so that the client learns of its mistake.
    private func isSelector(_ model: String) -> Bool {
        let text = SelectorText(model)
        if let backend = text.firstBackend, leaves.backends.contains(text.string(backend)) { return true }
        guard text.starts(text.all, with: UInt8(ascii: "{")) || text.starts(text.all, with: UInt8(ascii: "["))
        else { return false }
        return (try? Selector.parse(model)) != nil
    }

    /// The route of a text that is a selector, or that an alias made one or a name of.
    private func route(
        _ source: ResolvedRoute.Source, _ text: String, _ rewriting: ModelAliases.Rewriting
    ) throws(RouteError) -> ResolvedRoute {
        if rewriting.rule != nil, let name = name(in: rewriting.text) {
            let route = try route(ofRewritten: name)
            let isModel = route.source == .logicalModel || route.source == .defaultRoute
            return ResolvedRoute(
                selector: route.selector, source: source, text: text,
                rewrittenText: isModel ? route.effectiveText : rewriting.text, aliasRule: rewriting.rule)
        }
        return try Self.route(source, text, rewriting, leaves, by: rewriting.rule == nil ? .client : .configuration())
    }

    /// The route of a name that an alias made of a text; no alias looks at it again.
    package func route(ofRewritten name: String) throws(RouteError) -> ResolvedRoute {
        if let model = logicalModels[name] { return try model.get() }
        if let (backend, source) = leaves.finder.find(name) { return Self.route(source, backend, name) }
        if leaves.backends.contains(name) { throw .backendWithoutModel(name, column: 1) }
        return switch unknownModel {
        case .pass: Self.route(.passed, defaultBackend, name)
        case .defaultRoute: try defaultRoute.get()
        case .notFound: throw .unknownModel(name)
        }
    }

    /// The route to a model that is named as it is: no sign in its name separates anything.
    private func route(
        _ source: ResolvedRoute.Source, _ backend: String, _ model: String
    ) throws(RouteError) -> ResolvedRoute {
        let text = "\(backend):\(model)"
        let rewriting = aliases.rewrite(text)
        return rewriting.rule == nil ? Self.route(source, backend, model) : try route(source, text, rewriting)
    }

    /// The same, which no alias looks at.
    private static func route(
        _ source: ResolvedRoute.Source, _ backend: String, _ model: String
    ) -> ResolvedRoute {
        let leaf = Leaf(backend: backend, model: model)
        return ResolvedRoute(
            selector: Selector(arms: [Arm(kind: .single, legs: [leaf])]), source: source, text: "\(backend):\(model)",
            rewrittenText: nil, aliasRule: nil)
    }
}

extension Selector {
    /// The model of a selector that says no more than its name.
    fileprivate var modelName: String? {
        guard arms.count == 1, arms[0].kind == .single, let leaf = arms[0].legs.first, leaf.backend == nil,
            self == Selector(arms: [Arm(kind: .single, legs: [Leaf(backend: nil, model: leaf.model)])])
        else { return nil }
        return leaf.model
    }
}

// MARK: From text to a route

extension RouteResolver {
    fileprivate static func route(
        _ source: ResolvedRoute.Source, _ text: String, _ rewriting: ModelAliases.Rewriting, _ leaves: LeafResolver,
        by author: LeafResolver.Author
    ) throws(RouteError) -> ResolvedRoute {
        let selector: Selector
        do throws(SelectorError) {
            selector = try Selector.parse(rewriting.text)
        } catch {
            throw .invalidSelector(error, text: rewriting.text)
        }
        return ResolvedRoute(
            selector: try leaves.filled(selector, by: author), source: source, text: text,
            rewrittenText: rewriting.rule == nil ? nil : rewriting.text, aliasRule: rewriting.rule)
    }

    /// The route of a selector of the configuration.
    ///
    /// - Parameter model: The logical model whose selector it is.
    fileprivate static func result(
        _ source: ResolvedRoute.Source, _ text: String, _ aliases: ModelAliases, _ leaves: LeafResolver,
        of model: String? = nil
    ) -> Result<ResolvedRoute, RouteError> {
        let rewriting = aliases.rewrite(text)
        return Result { () throws(RouteError) in
            try route(
                source, text, rewriting, leaves, by: .configuration(model: model, isRewritten: rewriting.rule != nil))
        }
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
        located(in: settings).map(\.error)
    }

    fileprivate static func located(
        in settings: RouteSettings
    ) -> [(error: RouteSettingsError, isOfUnknownName: Bool)] {
        var problems: [(error: RouteSettingsError, isOfUnknownName: Bool)] = []
        func check(_ setting: String, _ result: Result<ResolvedRoute, RouteError>) {
            guard case .failure(let error) = result else { return }
            problems.append((RouteSettingsError(setting: setting, problem: error.message), error.isOfUnknownName))
        }
        var fallback: String?
        do throws(RouteSettingsError) {
            fallback = try defaultBackend(settings)
        } catch {
            problems.append((error, false))
        }
        // Without a default backend, leaves that name none are not judged a second time.
        let leaves = LeafResolver(settings, defaultBackend: fallback ?? "")
        if fallback != nil {
            check(defaultRouteSetting, result(.defaultRoute, settings.defaultRoute, settings.aliases, leaves))
        }
        for model in settings.models {
            check(
                "models.\(model.name)",
                result(.logicalModel, model.selector, settings.aliases, leaves, of: model.name))
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
