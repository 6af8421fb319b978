import Routing
import Runtime
import Testing

@Suite struct DecayingQuantilesTests {
    private let start = MonotonicInstant(nanoseconds: 0)

    @Test("without samples there is no quantile")
    func empty() {
        #expect(DecayingQuantiles().quantile(0.5) == nil)
    }

    @Test("a quantile is off by no more than a bucket", arguments: [0.01, 0.1, 0.5, 0.9, 0.99])
    func accuracy(share: Double) throws {
        var quantiles = DecayingQuantiles()
        for milliseconds in 1...1000 { quantiles.observe(.milliseconds(milliseconds), at: start) }
        let found = try #require(quantiles.quantile(share)).inSeconds
        let exact = share
        #expect(abs(found - exact) <= exact * 0.13)
    }

    @Test("the extremes fall into the outermost buckets")
    func extremes() throws {
        var quantiles = DecayingQuantiles()
        quantiles.observe(.seconds(-1), at: start)
        quantiles.observe(.zero, at: start)
        #expect(try #require(quantiles.quantile(1)) < .milliseconds(1))
        quantiles.observe(.seconds(1_000_000_000), at: start)
        #expect(try #require(quantiles.quantile(1)) > .seconds(900))
    }

    @Test("older samples weigh half after a half-life, and nothing after a day")
    func decay() throws {
        var quantiles = DecayingQuantiles()
        for _ in 0..<100 { quantiles.observe(.seconds(10), at: start) }
        for _ in 0..<60 { quantiles.observe(.milliseconds(10), at: start + DecayingQuantiles.halfLife) }
        // 50 against 60.
        #expect(try #require(quantiles.quantile(0.5)) < .milliseconds(20))
        #expect(try #require(quantiles.quantile(0.6)) > .seconds(5))
        quantiles.observe(.milliseconds(10), at: start + .seconds(24 * 60 * 60))
        #expect(try #require(quantiles.quantile(0.99)) < .milliseconds(20))
        // A clock that is a little behind is no reason to forget.
        quantiles.observe(.milliseconds(10), at: start)
        #expect(try #require(quantiles.quantile(0.99)) < .milliseconds(20))
    }
}
