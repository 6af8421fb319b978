import Runtime

/// Keeps lineage in a database file, which outlives the process.
///
/// Turns are in a journal beside the file 20 ms after they have come, and a second later in the file, many in one
/// transaction. A process that is killed thus loses less than the last 100 ms, even while the file is locked or its disk
/// slow, and never the file.
package actor SQLiteContinuityStore: ContinuityStore {
    /// How the store writes.
    package struct Settings: Sendable {
        /// How long a turn waits for others before they are written to the journal.
        package var flushInterval = Duration.milliseconds(20)
        /// How long turns wait in the journal before they are moved into the file, and before that is tried again.
        package var moveInterval = Duration.seconds(1)
        /// So many turns are moved without further waiting.
        package var batchCount = 2000
        /// Turns that may wait to be in the file; further ones are dropped and counted.
        package var queueCountMax = 16_384
        /// How long an A-leg is kept after it was last seen; nil for good.
        package var timeToLive: Duration?
        /// The time, in nanoseconds since the Unix epoch.
        package var wallClock: @Sendable () -> Int64 = WallClock.now
        /// Told when writing begins to fail, with the reason, and when it works again, with nil; on the journal's thread.
        package var onWriteFailure: @Sendable (_ reason: String?) -> Void = { _ in }

        package init() {}
    }

    /// Runs a closure after a time, or drops it when there is no time left.
    package typealias Timer = @Sendable (_ delay: Duration, _ body: @escaping @Sendable () -> Void) -> Void

    private let archive: LineageArchive
    private let writer: LineageWriter

    /// Opens the file, which is created where it does not exist, and takes in what a killed process left in its journal.
    ///
    /// - Parameter timer: what calls the store back when turns have waited.
    package init(path: String, settings: Settings = Settings(), timer: @escaping Timer) throws {
        // Before the threads: what cannot be opened leaves none behind.
        let file = try LineageFile(path: path)
        let journal = try TurnJournal(database: path)
        if !journal.leftovers.isEmpty { _ = try file.write(journal.leftovers) }
        journal.beginAnew()
        archive = try LineageArchive(file, settings: settings)
        writer = try LineageWriter(journal, archive: archive, settings: settings, timer: timer)
    }

    package nonisolated func record(_ turn: Turn) { writer.record(turn) }

    package nonisolated var statistics: ContinuityStatistics { writer.statistics }

    package nonisolated func shutdown() async {
        await writer.shutdown()
        await archive.shutdown()
    }

    package func aLeg(_ id: ALegID) async throws -> ALeg? {
        await writer.flush()
        return try await archive.aLeg(id)
    }

    package func attempts(of id: ALegID) async throws -> [AttemptRecord] {
        await writer.flush()
        return try await archive.attempts(of: id)
    }

    package func page(_ query: LineageQuery) async throws -> LineagePage {
        await writer.flush()
        return try await archive.page(query)
    }
}
