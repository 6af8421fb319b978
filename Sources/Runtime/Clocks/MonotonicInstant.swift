/// A point on the process's monotonic clock, in nanoseconds since an arbitrary origin.
///
/// Eight bytes, so that state machines can hold and compare many of them; `ContinuousClock.Instant` is twice as large
/// and its arithmetic is 128 bits wide.
package struct MonotonicInstant: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than every instant that a clock returns.
    package static let distantFuture = MonotonicInstant(nanoseconds: .max)

    // Written out, since the one that the compiler makes is not inlined into other modules.
    package static func == (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds == right.nanoseconds
    }

    package static func < (left: MonotonicInstant, right: MonotonicInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `duration` later; saturates at `distantFuture`.
    package static func + (instant: MonotonicInstant, duration: Duration) -> MonotonicInstant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return MonotonicInstant(nanoseconds: overflow ? .max : sum)
    }

    package static func - (later: MonotonicInstant, earlier: MonotonicInstant) -> Duration {
        .nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }
}

extension Duration {
    /// The duration in nanoseconds, saturating at the bounds of `Int64` (292 years).
    package var wholeNanoseconds: Int64 {
        let whole = attoseconds
        // Up to two and a half hours, a division of 64 bits does (10⁹ is 2⁹ times an odd number).
        if whole >> 73 == 0 { return Int64(UInt64(truncatingIfNeeded: whole >> 9) / (1_000_000_000 >> 9)) }
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflowed ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds, for figures shown to people and metrics.
    package var inSeconds: Double {
        Double(wholeNanoseconds) / 1e9
    }
}
