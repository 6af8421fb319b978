/// When a provider is asked for its models again.
///
/// Pure: the waits are told, nobody waits here.
struct DiscoverySchedule: Equatable {
    /// The wait after a first failure; it doubles with each further one.
    static let retryDelayMin = Duration.seconds(30)

    private let interval: Duration
    /// Failures since it last went well.
    private(set) var failureCount = 0

    /// - Parameter interval: The wait after it went well, and the longest one.
    init(interval: Duration) {
        self.interval = interval
    }

    /// The list has come; returns how long it is taken for true.
    mutating func succeeded() -> Duration {
        failureCount = 0
        return interval
    }

    /// The list could not be had; returns the wait before the next try, and whether this is worth a warning: the first
    /// failure of a row is.
    mutating func failed() -> (wait: Duration, isFirst: Bool) {
        failureCount += 1
        var wait = Self.retryDelayMin
        for _ in 1..<failureCount where wait < interval { wait *= 2 }
        return (min(wait, interval), failureCount == 1)
    }
}
