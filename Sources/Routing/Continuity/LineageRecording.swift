import CSQLite
import Dialects
import Runtime

/// The rows of the SQLite store as they are written: turns go in.
///
/// Holds the connection that writes, and its prepared statements; belongs to the writer's thread.
final class LineageRecording {
    /// How many expired A-legs are deleted at once.
    private static let expiredCountMax = 1000

    private let database: SQLiteDatabase
    private let begin: SQLiteStatement
    private let commit: SQLiteStatement
    private let addLeg: SQLiteStatement
    private let touchLeg: SQLiteStatement
    private let findOther: SQLiteStatement
    private let putAttempt: SQLiteStatement
    /// Of expired A-legs: children before parents, by whose rows they are found.
    private let deletions: [SQLiteStatement]

    /// Pages in the write-ahead log.
    var logPageCount: Int { database.logPageCount }

    /// Opens the file, which is created or brought to the current schema where needed.
    ///
    /// - Parameter expires: Whether A-legs will be deleted by their age, for which an index is kept.
    init(path: String, expires: Bool) throws(SQLiteError) {
        let database = try SQLiteDatabase(path: path)
        self.database = database
        // With the write-ahead log, NORMAL never harms the file: a crash of the machine may cost the last commits only.
        try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        // Parents are written before their children and deleted with them: to look each of them up would only cost time.
        try database.execute("PRAGMA foreign_keys = OFF")
        try LineageSchema.migrate(database)
        try database.execute(
            expires
                ? "CREATE INDEX IF NOT EXISTS idx_a_legs_last_seen ON a_legs(last_seen_at_unix)"
                : "DROP INDEX IF EXISTS idx_a_legs_last_seen")
        begin = try database.prepare("BEGIN IMMEDIATE")
        commit = try database.prepare("COMMIT")
        addLeg = try database.prepare(
            """
            INSERT INTO a_legs (a_leg_id, continuity_key, created_at_unix, last_seen_at_unix, next_b_seq) \
            VALUES (?, ?, ?, ?, ?) ON CONFLICT(a_leg_id) DO NOTHING
            """)
        touchLeg = try database.prepare(
            """
            UPDATE a_legs SET last_seen_at_unix = max(last_seen_at_unix, ?), next_b_seq = max(next_b_seq, ?) \
            WHERE a_leg_id = ?
            """)
        findOther = try database.prepare("SELECT 1 FROM attempts WHERE a_leg_id = ? AND seq = ? AND b_leg_id != ?")
        let updates = LineageFile.columns.split(separator: ", ").dropFirst(3).map { "\($0) = excluded.\($0)" }
        let places = Array(repeating: "?", count: updates.count + 3).joined(separator: ", ")
        putAttempt = try database.prepare(
            """
            INSERT INTO attempts (\(LineageFile.columns)) VALUES (\(places)) \
            ON CONFLICT(a_leg_id, seq) DO UPDATE SET \(updates.joined(separator: ", "))
            """)
        func deletion(from table: String) throws(SQLiteError) -> SQLiteStatement {
            try database.prepare(
                """
                DELETE FROM \(table) WHERE a_leg_id IN \
                (SELECT a_leg_id FROM a_legs WHERE last_seen_at_unix <= ? ORDER BY last_seen_at_unix LIMIT ?)
                """)
        }
        deletions = try ["attempts", "b_legs_without_attempt", "a_legs"].map(deletion)
    }

    /// Writes turns in one transaction: all of them or, when it throws, none.
    ///
    /// - Returns: How many were left out since they contradict what the file holds.
    func write(_ turns: [Turn]) throws(SQLiteError) -> Int {
        try transact { () throws(SQLiteError) in
            var contradictionCount = 0
            for turn in turns where try !write(turn) { contradictionCount += 1 }
            return contradictionCount
        }
    }

    private func write(_ turn: Turn) throws(SQLiteError) -> Bool {
        let id = turn.aLeg.id.description
        let lastSequence = turn.attempts.last?.sequence ?? 0
        addLeg.bind(id, at: 1)
        addLeg.bind(turn.aLeg.continuityKey, at: 2)
        addLeg.bind(turn.aLeg.createdAt, at: 3)
        addLeg.bind(turn.aLeg.lastSeenAt, at: 4)
        addLeg.bind(lastSequence, at: 5)
        try addLeg.run()
        if database.changeCount == 0 {
            for attempt in turn.attempts where try contradicts(attempt, of: id) { return false }
            touchLeg.bind(turn.aLeg.lastSeenAt, at: 1)
            touchLeg.bind(lastSequence, at: 2)
            touchLeg.bind(id, at: 3)
            try touchLeg.run()
        }
        for attempt in turn.attempts { try write(attempt, of: id) }
        return true
    }

    /// Whether another attempt is known under the same sequence.
    private func contradicts(_ attempt: AttemptRecord, of aLeg: String) throws(SQLiteError) -> Bool {
        findOther.bind(aLeg, at: 1)
        findOther.bind(attempt.sequence, at: 2)
        findOther.bind(attempt.id.description, at: 3)
        defer { findOther.reset() }
        return try findOther.step()
    }

    private func write(_ attempt: AttemptRecord, of aLeg: String) throws(SQLiteError) {
        let id = attempt.id.description
        putAttempt.bind(aLeg, at: 1)
        putAttempt.bind(attempt.sequence, at: 2)
        putAttempt.bind(id, at: 3)
        putAttempt.bind(attempt.backend, at: 4)
        putAttempt.bind(attempt.model, at: 5)
        putAttempt.bind(attempt.startedAt, at: 6)
        putAttempt.bind(attempt.finishedAt, at: 7)
        putAttempt.bind(attempt.outcome.rawValue, at: 8)
        putAttempt.bind(attempt.reason, at: 9)
        putAttempt.bind(attempt.firstOutputAt, at: 10)
        putAttempt.bind(attempt.started.nanoseconds, at: 11)
        putAttempt.bind(attempt.selector, at: 12)
        putAttempt.bind(attempt.cancellation?.rawValue ?? "", at: 13)
        putAttempt.bind(attempt.providerStatus, at: 14)
        let usage = attempt.usage
        putAttempt.bind(usage?.input, at: 15)
        putAttempt.bind(usage?.output, at: 16)
        putAttempt.bind(usage?.cacheRead, at: 17)
        putAttempt.bind(usage?.cacheWrite, at: 18)
        putAttempt.bind(usage?.reasoning, at: 19)
        putAttempt.bind(usage?.audioInput, at: 20)
        putAttempt.bind(usage?.audioOutput, at: 21)
        putAttempt.bind(usage?.acceptedPrediction, at: 22)
        putAttempt.bind(usage?.rejectedPrediction, at: 23)
        putAttempt.bind(usage?.isEstimated == true ? 1 : 0, at: 24)
        putAttempt.bind(attempt.isResent ? 1 : 0, at: 25)
        try putAttempt.run()
    }

    /// How long a write waits from now on for another process that has locked the file.
    func wait(upTo patience: Duration) {
        database.wait(upTo: patience)
    }

    /// Copies what the write-ahead log holds into the file, which may take as long as the disk does.
    func checkpoint() throws(SQLiteError) {
        try database.checkpoint()
    }

    /// Deletes A-legs that were last seen at `time` or before, in nanoseconds since the epoch, with their attempts.
    func deleteLegs(lastSeenUntil time: Int64) throws(SQLiteError) {
        try transact { () throws(SQLiteError) in
            for deletion in deletions {
                deletion.bind(time, at: 1)
                deletion.bind(Self.expiredCountMax, at: 2)
                try deletion.run()
            }
        }
    }

    /// All of it or, when it throws, nothing.
    private func transact<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
        try begin.run()
        do throws(SQLiteError) {
            let result = try body()
            try commit.run()
            return result
        } catch {
            // After some errors SQLite has rolled back itself, and refuses to do it again.
            try? database.execute("ROLLBACK")
            throw error
        }
    }
}
