import Runtime

/// Counts of durations in fixed buckets, as Prometheus histograms want them; a value that adds up over loops.
package struct Histogram: Sendable {
    /// Upper bounds in nanoseconds, from 1 ms for an answer out of memory to five minutes for a long completion.
    static let boundsNanoseconds: [Int64] = [
        1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000, 60_000_000_000, 120_000_000_000,
        300_000_000_000,
    ]

    /// One count a bound, not cumulative, and one for what lies above the last bound.
    private(set) var counts = [UInt64](repeating: 0, count: Histogram.boundsNanoseconds.count + 1)
    /// Not in nanoseconds: with ten thousand streams in progress those would overflow within days.
    private(set) var sumMicroseconds: Int64 = 0

    var count: UInt64 { counts.reduce(0, +) }

    mutating func observe(_ duration: Duration) {
        let nanoseconds = max(0, duration.wholeNanoseconds)
        var bucket = 0
        while bucket < Self.boundsNanoseconds.count, nanoseconds > Self.boundsNanoseconds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sumMicroseconds += nanoseconds / 1000
    }

    mutating func merge(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket] += other.counts[bucket] }
        sumMicroseconds += other.sumMicroseconds
    }
}
