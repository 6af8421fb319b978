import CSQLite
import Runtime

/// Takes turns from any thread and writes them in batches, one transaction each, on a thread that does nothing else.
///
/// A turn is in the file about one flush interval after it has come: neither queries nor the copying of the write-ahead log
/// into the file, which waits for the disk, stand in its way. SQLite's errors put turns back where they may pass.
actor LineageWriter {
    /// So many pages of the log (4 KiB each) ask for a checkpoint by somebody else: pages that are written over cost less
    /// than pages that are added, and a checkpoint waits for the disk.
    private static let logPagesAsked = 1000
    /// With so many (64 MiB) nobody else was able to empty it: a commit came between each time.
    private static let logPagesMax = 16_384

    /// How long a write waits for another process that has locked the file; then it is tried again after the next interval.
    ///
    /// Short, since queries wait for a write that is under way.
    private static let patience = Duration.milliseconds(250)
    /// So long after a write has failed that may pass later, a query does not have it tried again.
    private static let retryPause = Duration.seconds(1)

    private struct Queue {
        var turns: [Turn] = []
        /// Taken from `turns`, and neither in the file nor back yet.
        var writing: [Turn] = []
        /// Since when nothing can be written; nil while writing works.
        var outage: LineageOutage?
        /// Whether the timer will have the queue written.
        var isFlushDue = false
        var isClosed = false
        var statistics = ContinuityStatistics()
    }

    /// What is to be done after a turn was queued.
    private enum FollowUp {
        case nothing, setTimer, flush
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let thread: BlockingExecutor
    private let settings: SQLiteContinuityStore.Settings
    private let timer: SQLiteContinuityStore.Timer
    private let onLogGrown: @Sendable () -> Void
    private let queue = Locked(Queue())
    /// Nil after shutdown.
    private var recording: LineageRecording?
    /// Whether somebody was told that writing fails.
    private var isFailureTold = false
    /// When a write last failed that may pass later.
    private var lastFailure: MonotonicInstant?
    /// The size of the log, in pages, at which a checkpoint is asked for.
    private var logPagesDue = logPagesAsked

    /// - Parameters:
    ///   - recording: the file, from here on the writer's alone.
    ///   - onLogGrown: called on the writer's thread when the log should be copied into the file.
    init(
        _ recording: sending LineageRecording, settings: SQLiteContinuityStore.Settings,
        timer: @escaping SQLiteContinuityStore.Timer, onLogGrown: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        thread = try BlockingExecutor(name: "lip-lineage")
        recording.wait(upTo: Self.patience)
        self.recording = recording
        self.settings = settings
        self.timer = timer
        self.onLogGrown = onLogGrown
    }

    // MARK: Any thread

    nonisolated func record(_ turn: Turn) {
        let (batchCount, queueCountMax) = (settings.batchCount, settings.queueCountMax)
        let followUp = queue.withLock { queue -> FollowUp in
            guard !queue.isClosed, queue.turns.count < queueCountMax else {
                queue.statistics.droppedCount += 1
                queue.outage?.droppedCount += 1
                return .nothing
            }
            queue.turns.append(turn)
            if queue.turns.count == batchCount { return .flush }
            defer { queue.isFlushDue = true }
            return queue.isFlushDue ? .nothing : .setTimer
        }
        switch followUp {
        case .nothing: break
        case .setTimer: setTimer()
        case .flush: postFlush()
        }
    }

    nonisolated var statistics: ContinuityStatistics { queue.withLock { $0.statistics } }

    /// What is not in the file yet, in the order in which it came.
    ///
    /// Whoever reads the file afterwards misses nothing, and may find some of it in both.
    nonisolated var pendingTurns: [Turn] { queue.withLock { $0.writing + $0.turns } }

    /// Why nothing can be written, while that is so.
    nonisolated var outage: LineageOutage? { queue.withLock { $0.outage } }

    private nonisolated func setTimer() {
        timer(settings.flushInterval) { [weak self] in self?.postFlush() }
    }

    private nonisolated func postFlush() {
        // Not taken only once the thread was shut down, after the queue was written for the last time.
        thread.post { self.assumeIsolated { $0.writeQueue() } }
    }

    /// Writes what has come so far, and ends the thread.
    nonisolated func shutdown() async {
        await close()
        thread.shutdown()
    }

    // MARK: The writer's thread

    /// Writes what has come so far, and deletes what is too old to be seen, as far as the file can be written.
    ///
    /// Takes as long as the file is locked by somebody else, but not longer than two tries; what could not be written is
    /// among ``pendingTurns``.
    func flush() {
        if let lastFailure, settings.clock.now() - lastFailure < Self.retryPause { return }
        writeQueue()
        guard queue.withLock({ $0.outage == nil }) else { return }
        do throws(SQLiteError) {
            try deleteExpired()
        } catch {
            lastFailure = settings.clock.now()
        }
    }

    private func writeQueue() {
        guard let recording else { return }
        let turns = queue.withLock { queue in
            let turns = queue.turns
            queue.writing = turns
            queue.turns = []
            queue.turns.reserveCapacity(min(turns.count, settings.batchCount))
            queue.isFlushDue = false
            return turns
        }
        guard !turns.isEmpty else { return }
        do throws(SQLiteError) {
            let contradictionCount = try recording.write(turns)
            queue.withLock { queue in
                queue.writing = []
                queue.outage = nil
                queue.statistics.recordedCount += UInt64(turns.count - contradictionCount)
                queue.statistics.droppedCount += UInt64(contradictionCount)
            }
            if isFailureTold { settings.onWriteFailure(nil) }
            isFailureTold = false
            lastFailure = nil
            try? deleteExpired()
            askForCheckpoint(recording)
        } catch {
            keep(turns, after: error)
        }
    }

    /// Puts turns back that may be written later; drops them when they never will be, or when there is no room.
    private func keep(_ turns: [Turn], after error: SQLiteError) {
        let queueCountMax = settings.queueCountMax
        let now = settings.clock.now()
        let (mustSetTimer, since) = queue.withLock { queue in
            let since = queue.outage?.since ?? now
            let lost = queue.outage?.droppedCount ?? 0
            queue.outage = LineageOutage(reason: error.message, since: since, droppedCount: lost)
            queue.writing = []
            queue.statistics.failedWriteCount += 1
            guard error.mayPass, !queue.isClosed else {
                queue.statistics.droppedCount += UInt64(turns.count)
                queue.outage?.droppedCount += turns.count
                return (false, since)
            }
            let kept = turns.prefix(max(0, queueCountMax - queue.turns.count))
            queue.statistics.droppedCount += UInt64(turns.count - kept.count)
            queue.outage?.droppedCount += turns.count - kept.count
            queue.turns = kept + queue.turns
            defer { queue.isFlushDue = true }
            return (!queue.isFlushDue, since)
        }
        if mustSetTimer { setTimer() }
        lastFailure = error.mayPass ? now : nil
        // Others may have the file for a moment.
        guard !isFailureTold, !error.isBusy || now - since >= SQLiteDatabase.patience else { return }
        settings.onWriteFailure(error.description)
        isFailureTold = true
    }

    private func askForCheckpoint(_ recording: LineageRecording) {
        let pageCount = recording.logPageCount
        if pageCount >= Self.logPagesMax {
            // Later, and then again: what keeps it from being emptied now is a reader from another process.
            logPagesDue = pageCount + Self.logPagesAsked
            try? recording.checkpoint()
        } else if pageCount >= logPagesDue {
            logPagesDue = pageCount + Self.logPagesAsked
            onLogGrown()
        } else if pageCount < Self.logPagesAsked {
            // It has begun anew.
            logPagesDue = Self.logPagesAsked
        }
    }

    private func deleteExpired() throws(SQLiteError) {
        guard let recording, let timeToLive = settings.timeToLive else { return }
        let bound = settings.wallClock().subtractingReportingOverflow(timeToLive.wholeNanoseconds)
        guard !bound.overflow else { return }
        try recording.deleteLegs(lastSeenUntil: bound.partialValue)
    }

    private func close() {
        queue.withLock { $0.isClosed = true }
        // It is the last try.
        recording?.wait(upTo: SQLiteDatabase.patience)
        writeQueue()
        recording = nil
    }
}

extension SQLiteError {
    /// Whether the same write may succeed later: somebody else holds the file, or the disk is full.
    fileprivate var mayPass: Bool {
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_IOERR, SQLITE_NOMEM, SQLITE_READONLY, SQLITE_CANTOPEN: true
        default: false
        }
    }
}
