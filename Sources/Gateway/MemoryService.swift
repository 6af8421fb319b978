import Runtime

/// Gives memory back to the system once a peak of load has passed.
///
/// The C library by itself keeps what a peak of streams has used for as long as one object of each is left. It looks at
/// the load once a second, on a loop, and trims on a thread of its own, since a trim locks the allocator.
package final class MemoryService: Service {
    /// How often the load is looked at.
    private static let interval = Duration.seconds(1)

    package let name = "memory"
    private let gateway: Gateway
    private let loop: EventLoop

    package init(_ gateway: Gateway, on loop: EventLoop) {
        self.gateway = gateway
        self.loop = loop
    }

    package func run() async throws {
        let thread = try BlockingExecutor(name: "lip-memory", queueCountMax: 1)
        defer { thread.shutdown() }
        try await withTaskExecutorPreference(loop) { [gateway, loop] in
            var policy = TrimPolicy()
            while true {
                try await loop.sleep(for: Self.interval)
                if policy.observe(inFlightCount: gateway.requestsInFlight, at: loop.now) {
                    let blocks = await gateway.releaseSpare()
                    if !thread.post({ Self.trim(freeing: blocks) }) { ProcessMemory.free(blocks) }
                }
            }
        }
    }

    /// Called on a thread that may block.
    private static func trim(freeing blocks: [UInt]) {
        // On a thread that ends: the cache of one that goes on would keep what those of the loops have kept.
        if let thread = try? Thread(name: "lip-memory", { ProcessMemory.free(blocks) }) {
            thread.join()
        } else {
            ProcessMemory.free(blocks)
        }
        ProcessMemory.trim()
    }
}
