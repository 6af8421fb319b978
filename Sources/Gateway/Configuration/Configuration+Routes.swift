import Routing

extension Configuration {
    /// What the route resolver needs of the configuration.
    ///
    /// - Throws: `ModelAliasError` for an alias that cannot be.
    package func routeSettings() throws(ModelAliasError) -> RouteSettings {
        var settings = RouteSettings(
            backends: backends.map { RouteSettings.Backend(id: $0.id, models: $0.models.map(\.name)) },
            defaultRoute: routing.defaultRoute)
        settings.aliases = try ModelAliases(
            modelAliases.map { ModelAliasRule(pattern: $0.pattern, replacement: $0.replacement) })
        settings.models = models.map { RouteSettings.LogicalModel(name: $0.name, selector: $0.selector) }
        settings.unknownModel =
            switch routing.unknownModel {
            case .pass: .pass
            case .defaultRoute: .defaultRoute
            case .notFound: .notFound
            }
        // A backend that cannot serve is of use only where no other could: its refusal then says why.
        let views = catalogueViews
        let candidates = (backends.filter(\.hasUsableCredentials) + backends.filter { !$0.hasUsableCredentials })
            .compactMap { backend in views[backend.id].map { (id: backend.id, view: $0) } }
        settings.vendorBackend = { model in candidates.first { $0.view[model] != nil }?.id }
        return settings
    }
}
