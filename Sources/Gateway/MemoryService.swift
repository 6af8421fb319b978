import Runtime

/// Gives memory back to the system once a peak of load has passed.
///
/// The C library by itself keeps what a peak of streams has used for as long as one object of each is left. It looks at
/// the load once a second, on a loop, and trims on a thread of its own, since a trim locks the allocator. Connections to
/// providers that nobody has used for long are closed here, too: they hold most of what is kept after a peak.
package final class MemoryService: Service {
    /// How often the load is looked at.
    private static let interval = Duration.seconds(1)
    /// How often connections are looked at, in looks at the load.
    private static let lookCountPerSweep = 5
    /// So many connections closed at once are worth a trim.
    private static let closedCountMin = 16

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
            var lookCount = 0
            while true {
                try await loop.sleep(for: Self.interval)
                lookCount += 1
                let isSweep = lookCount % Self.lookCountPerSweep == 0
                let closedCount = isSweep ? await gateway.closeIdleConnections() : 0
                let isQuiet = policy.observe(inFlightCount: gateway.requestsInFlight, at: loop.now)
                if isQuiet || closedCount >= Self.closedCountMin {
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
