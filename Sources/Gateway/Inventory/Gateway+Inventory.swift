import Routing
import Runtime

/// What the gateway knows of the providers' own lists of models.
struct DiscoveredModels {
    /// By the backend's id.
    var models: [String: [BackendModel]] = [:]
    /// Counts the changes.
    var generation = 0
}

extension Gateway {
    /// Asks a backend's provider for its models and lets all loops know them; returns how many there are.
    ///
    /// Runs on the loop, whose client it uses.
    func discoverModels(of id: String, on loop: EventLoop) async throws -> Int {
        guard let backend = backend(id) else { return 0 }
        let models = try await backend.models(through: client(on: loop))
        try await take(models, of: id)
        return models.count
    }

    /// Lets all loops know a backend's models, unless they know the same ones already.
    func take(_ models: [BackendModel], of id: String) async throws {
        let changed = discovered.withLock { discovered -> DiscoveredModels? in
            guard discovered.models[id] != models else { return nil }
            discovered.models[id] = models
            discovered.generation += 1
            return discovered
        }
        guard let changed else { return }
        // Beside this task another may publish its own; the loops keep what has the higher number.
        let snapshot = try snapshot(of: changed)
        for context in contexts { await context.collect { $0.take(snapshot) } }
    }
}
