import Runtime
import Testing

@testable import Routing

@Suite("SQLite continuity store")
struct SQLiteContinuityStoreTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("lip.db") }

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(
        _ settings: SQLiteContinuityStore.Settings = .init(),
        timer: @escaping SQLiteContinuityStore.Timer = { _, _ in }
    ) throws -> SQLiteContinuityStore {
        try SQLiteContinuityStore(path: path, settings: settings, timer: timer)
    }

    private func turn(_ number: Int) -> Turn {
        let id = ALegID(number)
        return Turn(aLeg: ALeg(id: id, createdAt: 1, lastSeenAt: 2), attempts: [.sample(id)])
    }

    @Test("what was recorded before shutdown is there after the next start")
    func persistence() async throws {
        let store = try open()
        for number in 1...100 { store.record(turn(number)) }
        await store.shutdown()
        let next = try open()
        for number in 1...100 { #expect(try await next.attempts(of: ALegID(number)) == turn(number).attempts) }
        await next.shutdown()
    }

    @Test("one timer is set for all turns that wait, and the next one after they were written")
    func batching() async throws {
        let pending = Locked<[@Sendable () -> Void]>([])
        let store = try open { delay, body in
            #expect(delay <= .milliseconds(100))
            pending.withLock { $0.append(body) }
        }
        for number in 1...10 { store.record(turn(number)) }
        #expect(pending.withLock { $0.count } == 1)
        #expect(store.statistics.recordedCount == 0)
        let fire = pending.withLock { $0.removeFirst() }
        fire()
        // Queues behind the batch on the store's thread.
        _ = try await store.aLeg(ALegID(1))
        #expect(store.statistics.recordedCount == 10)
        store.record(turn(11))
        #expect(pending.withLock { $0.count } == 1)
        await store.shutdown()
    }

    @Test("a full queue drops and counts, and never waits")
    func bound() async throws {
        var settings = SQLiteContinuityStore.Settings()
        settings.queueCountMax = 5
        let store = try open(settings)
        for number in 1...8 { store.record(turn(number)) }
        #expect(store.statistics.droppedCount == 3)
        #expect(try await store.aLeg(ALegID(5)) != nil)
        #expect(try await store.aLeg(ALegID(6)) == nil)
        await store.shutdown()
    }

    @Test("a file that cannot be written costs its turns, is told of once, and is used again when it is mended")
    func brokenFile() async throws {
        let failures = Locked<[String?]>([])
        var settings = SQLiteContinuityStore.Settings()
        settings.onWriteFailure = { reason in failures.withLock { $0.append(reason) } }
        let store = try open(settings)
        let other = try SQLiteDatabase(path: path)
        // It fails a write at once; for a lock the store would wait.
        try other.execute("CREATE TRIGGER broken BEFORE INSERT ON a_legs BEGIN SELECT RAISE(ABORT, 'broken'); END")
        store.record(turn(1))
        await #expect(throws: LineageOutage.self) { try await store.aLeg(ALegID(1)) }
        #expect(failures.withLock { $0.count } == 1)
        #expect(store.statistics.failedWriteCount > 0)
        // What refuses a row never takes it later by itself: the turn is dropped rather than kept for ever.
        #expect(store.statistics.droppedCount == 1)
        try other.execute("DROP TRIGGER broken")
        store.record(turn(2))
        #expect(try await store.aLeg(ALegID(2)) != nil)
        #expect(failures.withLock { $0.count } == 2)
        await store.shutdown()
    }

    @Test("a file of the Go proxy is taken over with all it holds")
    func migration() async throws {
        try {
            let database = try SQLiteDatabase(path: path)
            try database.execute(
                """
                CREATE TABLE a_legs (a_leg_id TEXT PRIMARY KEY, continuity_key TEXT NOT NULL DEFAULT '',
                    created_at_unix INTEGER NOT NULL, last_seen_at_unix INTEGER NOT NULL,
                    weighted_first_consumed INTEGER NOT NULL DEFAULT 0, next_b_seq INTEGER NOT NULL DEFAULT 0,
                    interleaved_state_json TEXT NOT NULL DEFAULT '');
                CREATE UNIQUE INDEX idx_a_legs_continuity ON a_legs(continuity_key) WHERE continuity_key != '';
                CREATE TABLE b_legs (a_leg_id TEXT NOT NULL, seq INTEGER NOT NULL, b_leg_id TEXT NOT NULL,
                    PRIMARY KEY(a_leg_id, seq), FOREIGN KEY(a_leg_id) REFERENCES a_legs(a_leg_id) ON DELETE CASCADE);
                CREATE TABLE attempts (a_leg_id TEXT NOT NULL, seq INTEGER NOT NULL, b_leg_id TEXT NOT NULL,
                    backend_id TEXT NOT NULL, effective_model TEXT NOT NULL, started_at_unix INTEGER NOT NULL,
                    finished_at_unix INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '',
                    PRIMARY KEY(a_leg_id, seq), FOREIGN KEY(a_leg_id) REFERENCES a_legs(a_leg_id) ON DELETE CASCADE);
                INSERT INTO a_legs VALUES ('\(ALegID(7))', 'key', 100, 200, 1, 2, '{}');
                INSERT INTO b_legs VALUES ('\(ALegID(7))', 1, '\(BLegID(8))'), ('\(ALegID(7))', 2, '\(BLegID(9))');
                INSERT INTO attempts VALUES ('\(ALegID(7))', 1, '\(BLegID(8))', 'openai', 'gpt', 110, 150, 'success', '');
                """)
        }()
        let store = try open()
        #expect(try await store.aLeg(ALegID(7))?.continuityKey == "key")
        let old = try await store.attempts(of: ALegID(7))
        #expect(old.map(\.id) == [BLegID(8)])
        #expect(old.first?.duration == .nanoseconds(40))
        #expect(old.first?.firstOutputAfter == nil && old.first?.usage == nil && old.first?.selector == "")
        store.record(turn(1))
        #expect(try await store.page(LineageQuery()).attempts.map(\.aLeg) == [ALegID(1), ALegID(7)])
        await store.shutdown()
        let database = try SQLiteDatabase(path: path)
        let listed = try database.prepare(
            "SELECT seq, b_leg_id FROM b_legs WHERE a_leg_id = '\(ALegID(7))' ORDER BY seq")
        var legs: [String] = []
        while try listed.step() { legs.append("\(listed.integer(0)) \(listed.text(1))") }
        listed.reset()
        #expect(legs == ["1 \(BLegID(8))", "2 \(BLegID(9))"], "a leg without an attempt is kept")
        // A second start finds nothing left to do.
        let next = try open()
        #expect(try await next.aLeg(ALegID(7)) != nil)
        await next.shutdown()
    }

    @Test("a file of the version before, whose other legs are gone, gets their table")
    func migrationFromVersion3() async throws {
        await (try open()).shutdown()
        try SQLiteDatabase(path: path).execute(
            """
            DROP VIEW b_legs; DROP TABLE b_legs_without_attempt; ALTER TABLE attempts DROP COLUMN resent;
            CREATE VIEW b_legs AS SELECT a_leg_id, seq, b_leg_id FROM attempts; PRAGMA user_version = 3
            """)
        var settings = SQLiteContinuityStore.Settings()
        settings.timeToLive = .seconds(1)
        settings.wallClock = { 1 }
        let store = try open(settings)
        store.record(turn(1))
        #expect(try await store.attempts(of: ALegID(1)) == turn(1).attempts)
        await store.shutdown()
    }

    /// A store whose clock the test moves, while somebody else holds the lock for writing.
    private func withLockedFile(
        queueCountMax: Int = 100, _ body: (SQLiteContinuityStore, ManualClock, SQLiteDatabase) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        var settings = SQLiteContinuityStore.Settings()
        settings.clock = clock
        settings.queueCountMax = queueCountMax
        let store = try open(settings)
        store.record(turn(1))
        #expect(try await store.aLeg(ALegID(1)) != nil)
        let other = try SQLiteDatabase(path: path)
        try other.execute("BEGIN IMMEDIATE")
        try await body(store, clock, other)
        await store.shutdown()
    }

    @Test("what waits for a file that somebody else has locked is found, like what is in it")
    func readsWhatWaits() async throws {
        try await withLockedFile { store, clock, other in
            var later = turn(1)
            later.attempts = [.sample(ALegID(1), sequence: 2, startedAt: 1_700_000_000_000_000_009)]
            later.aLeg.lastSeenAt = 5
            store.record(later)
            store.record(turn(2))
            #expect(try await store.aLeg(ALegID(2)) == turn(2).aLeg)
            #expect(try await store.attempts(of: ALegID(2)) == turn(2).attempts)
            #expect(try await store.aLeg(ALegID(1))?.lastSeenAt == 5)
            #expect(try await store.attempts(of: ALegID(1)) == turn(1).attempts + later.attempts)
            #expect(try await store.aLeg(ALegID(3)) == nil, "nothing was dropped, so it is not known")
            #expect(store.statistics.recordedCount == 1)

            var query = LineageQuery()
            query.limit = 1
            var found: [AttemptRecord] = []
            repeat {
                let page = try await store.page(query)
                found += page.attempts
                query.cursor = page.next
            } while query.cursor != nil
            #expect(found.map(\.sequence).prefix(1) == [2])
            #expect(Set(found.map { "\($0.aLeg) \($0.sequence)" }).count == found.count)
            #expect(found.count == 3)

            try other.execute("ROLLBACK")
            clock.advance(by: .seconds(2))
            #expect(try await store.attempts(of: ALegID(1)) == turn(1).attempts + later.attempts)
            #expect(store.statistics.recordedCount == 3)
        }
    }

    @Test("after turns were dropped for a locked file, a leg that is not found may be one of them")
    func tellsOfAnOutage() async throws {
        try await withLockedFile(queueCountMax: 2) { store, clock, other in
            store.record(turn(2))
            #expect(try await store.aLeg(ALegID(2)) != nil)
            for number in 3...5 { store.record(turn(number)) }
            await #expect(throws: LineageOutage.self) { try await store.aLeg(ALegID(5)) }
            #expect(try await store.aLeg(ALegID(1)) != nil)
            #expect(try await store.aLeg(ALegID(3)) != nil)
            try other.execute("ROLLBACK")
            clock.advance(by: .seconds(2))
            #expect(try await store.aLeg(ALegID(5)) == nil)
            #expect(store.statistics.droppedCount == 2)
        }
    }

    @Test("a lock is told of once it lasts, and its end")
    func tellsOfALock() async throws {
        let told = Locked<[Bool]>([])
        let clock = ManualClock()
        var settings = SQLiteContinuityStore.Settings()
        settings.clock = clock
        settings.onWriteFailure = { reason in told.withLock { $0.append(reason != nil) } }
        let store = try open(settings)
        let other = try SQLiteDatabase(path: path)
        try other.execute("BEGIN IMMEDIATE")
        store.record(turn(1))
        for expected in [[], [], [], [true]] {
            _ = try await store.aLeg(ALegID(1))
            #expect(told.withLock { $0 } == expected)
            clock.advance(by: .seconds(2))
        }
        try other.execute("ROLLBACK")
        _ = try await store.aLeg(ALegID(1))
        #expect(told.withLock { $0 } == [true, false])
        await store.shutdown()
    }

    @Test("a file of a later version is refused")
    func laterVersion() throws {
        try SQLiteDatabase(path: path).execute("PRAGMA user_version = 99")
        #expect { try open() } throws: { "\($0)".contains("schema version 99") }
    }

    @Test("a file that is no database, or cannot be made, is refused")
    func refusals() throws {
        #expect { try SQLiteContinuityStore(path: directory.path) { _, _ in } } throws: { $0 is SQLiteError }
        #expect {
            try SQLiteContinuityStore(path: directory.file("missing/lip.db")) { _, _ in }
        } throws: { $0 is SQLiteError }
    }
}
