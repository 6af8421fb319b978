import Routing

extension Configuration {
    /// The catalogue's view of each backend's kind, by the backend's id.
    package var catalogueViews: [String: CatalogueView] {
        var byKind: [String: CatalogueView] = [:]
        var views: [String: CatalogueView] = [:]
        for backend in backends {
            let kind = backend.kind.id
            let view = byKind[kind] ?? catalogue.view(of: kind)
            byKind[kind] = view
            if !view.isEmpty { views[backend.id] = view }
        }
        return views
    }

    /// What is known of how much the models take.
    package var contextWindows: ContextWindows {
        var declared: [LegID: Int] = [:]
        for backend in backends {
            for model in backend.models {
                declared[LegID(backend: backend.id, model: model.name)] = model.contextWindow
            }
        }
        return ContextWindows(declared, catalogue: catalogueViews)
    }

    /// The configuration with models that providers were found to have, behind those that the file lists.
    ///
    /// - Parameter discovered: By the backend's id; a model that the file lists stays as it is there, but for a window
    ///   that only the provider tells.
    package func adding(_ discovered: [String: [BackendModel]]) -> Configuration {
        var configuration = self
        for index in configuration.backends.indices {
            guard let found = discovered[configuration.backends[index].id] else { continue }
            var models = configuration.backends[index].models
            var places: [String: Int] = [:]
            for (place, model) in models.enumerated() { places[model.name] = place }
            for model in found {
                guard let place = places[model.name] else {
                    places[model.name] = models.count
                    models.append(model)
                    continue
                }
                if models[place].contextWindow == nil { models[place].contextWindow = model.contextWindow }
            }
            configuration.backends[index].models = models
        }
        return configuration
    }
}
