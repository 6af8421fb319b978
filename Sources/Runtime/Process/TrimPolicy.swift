/// Decides when memory that a peak of load has left behind is given back: a value, told of the load now and then.
///
/// A trim pays once, after a peak has gone and stays gone; while load goes up and down, free memory is soon used again.
package struct TrimPolicy: Sendable {
    /// Loads below this leave too little behind to look for.
    package var peakCountMin: Int
    /// The load must have fallen to this part of the peak, 1/n.
    package var fallDivisor: Int
    /// Time for which it must stay there.
    package var quietTime: Duration

    private var peak = 0
    private var quietSince: MonotonicInstant?

    package init(peakCountMin: Int = 16, fallDivisor: Int = 4, quietTime: Duration = .seconds(2)) {
        precondition(peakCountMin > 0 && fallDivisor > 0, "a trim follows a peak")
        self.peakCountMin = peakCountMin
        self.fallDivisor = fallDivisor
        self.quietTime = quietTime
    }

    /// Takes a look at the load, some times a second; true when now is the moment to trim.
    package mutating func observe(inFlightCount: Int, at now: MonotonicInstant) -> Bool {
        peak = max(peak, inFlightCount)
        guard peak >= peakCountMin, inFlightCount <= peak / fallDivisor else {
            quietSince = nil
            return false
        }
        let since = quietSince ?? now
        quietSince = since
        if now - since < quietTime { return false }
        peak = inFlightCount
        quietSince = nil
        return true
    }
}
