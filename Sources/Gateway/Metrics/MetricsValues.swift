import Dialects
import Routing
import Runtime

/// Everything lip counts, for one loop or summed over all; plain values without labels of unbounded cardinality.
package struct MetricsValues: Sendable {
    struct RequestKey: Hashable, Sendable {
        var endpoint: Endpoint
        var status: UInt16
    }

    /// What is counted a backend; the index is the backend's position in the configuration.
    struct BackendValues: Sendable {
        var attempts = [UInt64](repeating: 0, count: AttemptOutcome.allCases.count)
        var inFlight: Int64 = 0
        /// Requests that went out once more on a new connection.
        var resends: UInt64 = 0
        var firstToken = Histogram()
        var duration = Histogram()
        var inputTokens: UInt64 = 0
        var cachedInputTokens: UInt64 = 0
        var outputTokens: UInt64 = 0
        var reasoningTokens: UInt64 = 0
        /// How often a breaker of the backend's legs went over to each state.
        var breakerTransitions = BreakerTally()
    }

    var requests: [RequestKey: UInt64] = [:]
    var durations: [Endpoint: Histogram] = [:]
    var requestsInFlight: Int64 = 0
    var streamedChunks: UInt64 = 0
    var clientCancellations: UInt64 = 0
    /// Attempts that came to nothing for want of a file descriptor.
    var descriptorShortages: UInt64 = 0
    /// Upstream transfers under way, open upstream connections, and timers set, when the values were taken.
    var transfers: Int64 = 0
    var connections: Int64 = 0
    var timers: Int64 = 0
    var backends: [BackendValues]

    init(backendCount: Int) {
        backends = Array(repeating: BackendValues(), count: backendCount)
    }

    mutating func merge(_ other: MetricsValues) {
        requests.merge(other.requests, uniquingKeysWith: +)
        for (endpoint, histogram) in other.durations { durations[endpoint, default: Histogram()].merge(histogram) }
        requestsInFlight += other.requestsInFlight
        streamedChunks += other.streamedChunks
        clientCancellations += other.clientCancellations
        descriptorShortages += other.descriptorShortages
        transfers += other.transfers
        connections += other.connections
        timers += other.timers
        for index in backends.indices { backends[index].merge(other.backends[index]) }
    }
}

extension MetricsValues.BackendValues {
    mutating func merge(_ other: Self) {
        for index in attempts.indices { attempts[index] += other.attempts[index] }
        inFlight += other.inFlight
        resends += other.resends
        firstToken.merge(other.firstToken)
        duration.merge(other.duration)
        inputTokens += other.inputTokens
        cachedInputTokens += other.cachedInputTokens
        outputTokens += other.outputTokens
        reasoningTokens += other.reasoningTokens
        breakerTransitions.merge(other.breakerTransitions)
    }
}
