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
    /// How long an unused conversation is remembered (`ttl`); nil is a day in memory, and for good in a file.
    package var timeToLive: Duration?
    /// The most conversations remembered in memory (`max_legs`).
    package var legsMax = 5_000

    /// How long the memory store remembers an unused conversation unless the configuration says otherwise.
    static let memoryTimeToLive = Duration.seconds(24 * 3600)

    package init() {}
}
