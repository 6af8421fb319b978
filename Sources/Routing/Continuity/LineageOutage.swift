import Runtime

/// A store that cannot keep what is recorded: since when, why, and what that has cost.
package struct LineageOutage: Error, Sendable, Equatable {
    /// What the last write said, such as "database is locked".
    package var reason: String
    package var since: MonotonicInstant
    /// Turns that were dropped since then, for lack of room.
    package var droppedCount: Int

    package init(reason: String, since: MonotonicInstant, droppedCount: Int) {
        self.reason = reason
        self.since = since
        self.droppedCount = droppedCount
    }
}
