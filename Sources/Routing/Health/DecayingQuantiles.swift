import Runtime

/// Quantiles of durations in which older samples weigh less: half as much after every ``halfLife``.
///
/// A histogram whose buckets are a quarter of an octave wide, so a quantile is off by an eighth at most. It covers 0.13 ms
/// to 18 minutes; what lies outside counts as the nearest. It has no memory before the first sample, 400 bytes after it.
package struct DecayingQuantiles: Sendable, Equatable {
    /// The time after which a sample counts half.
    package static let halfLife = Duration.seconds(5 * 60)

    /// Weights fade in this many steps a half-life.
    private static let stepsPerHalfLife = 4
    private static let stepNanoseconds = halfLife.wholeNanoseconds / Int64(stepsPerHalfLife)
    /// The weight that is left after one step: the fourth root of a half.
    private static let stepFactor: Float = 0.840_896_4
    /// After so many steps nothing worth counting is left of a sample.
    private static let stepCountMax: Int64 = 80

    /// The exponent of two of the shortest and the longest duration in nanoseconds that are told apart.
    private static let exponents = 17...39
    private static let bucketsPerOctave = 4

    private var weights: [Float] = []
    private var step: Int64 = 0

    package init() {}

    /// Adds a sample; negative durations count as zero.
    package mutating func observe(_ duration: Duration, at now: MonotonicInstant) {
        let current = now.nanoseconds / Self.stepNanoseconds
        if weights.isEmpty {
            weights = Array(repeating: 0, count: Self.exponents.count * Self.bucketsPerOctave)
            step = current
        }
        fade(to: current)
        weights[Self.bucket(of: duration.wholeNanoseconds)] += 1
    }

    /// The duration that a share of the samples stays below; nil before the first sample.
    package func quantile(_ share: Double) -> Duration? {
        let total = weights.reduce(0) { $0 + Double($1) }
        guard total > 0 else { return nil }
        let wanted = min(max(share, 0), 1) * total
        var below = 0.0
        var last: Duration?
        for (bucket, weight) in weights.enumerated() where weight > 0 {
            let lower = Double(Self.lowerBound(bucket))
            let upper = Double(Self.lowerBound(bucket + 1))
            if below + Double(weight) >= wanted {
                let part = max(0, wanted - below) / Double(weight)
                return .nanoseconds(Int64(lower + (upper - lower) * part))
            }
            below += Double(weight)
            last = .nanoseconds(Int64(upper))
        }
        return last
    }

    private mutating func fade(to current: Int64) {
        // A loop whose clock is a little behind has nothing to fade.
        guard current > step else { return }
        var factor: Float = 1
        for _ in 0..<min(current - step, Self.stepCountMax) { factor *= Self.stepFactor }
        for bucket in weights.indices { weights[bucket] *= factor }
        step = current
    }

    private static func bucket(of nanoseconds: Int64) -> Int {
        guard nanoseconds >= 1 << Int64(exponents.lowerBound) else { return 0 }
        let exponent = 63 - nanoseconds.leadingZeroBitCount
        guard exponent <= exponents.upperBound else { return exponents.count * bucketsPerOctave - 1 }
        let quarter = Int((nanoseconds >> Int64(exponent - 2)) & 3)
        return (exponent - exponents.lowerBound) * bucketsPerOctave + quarter
    }

    private static func lowerBound(_ bucket: Int) -> Int64 {
        let exponent = exponents.lowerBound + bucket / bucketsPerOctave
        return Int64(4 + bucket % bucketsPerOctave) << Int64(exponent - 2)
    }
}
