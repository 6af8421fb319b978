import CSQLite
import Dialects
import Runtime

/// The rows of the SQLite store as queries see them: A-legs and attempts come out.
///
/// Holds a connection of its own, which neither waits for the writer's nor makes it wait; belongs to the reader's thread.
final class LineageFile {
    /// How many attempts one page looks at: what it has not found by then, the next page looks for.
    static let examinedCountMax = 20_000

    static let columns = """
        a_leg_id, seq, b_leg_id, backend_id, effective_model, started_at_unix, finished_at_unix, outcome, reason, \
        first_output_at_unix, started_monotonic_ns, selector, cancellation_cause, provider_status, input_tokens, \
        output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, audio_input_tokens, \
        audio_output_tokens, accepted_prediction_tokens, rejected_prediction_tokens, usage_estimated, resent
        """

    /// One page of what the file holds, each attempt with its number.
    struct Page: Sendable {
        var rows: [(attempt: AttemptRecord, number: Int64)] = []
        var next: LineageCursor?
    }

    private let database: SQLiteDatabase
    private let findLeg: SQLiteStatement
    private let listAttempts: SQLiteStatement
    private let listPage: SQLiteStatement

    /// Opens a file that has the current schema.
    ///
    /// - Parameter patience: How long a query waits for another process that has locked the file.
    init(path: String, patience: Duration) throws(SQLiteError) {
        database = try SQLiteDatabase(path: path)
        database.wait(upTo: patience)
        findLeg = try database.prepare(
            "SELECT continuity_key, created_at_unix, last_seen_at_unix FROM a_legs WHERE a_leg_id = ?")
        listAttempts = try database.prepare("SELECT \(Self.columns) FROM attempts WHERE a_leg_id = ? ORDER BY seq")
        listPage = try database.prepare(
            """
            SELECT \(Self.columns), rowid FROM attempts \
            WHERE started_at_unix <= ?1 AND (started_at_unix < ?1 OR rowid < ?2) AND started_at_unix >= ?3 \
            ORDER BY started_at_unix DESC, rowid DESC
            """)
    }

    /// Copies what the write-ahead log holds into the file.
    func checkpoint() throws(SQLiteError) {
        try database.checkpoint()
    }

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

    func page(_ query: LineageQuery) throws(SQLiteError) -> Page {
        var start = LineageCursor(startedAt: .max, number: .max)
        if let until = query.until { start = LineageCursor(startedAt: until, number: .min) }
        if let cursor = query.cursor { start = min(start, cursor) }
        listPage.bind(start.startedAt, at: 1)
        listPage.bind(start.number, at: 2)
        listPage.bind(query.since ?? .min, at: 3)
        defer { listPage.reset() }
        var page = Page()
        var last = start
        var examinedCount = 0
        while try listPage.step() {
            if examinedCount == Self.examinedCountMax {
                page.next = last
                break
            }
            examinedCount += 1
            if let attempt = attempt(in: listPage), query.matches(attempt) {
                if page.rows.count == query.limit {
                    page.next = last
                    break
                }
                page.rows.append((attempt, listPage.integer(24)))
            }
            last = LineageCursor(startedAt: listPage.integer(5), number: listPage.integer(25))
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
            isResent: row.integer(24) != 0, usage: usage)
    }
}

extension Int64 {
    /// The difference to an earlier time, or the largest where a file holds nonsense.
    fileprivate func saturatingDifference(from earlier: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(earlier)
        return overflow ? .max : difference
    }
}
