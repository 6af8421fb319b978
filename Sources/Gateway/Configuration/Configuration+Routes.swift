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
        return settings
    }
}
