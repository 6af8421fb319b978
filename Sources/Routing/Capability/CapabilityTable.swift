/// What is known of the models' capabilities: by model, else by backend, else everything is assumed.
package struct CapabilityTable: Sendable {
    private var backends: [String: Capabilities] = [:]
    private var models: [LegID: Capabilities] = [:]

    package init() {}

    /// Whether nothing is known, so that nothing can be lacking.
    package var isEmpty: Bool { backends.isEmpty && models.isEmpty }

    /// Says what the models of a backend can do.
    package mutating func set(_ capabilities: Capabilities, of backend: String) {
        backends[backend] = capabilities
    }

    /// Says what one model can do, whatever is said of its backend.
    package mutating func set(_ capabilities: Capabilities, of leg: LegID) {
        models[leg] = capabilities
    }

    /// What a leg can do.
    package subscript(leg: LegID) -> Capabilities {
        models[leg] ?? backends[leg.backend] ?? .all
    }

    /// What a leg lacks of what is asked for.
    package func lacking(_ leaf: Leaf, of required: Capabilities) -> Capabilities {
        guard !isEmpty, let backend = leaf.backend else { return [] }
        return required.subtracting(self[LegID(backend: backend, model: leaf.model)])
    }
}
