import Runtime

/// Lets one line of its sort through at a time, and counts those that it holds back meanwhile.
struct LogThrottle {
    /// How long after a line the next one is let through.
    static let pause = Duration.seconds(10)

    private var nextAt = MonotonicInstant(nanoseconds: .min)
    private var heldBackCount = 0

    /// Whether a line may be written now: how many were held back since the last one; nil if it is held back itself.
    mutating func admitted(at now: MonotonicInstant) -> Int? {
        guard now >= nextAt else {
            heldBackCount += 1
            return nil
        }
        nextAt = now + Self.pause
        defer { heldBackCount = 0 }
        return heldBackCount
    }
}
