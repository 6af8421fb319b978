/// What is known of the models' capabilities: by model, else by backend, else by the catalogue, else everything is
/// assumed.
package struct CapabilityTable: Sendable {
    private var backends: [String: Capabilities] = [:]
    private var models: [LegID: Capabilities] = [:]
    private var catalogue: [String: CatalogueView] = [:]

    package init() {}

    /// Whether nothing is known, so that nothing can be lacking.
    package var isEmpty: Bool { backends.isEmpty && models.isEmpty && catalogue.isEmpty }

    /// Says what the models of a backend can do.
    package mutating func set(_ capabilities: Capabilities, of backend: String) {
        backends[backend] = capabilities
    }

    /// Says what one model can do, whatever is said of its backend.
    package mutating func set(_ capabilities: Capabilities, of leg: LegID) {
        models[leg] = capabilities
    }

    /// Says what the catalogue knows of the models of a backend of which nothing else is said.
    package mutating func setDefaults(_ view: CatalogueView, of backend: String) {
        catalogue[backend] = view.isEmpty ? nil : view
    }

    /// What a leg can do.
    package subscript(leg: LegID) -> Capabilities {
        if let said = models[leg] ?? backends[leg.backend] { return said }
        guard let entry = catalogue[leg.backend]?[leg.model] else { return .all }
        return .all.subtracting(entry.lacking)
    }

    /// What a leg lacks of what is asked for.
    package func lacking(_ leaf: Leaf, of required: Capabilities) -> Capabilities {
        guard !required.isEmpty, !isEmpty, let backend = leaf.backend else { return [] }
        return required.subtracting(self[LegID(backend: backend, model: leaf.model)])
    }
}
