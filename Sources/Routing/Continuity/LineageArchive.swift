import Runtime

/// The database file on a thread of its own: turns go in, queries are answered, and both may take their time.
actor LineageArchive {
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let thread: BlockingExecutor
    private let timeToLive: Duration?
    private let wallClock: @Sendable () -> Int64
    /// Nil after shutdown.
    private var file: LineageFile?

    /// Takes an open file, which is the archive's alone from here on.
    init(_ file: sending LineageFile, settings: SQLiteContinuityStore.Settings) throws(SystemError) {
        thread = try BlockingExecutor(name: "lip-lineage")
        timeToLive = settings.timeToLive
        wallClock = settings.wallClock
        self.file = file
    }

    // MARK: Any thread

    /// Writes turns in one transaction, then tells how many were left out since they contradict what the file holds.
    nonisolated func post(
        _ turns: [Turn], _ done: @escaping @Sendable (Result<Int, SQLiteError>) -> Void
    ) {
        let isTaken = thread.post { self.assumeIsolated { done($0.write(turns)) } }
        if !isTaken { done(.failure(.closed)) }
    }

    nonisolated func shutdown() async {
        await close()
        thread.shutdown()
    }

    // MARK: The archive's thread

    func aLeg(_ id: ALegID) throws(SQLiteError) -> ALeg? {
        try deleteExpired()
        return try file?.aLeg(id)
    }

    func attempts(of id: ALegID) throws(SQLiteError) -> [AttemptRecord] {
        try deleteExpired()
        return try file?.attempts(of: id) ?? []
    }

    func page(_ query: LineageQuery) throws(SQLiteError) -> LineagePage {
        try deleteExpired()
        return try file?.page(query) ?? LineagePage(attempts: [], next: nil)
    }

    private func write(_ turns: [Turn]) -> Result<Int, SQLiteError> {
        guard let file else { return .failure(.closed) }
        do throws(SQLiteError) {
            let contradictionCount = try file.write(turns)
            try? deleteExpired()
            return .success(contradictionCount)
        } catch {
            return .failure(error)
        }
    }

    private func deleteExpired() throws(SQLiteError) {
        guard let file, let timeToLive else { return }
        let bound = wallClock().subtractingReportingOverflow(timeToLive.wholeNanoseconds)
        guard !bound.overflow else { return }
        _ = try file.deleteLegs(lastSeenUntil: bound.partialValue)
    }

    private func close() {
        file = nil
    }
}

extension SQLiteError {
    /// The archive was shut down.
    fileprivate static let closed = SQLiteError(code: 0, message: "the file is closed")
}
