import CSQLite
import Glibc
import Runtime

/// Keeps lineage in a database file, which outlives the process.
///
/// Turns wait in a bounded queue and are written in batches, one transaction each, on a thread of the store's own. A
/// process that is killed loses what has waited since the last batch, which is less than 100 ms old, and never the file.
package actor SQLiteContinuityStore: ContinuityStore {
    /// How the store writes.
    package struct Settings: Sendable {
        /// How long a turn waits for others before they are written.
        package var flushInterval = Duration.milliseconds(50)
        /// So many turns are written without further waiting.
        package var batchCount = 512
        /// Turns that may wait; further ones are dropped and counted.
        package var queueCountMax = 16_384
        /// How long an A-leg is kept after it was last seen; nil for good.
        package var timeToLive: Duration?
        /// The time, in nanoseconds since the Unix epoch.
        package var wallClock: @Sendable () -> Int64 = systemTime
        /// Told when writing begins to fail, with the reason, and when it works again, with nil; on the store's thread.
        package var onWriteFailure: @Sendable (_ reason: String?) -> Void = { _ in }

        package init() {}
    }

    /// Runs a closure after a time, or drops it when there is no time left.
    package typealias Timer = @Sendable (_ delay: Duration, _ body: @escaping @Sendable () -> Void) -> Void

    private struct Queue {
        var turns: [Turn] = []
        /// Whether the timer will have the queue written.
        var isFlushDue = false
        var isClosed = false
        var statistics = ContinuityStatistics()
    }

    /// What is to be done after a turn was queued.
    private enum FollowUp {
        case nothing, setTimer, flush
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let thread: BlockingExecutor
    private let settings: Settings
    private let timer: Timer
    private let queue = Locked(Queue())
    /// Nil after shutdown.
    private var file: LineageFile?
    private var isFailing = false

    /// Opens the file, which is created where it does not exist.
    ///
    /// - Parameter timer: what calls the store back when turns have waited.
    package init(path: String, settings: Settings = Settings(), timer: @escaping Timer) throws {
        // Before the thread: what cannot be opened leaves none behind.
        file = try LineageFile(path: path)
        thread = try BlockingExecutor(name: "lip-lineage")
        self.settings = settings
        self.timer = timer
    }

    // MARK: Any thread

    package nonisolated func record(_ turn: Turn) {
        let (batchCount, queueCountMax) = (settings.batchCount, settings.queueCountMax)
        let followUp = queue.withLock { queue -> FollowUp in
            guard !queue.isClosed, queue.turns.count < queueCountMax else {
                queue.statistics.droppedCount += 1
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

    package nonisolated var statistics: ContinuityStatistics { queue.withLock { $0.statistics } }

    private nonisolated func setTimer() {
        timer(settings.flushInterval) { [weak self] in self?.postFlush() }
    }

    private nonisolated func postFlush() {
        // Not taken only once the thread was shut down, after the queue was written for the last time.
        thread.post { self.assumeIsolated { $0.writeQueue() } }
    }

    package nonisolated func shutdown() async {
        await close()
        thread.shutdown()
    }

    // MARK: The store's thread

    package func aLeg(_ id: ALegID) throws -> ALeg? {
        try prepareToRead()?.aLeg(id)
    }

    package func attempts(of id: ALegID) throws -> [AttemptRecord] {
        try prepareToRead()?.attempts(of: id) ?? []
    }

    package func page(_ query: LineageQuery) throws -> LineagePage {
        try prepareToRead()?.page(query) ?? LineagePage(attempts: [], next: nil)
    }

    private func prepareToRead() throws -> LineageFile? {
        writeQueue()
        try deleteExpired()
        return file
    }

    private func writeQueue() {
        guard let file else { return }
        let turns = queue.withLock { queue in
            let turns = queue.turns
            queue.turns = []
            queue.turns.reserveCapacity(min(turns.count, settings.batchCount))
            queue.isFlushDue = false
            return turns
        }
        guard !turns.isEmpty else { return }
        do throws(SQLiteError) {
            let contradictionCount = try file.write(turns)
            queue.withLock { queue in
                queue.statistics.recordedCount += UInt64(turns.count - contradictionCount)
                queue.statistics.droppedCount += UInt64(contradictionCount)
            }
            if isFailing { settings.onWriteFailure(nil) }
            isFailing = false
            _ = try? deleteExpired()
        } catch {
            keep(turns, after: error)
        }
    }

    /// Puts turns back that may be written later; drops them when they never will be, or when there is no room.
    private func keep(_ turns: [Turn], after error: SQLiteError) {
        let queueCountMax = settings.queueCountMax
        let mustSetTimer = queue.withLock { queue in
            queue.statistics.failedWriteCount += 1
            guard error.mayPass, !queue.isClosed else {
                queue.statistics.droppedCount += UInt64(turns.count)
                return false
            }
            let kept = turns.prefix(max(0, queueCountMax - queue.turns.count))
            queue.statistics.droppedCount += UInt64(turns.count - kept.count)
            queue.turns = kept + queue.turns
            defer { queue.isFlushDue = true }
            return !queue.isFlushDue
        }
        if mustSetTimer { setTimer() }
        if !isFailing { settings.onWriteFailure(error.description) }
        isFailing = true
    }

    private func deleteExpired() throws {
        guard let file, let timeToLive = settings.timeToLive else { return }
        let bound = settings.wallClock().subtractingReportingOverflow(timeToLive.wholeNanoseconds)
        guard !bound.overflow else { return }
        _ = try file.deleteLegs(lastSeenUntil: bound.partialValue)
    }

    private func close() {
        queue.withLock { $0.isClosed = true }
        writeQueue()
        file = nil
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

/// The system's time, in nanoseconds since the Unix epoch.
private func systemTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
