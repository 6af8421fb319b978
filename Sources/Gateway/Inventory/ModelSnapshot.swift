import Routing

/// What follows from which models the backends have: the routes of bare names, the list for clients, the windows.
///
/// Immutable; each loop holds the newest one, and takes a new one whole.
struct ModelSnapshot: Sendable {
    /// Counts up with each change, so that a loop never goes back to an older one.
    let generation: Int
    let resolver: RouteResolver
    /// How much the models behind legs take, as far as it is known.
    let windows: ContextWindows
    /// What clients are told that there is.
    let list: ModelList

    /// - Parameters:
    ///   - configuration: With the models that providers were found to have.
    ///   - created: When the gateway started.
    /// - Throws: `RouteSettingsError` or `ModelAliasError` for routes that cannot be.
    init(_ configuration: Configuration, generation: Int = 0, created: Timestamp) throws {
        self.generation = generation
        resolver = try RouteResolver(configuration.routeSettings())
        windows = configuration.contextWindows
        list = ModelList(configuration, created: created, resolver: resolver, windows: windows)
    }
}
