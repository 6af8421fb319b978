/// What is known of the models' capabilities: everything is assumed, but for what the catalogue says, and that is
/// replaced or corrected by what is said of the backend, and that by what is said of the model.
package struct CapabilityTable: Sendable {
    private var backends: [String: CapabilityRule] = [:]
    private var models: [LegID: CapabilityRule] = [:]
    private var catalogue: [String: CatalogueView] = [:]

    package init() {}

    /// Whether nothing is known, so that nothing can be lacking.
    package var isEmpty: Bool { backends.isEmpty && models.isEmpty && catalogue.isEmpty }

    /// Says what the models of a backend can do.
    package mutating func set(_ rule: CapabilityRule, of backend: String) {
        backends[backend] = rule
    }

    /// Says what one model can do, in place of what is said of its backend or correcting that.
    package mutating func set(_ rule: CapabilityRule, of leg: LegID) {
        models[leg] = rule
    }

    /// Says what the catalogue knows of the models of a backend of which nothing else is said.
    package mutating func setDefaults(_ view: CatalogueView, of backend: String) {
        catalogue[backend] = view.isEmpty ? nil : view
    }

    /// What a leg can do.
    package subscript(leg: LegID) -> Capabilities {
        var known = Capabilities.all
        if let entry = catalogue[leg.backend]?[leg.model] { known.subtract(entry.lacking) }
        if let rule = backends[leg.backend] { known = rule.applied(to: known) }
        if let rule = models[leg] { known = rule.applied(to: known) }
        return known
    }

    /// Whether the configuration says of a leg, or of all legs of its backend, that it can do this; what is only assumed does
    /// not count.
    package func declares(_ capability: Capabilities, of leaf: Leaf) -> Bool {
        guard !backends.isEmpty || !models.isEmpty, let backend = leaf.backend else { return false }
        let said = models[LegID(backend: backend, model: leaf.model)]?.says(capability)
        return said ?? backends[backend]?.says(capability) ?? false
    }

    /// What a leg lacks of what is asked for.
    package func lacking(_ leaf: Leaf, of required: Capabilities) -> Capabilities {
        guard !required.isEmpty, !isEmpty, let backend = leaf.backend else { return [] }
        return required.subtracting(self[LegID(backend: backend, model: leaf.model)])
    }
}
