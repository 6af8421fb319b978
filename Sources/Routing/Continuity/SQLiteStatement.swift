import CSQLite

/// A prepared statement: bind its parameters (from 1), step through its rows, reset it to use it again.
///
/// Owns the handle, keeps its database, and belongs to whoever holds that.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let database: SQLiteDatabase

    init(_ handle: OpaquePointer, of database: SQLiteDatabase) {
        self.handle = handle
        self.database = database
    }

    deinit {
        sqlite3_finalize(handle)
    }

    func bind(_ value: Int64?, at index: Int32) {
        if let value { sqlite3_bind_int64(handle, index, value) } else { sqlite3_bind_null(handle, index) }
    }

    func bind(_ value: Int?, at index: Int32) {
        bind(value.map(Int64.init), at: index)
    }

    func bind(_ text: String, at index: Int32) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // A null pointer would bind NULL, which an empty text may have for its address.
                if let start = characters.baseAddress {
                    _ = lip_sqlite_bind_text(handle, index, start, Int32(characters.count))
                } else {
                    _ = lip_sqlite_bind_text(handle, index, "", 0)
                }
            }
        }
    }

    /// Goes to the next row; false when there is none any more.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let error = database.error(code)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Runs a statement without rows, and resets it.
    func run() throws(SQLiteError) {
        while try step() {}
        reset()
    }

    /// Makes the statement ready for another run.
    func reset() {
        sqlite3_reset(handle)
    }

    /// A column of the current row, from 0; zero where it is NULL.
    func integer(_ column: Int32) -> Int64 {
        sqlite3_column_int64(handle, column)
    }

    /// A column of the current row, from 0; nil where it is NULL.
    func optionalInteger(_ column: Int32) -> Int64? {
        sqlite3_column_type(handle, column) == SQLITE_NULL ? nil : integer(column)
    }

    /// A column of the current row, from 0; empty where it is NULL.
    func text(_ column: Int32) -> String {
        guard let bytes = sqlite3_column_text(handle, column) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}
