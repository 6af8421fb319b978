import Runtime

/// Answers queries from the file, and copies the write-ahead log into it, on a thread where both may take their time.
actor LineageReader {
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// How long a query waits for another process that has locked the file.
    private static let patience = Duration.seconds(1)

    private let path: String
    private let thread: BlockingExecutor
    /// Opened when it is first needed.
    private var file: LineageFile?
    private var isClosed = false

    init(path: String) throws(SystemError) {
        self.path = path
        thread = try BlockingExecutor(name: "lip-lineage-ask")
    }

    // MARK: Any thread

    /// Has the write-ahead log copied into the file, without waiting for it.
    nonisolated func postCheckpoint() {
        // One that fails, or finds no room among the queries, is asked for again when the log has grown further.
        thread.post { self.assumeIsolated { try? $0.opened()?.checkpoint() } }
    }

    /// Closes the file, and ends the thread.
    nonisolated func shutdown() async {
        await close()
        thread.shutdown()
    }

    // MARK: The reader's thread

    func aLeg(_ id: ALegID) throws(SQLiteError) -> ALeg? {
        try opened()?.aLeg(id)
    }

    func attempts(of id: ALegID) throws(SQLiteError) -> [AttemptRecord] {
        try opened()?.attempts(of: id) ?? []
    }

    func page(_ query: LineageQuery) throws(SQLiteError) -> LineageFile.Page {
        try opened()?.page(query) ?? LineageFile.Page()
    }

    /// The file; nil after shutdown.
    private func opened() throws(SQLiteError) -> LineageFile? {
        if isClosed { return nil }
        if let file { return file }
        let opened = try LineageFile(path: path, patience: Self.patience)
        file = opened
        return opened
    }

    private func close() {
        isClosed = true
        file = nil
    }
}
