import Runtime

/// A leg as it stands at one moment, for the API, the command line and metrics alike.
package struct LegSnapshot: Sendable, Equatable {
    package let id: LegID
    /// Attempts that have begun and not ended.
    package let inFlightCount: Int
    package let counters: LegCounters
    /// When an attempt last began; nil if none ever did.
    package let lastBegun: MonotonicInstant?
    /// What the keys that the backend's legs share may be used for; empty where none is needed.
    package let keys: [KeyPool.KeyState]

    package init(
        id: LegID, inFlightCount: Int, counters: LegCounters, lastBegun: MonotonicInstant?, keys: [KeyPool.KeyState]
    ) {
        self.id = id
        self.inFlightCount = inFlightCount
        self.counters = counters
        self.lastBegun = lastBegun
        self.keys = keys
    }
}

/// What a leg's attempts have come to since it was first used.
package struct LegCounters: Sendable, Equatable {
    /// Attempts that began.
    package var begunCount = 0
    package var succeededCount = 0
    /// Attempts that failed, rate limits and timeouts among them.
    package var failedCount = 0
    package var rateLimitedCount = 0
    package var timedOutCount = 0
    /// Attempts that were called off: the client left, or another leg won.
    package var cancelledCount = 0
    /// Times that an attempt went on with the backend's next key.
    package var keyChangeCount = 0
    /// Failures that count against the leg's health since its last success.
    package var consecutiveFailureCount = 0

    package init() {}
}
