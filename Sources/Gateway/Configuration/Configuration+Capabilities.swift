import Routing

extension Configuration {
    /// What is known of what the models can do.
    package var capabilities: CapabilityTable {
        var table = CapabilityTable()
        for (id, view) in catalogueViews { table.setDefaults(view, of: id) }
        for backend in backends {
            if let capabilities = backend.effectiveCapabilities { table.set(capabilities, of: backend.id) }
            for model in backend.models {
                guard let capabilities = model.capabilities else { continue }
                table.set(capabilities, of: LegID(backend: backend.id, model: model.name))
            }
        }
        return table
    }
}
