import Runtime

/// Keeps lineage in a database file, which outlives the process.
///
/// Turns wait in a bounded queue and are written in batches on a thread of their own; queries have another thread, and another
/// connection. A process that is killed loses what has waited since the last batch, which is less than 100 ms old, and never
/// the file.
package actor SQLiteContinuityStore: ContinuityStore {
    /// How the store writes.
    package struct Settings: Sendable {
        /// How long a turn waits for others before they are written.
        package var flushInterval = Duration.milliseconds(70)
        /// So many turns are written without further waiting.
        package var batchCount = 512
        /// Turns that may wait; further ones are dropped and counted.
        package var queueCountMax = 16_384
        /// How long an A-leg is kept after it was last seen; nil for good.
        package var timeToLive: Duration?
        /// The time, in nanoseconds since the Unix epoch.
        package var wallClock: @Sendable () -> Int64 = WallClock.now
        /// Told when writing begins to fail, with the reason, and when it works again, with nil; on the writer's thread.
        package var onWriteFailure: @Sendable (_ reason: String?) -> Void = { _ in }

        package init() {}
    }

    /// Runs a closure after a time, or drops it when there is no time left.
    package typealias Timer = @Sendable (_ delay: Duration, _ body: @escaping @Sendable () -> Void) -> Void

    private let writer: LineageWriter
    private let reader: LineageReader

    /// Opens the file, which is created where it does not exist.
    ///
    /// - Parameter timer: what calls the store back when turns have waited.
    package init(path: String, settings: Settings = Settings(), timer: @escaping Timer) throws {
        // Before the threads: what cannot be opened leaves none behind.
        let recording = try LineageRecording(path: path, expires: settings.timeToLive != nil)
        let reader = try LineageReader(path: path)
        self.reader = reader
        writer = try LineageWriter(recording, settings: settings, timer: timer) { reader.postCheckpoint() }
    }

    package nonisolated func record(_ turn: Turn) { writer.record(turn) }

    package nonisolated var statistics: ContinuityStatistics { writer.statistics }

    package nonisolated func shutdown() async {
        await reader.shutdown()
        // Last, so that it is the one that closes the file, with all that it holds.
        await writer.shutdown()
    }

    package func aLeg(_ id: ALegID) async throws -> ALeg? {
        try await writer.flush()
        return try await reader.aLeg(id)
    }

    package func attempts(of id: ALegID) async throws -> [AttemptRecord] {
        try await writer.flush()
        return try await reader.attempts(of: id)
    }

    package func page(_ query: LineageQuery) async throws -> LineagePage {
        try await writer.flush()
        return try await reader.page(query)
    }
}
