import Runtime

/// A leg as it stands at one moment, for the API, the command line and metrics alike.
package struct LegSnapshot: Sendable, Equatable {
    package let id: LegID
    /// Attempts that have begun and not ended.
    package let inFlightCount: Int
    package let counters: LegCounters
    /// The most attempts in flight at the leg; nil is no bound but the backend's.
    package var inFlightMax: Int?
    /// When an attempt last began; nil if none ever did.
    package let lastBegun: MonotonicInstant?
    /// What the keys that the backend's legs share may be used for; empty where none is needed.
    package let keys: [KeyPool.KeyState]
    /// Whether the provider refused the last attempt without a key, and none has succeeded since.
    package var isCredentialRefused = false
    /// Nil where no breaker watches the leg.
    package var breaker: CircuitBreaker.State?
    /// Time to the first output of streamed attempts; nil before the first.
    package var firstOutput: LatencySummary?
    /// Time to the end of attempts that succeeded; nil before the first.
    package var duration: LatencySummary?

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

/// How long something took lately: half, and all but a tenth or a hundredth of the attempts, took no longer.
package struct LatencySummary: Sendable, Equatable {
    package let median: Duration
    package let percentile90: Duration
    package let percentile99: Duration

    /// Nil before the first sample.
    init?(_ quantiles: DecayingQuantiles) {
        guard let median = quantiles.quantile(0.5), let percentile90 = quantiles.quantile(0.9),
            let percentile99 = quantiles.quantile(0.99)
        else { return nil }
        self.median = median
        self.percentile90 = percentile90
        self.percentile99 = percentile99
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
    /// Attempts that never began, since the leg was left alone after failures.
    package var refusedCount = 0
    /// Attempts that never began, since as many were in flight as may be.
    package var busyCount = 0
    /// Attempts and changes of the key that the backend's retry budget refused.
    package var refusedRetryCount = 0
    /// Times that an attempt went on with the backend's next key.
    package var keyChangeCount = 0
    /// Failures that count against the leg's health since its last success.
    package var consecutiveFailureCount = 0

    package init() {}
}
