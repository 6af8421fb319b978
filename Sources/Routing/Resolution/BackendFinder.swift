/// Finds the backend of a model that is named without one.
package struct BackendFinder: Sendable {
    private let backends: Set<String>
    /// The backend of each model that exactly one backend lists.
    private let listing: [String: String]
    private let vendorBackend: @Sendable (String) -> String?

    package init(_ settings: RouteSettings) {
        backends = Set(settings.backends.map(\.id))
        vendorBackend = settings.vendorBackend
        var listing: [String: String] = [:]
        var ambiguous: Set<String> = []
        for backend in settings.backends {
            for model in Set(backend.models) where listing.updateValue(backend.id, forKey: model) != nil {
                ambiguous.insert(model)
            }
        }
        for model in ambiguous { listing[model] = nil }
        self.listing = listing
    }

    /// Whether one backend alone lists the model.
    func lists(_ model: String) -> Bool { listing[model] != nil }

    /// The backend that alone lists the model, else the configured one of its vendor; nil where nothing knows the model.
    package func find(_ model: String) -> (id: String, source: ResolvedRoute.Source)? {
        if let id = listing[model] { return (id, .listedModel) }
        if let id = vendorBackend(model), backends.contains(id) { return (id, .vendorModel) }
        return nil
    }
}
