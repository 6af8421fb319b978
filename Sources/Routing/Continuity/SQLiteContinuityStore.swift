import Runtime

/// Keeps lineage in a database file, which outlives the process.
///
/// Turns wait in a bounded queue and are written in batches on a thread of their own; queries have another thread, and another
/// connection. A process that is killed loses what has waited since the last batch, which is less than 100 ms old, and never
/// the file. What waits is among what queries find: they neither need the file to be writable nor wait until it is.
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
        /// What outages are measured with.
        package var clock: any MonotonicClock = SystemClock()
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
        await writer.flush()
        let pending = writer.pendingTurns.filter { $0.aLeg.id == id }
        var leg = try await reader.aLeg(id)
        for turn in pending {
            var seen = leg ?? turn.aLeg
            seen.lastSeenAt = max(seen.lastSeenAt, turn.aLeg.lastSeenAt)
            leg = seen
        }
        if leg == nil, let outage = writer.outage, outage.droppedCount > 0 { throw outage }
        return leg
    }

    package func attempts(of id: ALegID) async throws -> [AttemptRecord] {
        await writer.flush()
        let pending = writer.pendingTurns.filter { $0.aLeg.id == id }
        var attempts = try await reader.attempts(of: id)
        for turn in pending {
            var known = Dictionary(uniqueKeysWithValues: attempts.map { ($0.sequence, $0) })
            // As the file will: another attempt under a known sequence is refused with its turn.
            guard turn.attempts.allSatisfy({ known[$0.sequence].map(\.id) ?? $0.id == $0.id }) else { continue }
            for attempt in turn.attempts { known[attempt.sequence] = attempt }
            attempts = known.values.sorted { $0.sequence < $1.sequence }
        }
        return attempts
    }

    package func page(_ query: LineageQuery) async throws -> LineagePage {
        await writer.flush()
        let pending = writer.pendingTurns
        let page = try await reader.page(query)
        var selection = LineageSelection(query)
        for row in page.rows { selection.consider(row.attempt, number: row.number) }
        if !pending.isEmpty {
            let found = Set(page.rows.map { AttemptName($0.attempt) })
            // Numbers that no row has: the next page begins behind what is found here, wherever it will stand in the file.
            var number: Int64 = 0
            for attempt in pending.lazy.flatMap(\.attempts) where !found.contains(AttemptName(attempt)) {
                // What starts before the file's last row is for a later page.
                if let next = page.next, attempt.startedAt < next.startedAt { continue }
                selection.consider(attempt, number: number)
                number -= 1
            }
        }
        var answer = selection.page
        answer.next = answer.next ?? page.next
        return answer
    }
}

/// What tells an attempt from all others, in the file as in the queue.
private struct AttemptName: Hashable {
    let aLeg: ALegID
    let sequence: Int

    init(_ attempt: AttemptRecord) {
        aLeg = attempt.aLeg
        sequence = attempt.sequence
    }
}
