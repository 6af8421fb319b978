import CSQLite
import Dialects
import Runtime

/// The rows of the SQLite store: turns go in, A-legs and attempts come out.
///
/// Holds the connection and its prepared statements; belongs to the store's thread.
final class LineageFile {
    /// How many attempts one page looks at: what it has not found by then, the next page looks for.
    static let examinedCountMax = 20_000
    /// How many expired A-legs are deleted at once.
    private static let expiredCountMax = 1000

    private static let columns = """
        a_leg_id, seq, b_leg_id, backend_id, effective_model, started_at_unix, finished_at_unix, outcome, reason, \
        first_output_at_unix, started_monotonic_ns, selector, cancellation_cause, provider_status, input_tokens, \
        output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, audio_input_tokens, \
        audio_output_tokens, accepted_prediction_tokens, rejected_prediction_tokens, usage_estimated
        """

    private let database: SQLiteDatabase
    private let begin: SQLiteStatement
    private let commit: SQLiteStatement
    private let addLeg: SQLiteStatement
    private let touchLeg: SQLiteStatement
    private let findOther: SQLiteStatement
    private let putBLeg: SQLiteStatement
    private let putAttempt: SQLiteStatement
    private let findLeg: SQLiteStatement
    private let listAttempts: SQLiteStatement
    private let listPage: SQLiteStatement
    private let deleteExpired: SQLiteStatement

    /// Opens the file, which is created or brought to the current schema where needed.
    init(path: String) throws(SQLiteError) {
        database = try SQLiteDatabase(path: path)
        // With the write-ahead log, NORMAL never harms the file: a crash of the machine may cost the last commits only.
        try database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
        try LineageSchema.migrate(database)
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
        findOther = try database.prepare("SELECT 1 FROM b_legs WHERE a_leg_id = ? AND seq = ? AND b_leg_id != ?")
        putBLeg = try database.prepare(
            "INSERT INTO b_legs (a_leg_id, seq, b_leg_id) VALUES (?, ?, ?) ON CONFLICT(a_leg_id, seq) DO NOTHING")
        let updates = Self.columns.split(separator: ", ").dropFirst(3).map { "\($0) = excluded.\($0)" }
        let places = Array(repeating: "?", count: updates.count + 3).joined(separator: ", ")
        putAttempt = try database.prepare(
            """
            INSERT INTO attempts (\(Self.columns)) VALUES (\(places)) \
            ON CONFLICT(a_leg_id, seq) DO UPDATE SET \(updates.joined(separator: ", "))
            """)
        findLeg = try database.prepare(
            "SELECT continuity_key, created_at_unix, last_seen_at_unix FROM a_legs WHERE a_leg_id = ?")
        listAttempts = try database.prepare("SELECT \(Self.columns) FROM attempts WHERE a_leg_id = ? ORDER BY seq")
        listPage = try database.prepare(
            """
            SELECT \(Self.columns), rowid FROM attempts \
            WHERE started_at_unix <= ?1 AND (started_at_unix < ?1 OR rowid < ?2) AND started_at_unix >= ?3 \
            ORDER BY started_at_unix DESC, rowid DESC
            """)
        deleteExpired = try database.prepare(
            """
            DELETE FROM a_legs WHERE a_leg_id IN \
            (SELECT a_leg_id FROM a_legs WHERE last_seen_at_unix <= ? ORDER BY last_seen_at_unix LIMIT ?)
            """)
    }

    // MARK: Writing

    /// Writes turns in one transaction: all of them or, when it throws, none.
    ///
    /// - Returns: How many were left out since they contradict what the file holds.
    func write(_ turns: [Turn]) throws(SQLiteError) -> Int {
        try begin.run()
        do throws(SQLiteError) {
            var contradictionCount = 0
            for turn in turns where try !write(turn) { contradictionCount += 1 }
            try commit.run()
            return contradictionCount
        } catch {
            // After some errors SQLite has rolled back itself, and refuses to do it again.
            try? database.execute("ROLLBACK")
            throw error
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
        putBLeg.bind(aLeg, at: 1)
        putBLeg.bind(attempt.sequence, at: 2)
        putBLeg.bind(id, at: 3)
        try putBLeg.run()
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
        try putAttempt.run()
    }

    /// Deletes A-legs that were last seen at `time` or before, in nanoseconds since the epoch, with their attempts.
    ///
    /// - Returns: Whether there may be more of them.
    func deleteLegs(lastSeenUntil time: Int64) throws(SQLiteError) -> Bool {
        deleteExpired.bind(time, at: 1)
        deleteExpired.bind(Self.expiredCountMax, at: 2)
        try deleteExpired.run()
        return database.changeCount >= Self.expiredCountMax
    }

    // MARK: Reading

    func aLeg(_ id: ALegID) throws(SQLiteError) -> ALeg? {
        findLeg.bind(id.description, at: 1)
        defer { findLeg.reset() }
        guard try findLeg.step() else { return nil }
        return ALeg(
            id: id, continuityKey: findLeg.text(0), createdAt: findLeg.integer(1), lastSeenAt: findLeg.integer(2))
    }

    func attempts(of id: ALegID) throws(SQLiteError) -> [AttemptRecord] {
        listAttempts.bind(id.description, at: 1)
        defer { listAttempts.reset() }
        var attempts: [AttemptRecord] = []
        while try listAttempts.step() {
            if let attempt = attempt(in: listAttempts) { attempts.append(attempt) }
        }
        return attempts
    }

    func page(_ query: LineageQuery) throws(SQLiteError) -> LineagePage {
        var start = LineageCursor(startedAt: .max, number: .max)
        if let until = query.until { start = LineageCursor(startedAt: until, number: .min) }
        if let cursor = query.cursor { start = min(start, cursor) }
        listPage.bind(start.startedAt, at: 1)
        listPage.bind(start.number, at: 2)
        listPage.bind(query.since ?? .min, at: 3)
        defer { listPage.reset() }
        var page = LineagePage(attempts: [], next: nil)
        var last = start
        var examinedCount = 0
        while try listPage.step() {
            if examinedCount == Self.examinedCountMax {
                page.next = last
                break
            }
            examinedCount += 1
            if let attempt = attempt(in: listPage), query.matches(attempt) {
                if page.attempts.count == query.limit {
                    page.next = last
                    break
                }
                page.attempts.append(attempt)
            }
            last = LineageCursor(startedAt: listPage.integer(5), number: listPage.integer(24))
        }
        return page
    }

    /// The attempt in the current row; nil where another program has written what lip cannot read.
    private func attempt(in row: SQLiteStatement) -> AttemptRecord? {
        guard let aLeg = ALegID(row.text(0)), let id = BLegID(row.text(2)),
            let outcome = AttemptOutcome(rawValue: row.text(7))
        else { return nil }
        let startedAt = row.integer(5)
        func count(_ column: Int32) -> Int? { row.optionalInteger(column).map { Int($0) } }
        var usage: Usage?
        if let input = count(14), let output = count(15) {
            usage = Usage(
                input: input, output: output, cacheRead: count(16), cacheWrite: count(17), reasoning: count(18),
                audioInput: count(19), audioOutput: count(20), acceptedPrediction: count(21),
                rejectedPrediction: count(22), isEstimated: row.integer(23) != 0)
        }
        return AttemptRecord(
            id: id, aLeg: aLeg, sequence: Int(row.integer(1)), backend: row.text(3), model: row.text(4),
            selector: row.text(11), startedAt: startedAt, started: MonotonicInstant(nanoseconds: row.integer(10)),
            firstOutputAfter: row.optionalInteger(9).map { .nanoseconds($0.saturatingDifference(from: startedAt)) },
            duration: .nanoseconds(row.integer(6).saturatingDifference(from: startedAt)), outcome: outcome,
            reason: row.text(8), cancellation: CancellationCause(rawValue: row.text(12)), providerStatus: count(13),
            usage: usage)
    }
}

extension Int64 {
    /// The difference to an earlier time, or the largest where a file holds nonsense.
    fileprivate func saturatingDifference(from earlier: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(earlier)
        return overflow ? .max : difference
    }
}
