import Runtime

/// Asks those providers for their models whose configuration says so: when lip starts, without anybody waiting for it,
/// and again as often as it says.
///
/// A list that cannot be had is tried again after a while that doubles; what was known before stays known.
package final class InventoryService: Service {
    package let name = "inventory"
    private let gateway: Gateway
    private let loop: EventLoop

    /// Nil where no provider is to be asked: a service must have something to do.
    package init?(_ gateway: Gateway, on loop: EventLoop) {
        guard gateway.configuration.backends.contains(where: { $0.discovery != nil }) else { return nil }
        self.gateway = gateway
        self.loop = loop
    }

    package func run() async throws {
        try await withTaskExecutorPreference(loop) { [self] in
            try await withThrowingDiscardingTaskGroup { group in
                for backend in gateway.configuration.backends {
                    guard let discovery = backend.discovery else { continue }
                    group.addTask { try await self.follow(backend.id, discovery) }
                }
            }
        }
    }

    /// Keeps one backend's models known; ends with the task.
    private func follow(_ id: String, _ discovery: ModelDiscovery) async throws {
        var schedule = DiscoverySchedule(interval: discovery.refreshInterval)
        while true {
            let wait: Duration
            do {
                let models = try await gateway.discoverModels(of: id, on: loop)
                wait = schedule.succeeded()
                gateway.logger.log(
                    .info, "inventory.models", [("backend", .string(id)), ("models", .integer(models))])
            } catch {
                if Task.isCancelled { throw CancellationError() }
                let failure = schedule.failed()
                wait = failure.wait
                gateway.logger.log(
                    failure.isFirst ? .warn : .debug, "inventory.failed",
                    [
                        ("backend", .string(id)), ("reason", .string(Self.reason(error))),
                        ("retry_seconds", .integer(Int(wait.components.seconds))),
                    ])
            }
            try await loop.sleep(for: wait)
        }
    }

    private static func reason(_ error: any Error) -> String {
        (error as? Backend.InventoryFailure)?.reason ?? "\(error)"
    }
}
