import Dialects
import Routing
import Runtime
import Testing

@testable import Gateway

@Suite struct MetricsTests {
    @Test("a histogram's buckets are cumulative and end with the count")
    func histogram() {
        var histogram = Histogram()
        for milliseconds in [1, 3, 3, 700, 400_000] { histogram.observe(.milliseconds(milliseconds)) }
        var text = PrometheusText()
        text.histogram("d", [("route", "/x")], histogram)
        let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.first == #"d_bucket{route="/x",le="0.001"} 1"#)
        #expect(lines.contains(#"d_bucket{route="/x",le="0.005"} 3"#))
        #expect(lines.contains(#"d_bucket{route="/x",le="300"} 4"#))
        #expect(lines.contains(#"d_bucket{route="/x",le="+Inf"} 5"#))
        #expect(lines.contains(#"d_sum{route="/x"} 400.707"#))
        #expect(lines.last == #"d_count{route="/x"} 5"#)
    }

    @Test("label values are escaped")
    func escaping() {
        var text = PrometheusText()
        text.sample("m", [("k", "a\"b\\c\nd")], count: 1)
        #expect(String(decoding: text.bytes, as: UTF8.self) == "m{k=\"a\\\"b\\\\c\\nd\"} 1\n")
    }

    @Test("counts of several loops add up")
    func merge() {
        let first = MetricsShard(backendCount: 1)
        let second = MetricsShard(backendCount: 1)
        for shard in [first, second] {
            shard.requestStarted()
            shard.attemptStarted(0)
            shard.attemptEnded(0, duration: .milliseconds(5))
            shard.attemptCounted(0, .success)
            shard.requestFinished(.chatCompletions, status: 200, clientLeft: false, duration: .milliseconds(6))
        }
        second.requestStarted()
        var values = MetricsValues(backendCount: 1)
        values.merge(first.values)
        values.merge(second.values)
        #expect(values.requests[.init(endpoint: .chatCompletions, status: 200)] == 2)
        #expect(values.requestsInFlight == 1)
        #expect(values.backends[0].attempts[AttemptOutcome.success.index] == 2)
        #expect(values.backends[0].inFlight == 0)
    }

    @Test("a client that leaves in the middle of its answer is counted, whatever status it saw")
    func cancellations() {
        let shard = MetricsShard(backendCount: 0)
        for (status, clientLeft) in [(200, true), (499, true), (200, false), (502, false)] {
            shard.requestStarted()
            shard.requestFinished(.chatCompletions, status: status, clientLeft: clientLeft, duration: .milliseconds(1))
        }
        #expect(shard.values.clientCancellations == 2)
    }

    @Test("breakers are told for each backend and state, over all loops")
    func breakers() {
        let first = MetricsShard(backendCount: 2)
        let second = MetricsShard(backendCount: 2)
        first.breakerChanged(1, to: .open)
        first.breakerChanged(1, to: .halfOpen)
        second.breakerChanged(1, to: .open)
        var values = MetricsValues(backendCount: 2)
        values.merge(first.values)
        values.merge(second.values)
        var tally = BreakerTally()
        tally[.open] = 3
        let report = MetricsReport(
            values: values, backends: ["a", "b"], breakers: [BreakerTally(), tally],
            process: ProcessStatistics.read(startTime: 0), version: "1")
        let lines = String(decoding: report.render(), as: UTF8.self).split(separator: "\n")
        #expect(
            lines.filter { $0.hasPrefix("lip_breaker_legs{") } == [
                #"lip_breaker_legs{backend="a",state="closed"} 0"#, #"lip_breaker_legs{backend="a",state="open"} 0"#,
                #"lip_breaker_legs{backend="a",state="half_open"} 0"#,
                #"lip_breaker_legs{backend="b",state="closed"} 0"#, #"lip_breaker_legs{backend="b",state="open"} 3"#,
                #"lip_breaker_legs{backend="b",state="half_open"} 0"#,
            ])
        #expect(lines.contains(#"lip_breaker_transitions_total{backend="b",to="open"} 2"#))
        #expect(lines.contains(#"lip_breaker_transitions_total{backend="b",to="half_open"} 1"#))
        #expect(lines.contains(#"lip_breaker_transitions_total{backend="a",to="open"} 0"#))
    }

    @Test("keys, busy legs and retries are told for each backend")
    func loads() {
        var load = BackendLoad.Snapshot()
        load.busyCount = 4
        load.retryCount = 7
        load.refusedRetryCount = 2
        load.retriesInFlightCount = 3
        let until = MonotonicInstant(nanoseconds: 1)
        let report = MetricsReport(
            values: MetricsValues(backendCount: 2), backends: ["a", "b"], breakers: [BreakerTally(), BreakerTally()],
            loads: [load, BackendLoad.Snapshot()],
            keys: [[.usable, .cooling(until: until, isStated: true), .usable, .disabled], []],
            process: ProcessStatistics.read(startTime: 0), version: "1")
        let lines = Set(String(decoding: report.render(), as: UTF8.self).split(separator: "\n").map(String.init))
        for line in [
            #"lip_keys{backend="a",state="usable"} 2"#, #"lip_keys{backend="a",state="resting"} 1"#,
            #"lip_keys{backend="a",state="refused"} 1"#, #"lip_keys{backend="b",state="usable"} 0"#,
            #"lip_busy_refusals_total{backend="a"} 4"#, #"lip_busy_refusals_total{backend="b"} 0"#,
            #"lip_retries_total{backend="a",result="allowed"} 7"#,
            #"lip_retries_total{backend="a",result="refused"} 2"#,
            #"lip_retries_in_flight{backend="a"} 3"#,
        ] { #expect(lines.contains(line)) }
    }

    @Test("every outcome has a place of its own")
    func outcomes() {
        #expect(AttemptOutcome.allCases.map(\.index) == Array(AttemptOutcome.allCases.indices))
    }

    @Test("absurd token counts of a provider do not overflow the sums")
    func absurdTokens() {
        let shard = MetricsShard(backendCount: 1)
        for _ in 0..<4 {
            shard.tokens(0, Usage(input: .max, output: .max, cacheRead: .max, reasoning: -1))
        }
        #expect(shard.values.backends[0].inputTokens == UInt64(4 * MetricsShard.answerTokensMax))
        #expect(shard.values.backends[0].reasoningTokens == 0)
    }

    @Test("the sum of durations holds years of ten thousand streams")
    func longSums() {
        var histogram = Histogram()
        // Ten thousand streams for a year.
        for _ in 0..<10_000 { histogram.observe(.seconds(365 * 86_400)) }
        var twice = histogram
        twice.merge(histogram)
        #expect(twice.count == 20_000)
        #expect(Double(twice.sumMicroseconds) / 1e6 == 20_000 * 365 * 86_400)
    }
}
