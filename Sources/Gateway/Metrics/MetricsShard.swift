import Dialects
import Routing
import Runtime

/// One loop's counters; plain memory without locks, since only its loop writes, and scrapes read it there.
final class MetricsShard {
    /// More tokens than this are no count of one answer; without a bound a provider could overflow the sums.
    static let answerTokensMax = 1 << 32

    private(set) var values: MetricsValues

    init(backendCount: Int) {
        values = MetricsValues(backendCount: backendCount)
    }

    func requestStarted() {
        values.requestsInFlight += 1
    }

    /// Counts a request; `status` is 499 when the client left before its answer began, `clientLeft` also tells of one that
    /// left in the middle of it.
    func requestFinished(_ endpoint: Endpoint, status: Int, clientLeft: Bool, duration: Duration) {
        values.requestsInFlight -= 1
        values.requests[.init(endpoint: endpoint, status: UInt16(clamping: status)), default: 0] += 1
        values.durations[endpoint, default: Histogram()].observe(duration)
        if clientLeft { values.clientCancellations += 1 }
    }

    func attemptStarted(_ backend: Int) {
        values.backends[backend].inFlight += 1
    }

    func attemptEnded(_ backend: Int, duration: Duration) {
        values.backends[backend].inFlight -= 1
        values.backends[backend].duration.observe(duration)
    }

    /// Counts an attempt by its outcome, which may be known only some time after its end.
    func attemptCounted(_ backend: Int, _ outcome: AttemptOutcome) {
        values.backends[backend].attempts[outcome.index] += 1
    }

    /// Counts requests that went out once more on a new connection.
    func resent(_ backend: Int, _ count: Int) {
        values.backends[backend].resends += UInt64(count)
    }

    /// Counts an attempt that came to nothing for want of a file descriptor.
    func descriptorsRanOut() {
        values.descriptorShortages += 1
    }

    func firstToken(_ backend: Int, after duration: Duration) {
        values.backends[backend].firstToken.observe(duration)
    }

    func chunksRelayed(_ count: Int) {
        values.streamedChunks += UInt64(count)
    }

    func breakerChanged(_ backend: Int, to state: BreakerState) {
        values.backends[backend].breakerTransitions[state] += 1
    }

    func tokens(_ backend: Int, _ usage: Usage) {
        values.backends[backend].inputTokens += Self.bounded(usage.input)
        values.backends[backend].cachedInputTokens += Self.bounded(usage.cacheRead ?? 0)
        values.backends[backend].outputTokens += Self.bounded(usage.output)
        values.backends[backend].reasoningTokens += Self.bounded(usage.reasoning ?? 0)
    }

    private static func bounded(_ tokens: Int) -> UInt64 {
        UInt64(min(max(0, tokens), answerTokensMax))
    }
}
