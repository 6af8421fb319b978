/// How many of the calls in flight at one backend may be second tries of requests that have been there before.
///
/// A pure value. Without a bound, a backend that limits or fails everybody would get every request again for each of its
/// keys and models, just when it has the least to give.
package struct RetryBudget: Sendable, Equatable {
    /// The bounds; the larger of the two holds.
    package struct Settings: Sendable, Hashable {
        /// The share of the backend's calls in flight that may be retries, above 0 up to 1.
        package var share = 0.2
        /// The retries that are always allowed, however little is in flight.
        package var minimum = 10

        package init() {}
    }

    /// Retries that were allowed and have not ended.
    package private(set) var takenCount = 0
    private let settings: Settings

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// The most retries that may be in flight beside, or among, so many calls.
    package func bound(callsInFlight: Int) -> Int {
        max(settings.minimum, Int(settings.share * Double(callsInFlight)))
    }

    /// Allows one more retry, unless the budget is spent; what was allowed is given back once.
    package mutating func take(callsInFlight: Int) -> Bool {
        guard takenCount < bound(callsInFlight: callsInFlight) else { return false }
        takenCount += 1
        return true
    }

    /// A retry has ended.
    package mutating func giveBack() {
        precondition(takenCount > 0, "a retry was given back that was never taken")
        takenCount -= 1
    }
}
