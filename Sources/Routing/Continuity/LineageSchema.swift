/// The tables of the SQLite store, and how older files become what they are now.
///
/// The first version is the schema of the Go LLM Interactive Proxy, whose files carry no version number; its columns keep
/// their meaning, so that its tools can read the file. All `*_unix` columns hold nanoseconds since the epoch.
enum LineageSchema {
    /// The number in `PRAGMA user_version`.
    static let version = migrations.count

    /// Each leads from the version before; none is ever changed once it was released.
    private static let migrations = [
        """
        CREATE TABLE IF NOT EXISTS a_legs (
            a_leg_id TEXT PRIMARY KEY,
            continuity_key TEXT NOT NULL DEFAULT '',
            created_at_unix INTEGER NOT NULL,
            last_seen_at_unix INTEGER NOT NULL,
            weighted_first_consumed INTEGER NOT NULL DEFAULT 0,
            next_b_seq INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
        CREATE UNIQUE INDEX IF NOT EXISTS idx_a_legs_continuity ON a_legs(continuity_key) WHERE continuity_key != '';
        CREATE TABLE IF NOT EXISTS b_legs (
            a_leg_id TEXT NOT NULL REFERENCES a_legs(a_leg_id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            b_leg_id TEXT NOT NULL,
            PRIMARY KEY (a_leg_id, seq)) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS attempts (
            a_leg_id TEXT NOT NULL REFERENCES a_legs(a_leg_id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            b_leg_id TEXT NOT NULL,
            backend_id TEXT NOT NULL,
            effective_model TEXT NOT NULL,
            started_at_unix INTEGER NOT NULL,
            finished_at_unix INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT NOT NULL DEFAULT '',
            PRIMARY KEY (a_leg_id, seq));
        """,
        """
        ALTER TABLE attempts ADD COLUMN first_output_at_unix INTEGER;
        ALTER TABLE attempts ADD COLUMN started_monotonic_ns INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE attempts ADD COLUMN selector TEXT NOT NULL DEFAULT '';
        ALTER TABLE attempts ADD COLUMN cancellation_cause TEXT NOT NULL DEFAULT '';
        ALTER TABLE attempts ADD COLUMN provider_status INTEGER;
        ALTER TABLE attempts ADD COLUMN input_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN output_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN cache_read_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN cache_write_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN reasoning_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN audio_input_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN audio_output_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN accepted_prediction_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN rejected_prediction_tokens INTEGER;
        ALTER TABLE attempts ADD COLUMN usage_estimated INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX idx_attempts_started ON attempts(started_at_unix);
        CREATE INDEX idx_a_legs_last_seen ON a_legs(last_seen_at_unix);
        """,
        // What stands in this table stands in the attempts too, and each row of it costs as much again to write; only legs
        // whose attempt was never recorded stand nowhere else.
        """
        ALTER TABLE b_legs RENAME TO b_legs_without_attempt;
        DELETE FROM b_legs_without_attempt WHERE b_leg_id IN (SELECT b_leg_id FROM attempts
            WHERE a_leg_id = b_legs_without_attempt.a_leg_id AND seq = b_legs_without_attempt.seq);
        """,
        // Files that came this far before have no such table.
        """
        CREATE TABLE IF NOT EXISTS b_legs_without_attempt (
            a_leg_id TEXT NOT NULL REFERENCES a_legs(a_leg_id) ON DELETE CASCADE,
            seq INTEGER NOT NULL,
            b_leg_id TEXT NOT NULL,
            PRIMARY KEY (a_leg_id, seq)) WITHOUT ROWID;
        DROP VIEW IF EXISTS b_legs;
        CREATE VIEW b_legs AS
            SELECT a_leg_id, seq, b_leg_id FROM attempts
            UNION SELECT a_leg_id, seq, b_leg_id FROM b_legs_without_attempt;
        """,
        "ALTER TABLE attempts ADD COLUMN resent INTEGER NOT NULL DEFAULT 0;",
    ]

    /// Brings the file to the current version, each step in a transaction of its own.
    ///
    /// - Throws: when a later lip has written the file, or SQLite fails.
    static func migrate(_ database: SQLiteDatabase) throws(SQLiteError) {
        let statement = try database.prepare("PRAGMA user_version")
        let found = try statement.step() ? Int(statement.integer(0)) : 0
        statement.reset()
        guard found <= version else {
            throw SQLiteError(
                code: 0, message: "the file has schema version \(found), and this version of lip knows \(version)")
        }
        for (index, migration) in migrations.enumerated().dropFirst(found) {
            do {
                try database.execute("BEGIN IMMEDIATE; \(migration) PRAGMA user_version = \(index + 1); COMMIT")
            } catch {
                try? database.execute("ROLLBACK")
                throw error
            }
        }
    }
}
