import CSQLite
import Runtime

/// An open database file of SQLite.
///
/// Owns the handle. Not for two threads at once: whoever holds it sees to that.
final class SQLiteDatabase {
    /// How long opening a file, and what is not done again by itself, waits for another process that has locked it.
    static let patience = Duration.seconds(5)

    /// SQLite's count of its own memory, which nobody reads, takes a lock for each allocation.
    private static let isSetUp: Bool = {
        _ = lip_sqlite_count_no_memory()
        return true
    }()

    fileprivate let handle: OpaquePointer
    /// Told by SQLite after each commit; SQLite has a pointer to it until the handle is closed.
    private let log = LogSize()

    /// Opens the file, which is created where it does not exist.
    init(path: String) throws(SQLiteError) {
        precondition(Self.isSetUp)
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let result = sqlite3_open_v2(path, &handle, flags, nil)
        guard result == SQLITE_OK, let handle else {
            let error = SQLiteError(code: result, message: handle.map(Self.message) ?? "out of memory")
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        wait(upTo: Self.patience)
        // In place of SQLite's own hook, which would copy the log into the file within a commit.
        sqlite3_wal_hook(handle, noteLogSize, Unmanaged.passUnretained(log).toOpaque())
    }

    deinit {
        sqlite3_wal_hook(handle, nil, nil)
        // With statements still alive, SQLite closes once the last of them is finalised.
        sqlite3_close_v2(handle)
    }

    /// How long a statement waits from now on for another process that has locked the file, to the millisecond.
    func wait(upTo patience: Duration) {
        sqlite3_busy_timeout(handle, Int32(clamping: patience.wholeNanoseconds / 1_000_000))
    }

    /// Runs statements that return nothing of interest.
    func execute(_ statements: String) throws(SQLiteError) {
        let result = sqlite3_exec(handle, statements, nil, nil, nil)
        guard result == SQLITE_OK else { throw error(result) }
    }

    func prepare(_ statement: String) throws(SQLiteError) -> SQLiteStatement {
        var prepared: OpaquePointer?
        let result = sqlite3_prepare_v3(handle, statement, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard result == SQLITE_OK, let prepared else { throw error(result) }
        return SQLiteStatement(prepared, of: self)
    }

    /// Rows that the last statement inserted, updated or deleted.
    var changeCount: Int { Int(sqlite3_changes(handle)) }

    /// Pages in the write-ahead log after the last commit of this connection.
    var logPageCount: Int { Int(log.pageCount) }

    /// Copies what the write-ahead log holds into the file, without waiting for readers or writers, nor they for it.
    ///
    /// The log begins anew with the next commit if nothing was added to it meanwhile.
    func checkpoint() throws(SQLiteError) {
        let result = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guard result == SQLITE_OK else { throw error(result) }
    }

    func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code, message: Self.message(handle))
    }

    private static func message(_ handle: OpaquePointer) -> String {
        String(cString: sqlite3_errmsg(handle))
    }
}

/// What the hook writes to; belongs to the thread that uses the connection.
private final class LogSize {
    var pageCount: Int32 = 0
}

/// Called by SQLite within a commit, on the thread that commits.
private func noteLogSize(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ pageCount: Int32
) -> Int32 {
    guard let context else { return SQLITE_OK }
    Unmanaged<LogSize>.fromOpaque(context).takeUnretainedValue().pageCount = pageCount
    return SQLITE_OK
}

/// What SQLite says of a call that failed.
struct SQLiteError: Error, CustomStringConvertible {
    var code: Int32
    var message: String

    var description: String { "\(message) (SQLite error \(code))" }

    /// Whether somebody else holds the file.
    var isBusy: Bool { code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED }
}
