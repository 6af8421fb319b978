import Dialects
import Routing
import Runtime

/// One loop's counters; plain memory without locks, since only its loop writes, and scrapes read it there.
final class MetricsShard {
    private(set) var values: MetricsValues

    init(backendCount: Int) {
        values = MetricsValues(backendCount: backendCount)
    }

    func requestStarted() {
        values.requestsInFlight += 1
    }

    /// Counts a request; `status` is 499 when the client left before it was answered.
    func requestFinished(_ endpoint: Endpoint, status: Int, duration: Duration) {
        values.requestsInFlight -= 1
        values.requests[.init(endpoint: endpoint, status: UInt16(clamping: status)), default: 0] += 1
        values.durations[endpoint, default: Histogram()].observe(duration)
        if status == 499 { values.clientCancellations += 1 }
    }

    func attemptStarted(_ backend: Int) {
        values.backends[backend].inFlight += 1
    }

    func attemptFinished(_ backend: Int, _ outcome: AttemptOutcome, duration: Duration) {
        values.backends[backend].inFlight -= 1
        values.backends[backend].attempts[outcome.index] += 1
        values.backends[backend].duration.observe(duration)
    }

    func firstToken(_ backend: Int, after duration: Duration) {
        values.backends[backend].firstToken.observe(duration)
    }

    func chunksRelayed(_ count: Int) {
        values.streamedChunks += UInt64(count)
    }

    func tokens(_ backend: Int, _ usage: Usage) {
        values.backends[backend].inputTokens += UInt64(max(0, usage.input))
        values.backends[backend].cachedInputTokens += UInt64(max(0, usage.cacheRead ?? 0))
        values.backends[backend].outputTokens += UInt64(max(0, usage.output))
        values.backends[backend].reasoningTokens += UInt64(max(0, usage.reasoning ?? 0))
    }
}
