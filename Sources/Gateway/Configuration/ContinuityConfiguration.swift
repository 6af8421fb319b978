import Runtime

/// Where conversations and their attempts are kept (`continuity`).
package struct ContinuityConfiguration: Sendable, Hashable {
    /// The kinds of store.
    package enum Store: String, Sendable, CaseIterable {
        case memory, sqlite
    }

    package var store = Store.memory
    /// The database file of the SQLite store (`sqlite_path`).
    package var sqlitePath: String?
    /// How long an unused conversation is remembered (`ttl`).
    package var timeToLive = Duration.seconds(24 * 3600)
    /// The most conversations remembered in memory (`max_legs`).
    package var legsMax = 100_000

    package init() {}
}
