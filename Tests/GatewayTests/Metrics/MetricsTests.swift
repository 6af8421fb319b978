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
            shard.attemptFinished(0, .success, duration: .milliseconds(5))
            shard.requestFinished(.chatCompletions, status: 200, duration: .milliseconds(6))
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

    @Test("every outcome has a place of its own")
    func outcomes() {
        #expect(AttemptOutcome.allCases.map(\.index) == Array(AttemptOutcome.allCases.indices))
    }
}
