import CSQLite
import Runtime

/// Takes turns from any thread, writes them to the journal a moment later, and has them moved into the database by the hundred.
///
/// Its thread does nothing but append to the journal, so neither a slow disk under the database, nor somebody who has locked
/// it, nor a long query stands between a turn and the file that survives the process.
actor LineageWriter {
    private struct Queue {
        var turns: [Turn] = []
        /// Whether the timer will have the queue written.
        var isFlushDue = false
        /// Turns that are not in the database, wherever they are.
        var heldCount = 0
        var isClosed = false
        var statistics = ContinuityStatistics()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let thread: BlockingExecutor
    private let archive: LineageArchive
    private let settings: SQLiteContinuityStore.Settings
    private let timer: SQLiteContinuityStore.Timer
    private let queue = Locked(Queue())
    /// Nil after shutdown.
    private var journal: TurnJournal?
    /// In the half of the journal that is in use.
    private var journaled: [Turn] = []
    /// In the other half, on their way into the database.
    private var moving: [Turn] = []
    /// Whether the archive has `moving`; otherwise they wait for another try.
    private var isMoving = false
    private var isMoveDue = false
    private var moveWaiters: [UnsafeContinuation<Void, Never>] = []
    private var isFailing = false

    /// - Parameter journal: empty, and from here on the writer's alone.
    init(
        _ journal: sending TurnJournal, archive: LineageArchive, settings: SQLiteContinuityStore.Settings,
        timer: @escaping SQLiteContinuityStore.Timer
    ) throws(SystemError) {
        thread = try BlockingExecutor(name: "lip-journal")
        self.journal = journal
        self.archive = archive
        self.settings = settings
        self.timer = timer
    }

    // MARK: Any thread

    nonisolated func record(_ turn: Turn) {
        let heldCountMax = settings.queueCountMax
        let mustSetTimer = queue.withLock { queue in
            guard !queue.isClosed, queue.heldCount < heldCountMax else {
                queue.statistics.droppedCount += 1
                return false
            }
            queue.turns.append(turn)
            queue.heldCount += 1
            defer { queue.isFlushDue = true }
            return !queue.isFlushDue
        }
        if mustSetTimer { setTimer(settings.flushInterval) { $0.writeJournal() } }
    }

    nonisolated var statistics: ContinuityStatistics { queue.withLock { $0.statistics } }

    private nonisolated func setTimer(
        _ delay: Duration, _ body: @escaping @Sendable (isolated LineageWriter) -> Void
    ) {
        timer(delay) { [weak self] in self?.post(body) }
    }

    private nonisolated func post(_ body: @escaping @Sendable (isolated LineageWriter) -> Void) {
        // Not taken only once the thread was shut down, when there is nothing left to do.
        thread.post { self.assumeIsolated { body($0) } }
    }

    /// Moves what has come into the database, and ends the thread; what cannot be moved stays in the journal.
    nonisolated func shutdown() async {
        queue.withLock { $0.isClosed = true }
        await flush()
        await close()
        thread.shutdown()
    }

    // MARK: The journal's thread

    /// Has everything that was recorded until now moved into the database; returns once it is there or cannot be.
    func flush() async {
        writeJournal()
        if isMoving { await moveEnded() }
        if !isMoving { move() }
        if isMoving { await moveEnded() }
    }

    private func moveEnded() async {
        await withUnsafeContinuation { moveWaiters.append($0) }
    }

    private func writeJournal() {
        let turns = queue.withLock { queue in
            let turns = queue.turns
            queue.turns = []
            queue.turns.reserveCapacity(min(turns.count, settings.batchCount))
            queue.isFlushDue = false
            return turns
        }
        guard let journal, !turns.isEmpty else { return }
        do throws(SystemError) {
            try journal.append(turns)
        } catch {
            // They are kept in memory as the others are, only not beyond the process.
            noteFailure(error.description)
        }
        journaled += turns
        if journaled.count >= settings.batchCount {
            if !isMoving, moving.isEmpty { move() }
        } else if !isMoveDue {
            setMoveTimer()
        }
    }

    private func setMoveTimer() {
        isMoveDue = true
        setTimer(settings.moveInterval) { writer in
            writer.isMoveDue = false
            if !writer.isMoving { writer.move() }
        }
    }

    /// Sends what the journal holds to the archive: what could not be moved before, else what has come since.
    private func move() {
        guard let journal else { return }
        if moving.isEmpty {
            guard !journaled.isEmpty else { return }
            swap(&moving, &journaled)
            journal.turnOver()
        }
        isMoving = true
        archive.post(moving) { [self] result in post { $0.moved(result) } }
    }

    private func moved(_ result: Result<Int, SQLiteError>) {
        isMoving = false
        switch result {
        case .success(let contradictionCount):
            release(kept: moving.count - contradictionCount, dropped: contradictionCount)
            if isFailing { settings.onWriteFailure(nil) }
            isFailing = false
        case .failure(let error):
            queue.withLock { $0.statistics.failedWriteCount += 1 }
            noteFailure(error.description)
            if !error.mayPass { release(kept: 0, dropped: moving.count) }
        }
        if !moving.isEmpty || !journaled.isEmpty {
            if moving.isEmpty, journaled.count >= settings.batchCount { move() } else if !isMoveDue { setMoveTimer() }
        }
        let waiters = moveWaiters
        moveWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    /// What was moving is in the database, or never will be.
    private func release(kept: Int, dropped: Int) {
        moving.removeAll(keepingCapacity: true)
        journal?.emptyOther()
        queue.withLock { queue in
            queue.heldCount -= kept + dropped
            queue.statistics.recordedCount += UInt64(kept)
            queue.statistics.droppedCount += UInt64(dropped)
        }
    }

    private func noteFailure(_ reason: String) {
        if !isFailing { settings.onWriteFailure(reason) }
        isFailing = true
    }

    private func close() {
        if moving.isEmpty, journaled.isEmpty { journal?.remove() }
        journal = nil
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
