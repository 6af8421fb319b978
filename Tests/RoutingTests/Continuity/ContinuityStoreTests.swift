import Runtime
import Testing

@testable import Routing

/// What every store promises, asked of each of them.
@Suite("Continuity stores")
struct ContinuityStoreTests {
    typealias Kind = StoreFixture.Kind

    @Test("a turn is read back as it was recorded", arguments: Kind.allCases)
    func roundTrip(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        let id = ALegID(1)
        var turn = fixture.turn(id, count: 3)
        turn.attempts[1] = .sample(id, sequence: 2, startedAt: 7, outcome: .swallowedFailure)
        turn.attempts[2] = .sample(id, sequence: 3, startedAt: 9, outcome: .cancelled)
        fixture.store.record(turn)
        #expect(try await fixture.store.attempts(of: id) == turn.attempts)
        #expect(try await fixture.store.aLeg(id) == turn.aLeg)
        #expect(fixture.store.statistics.recordedCount == 1)
        await fixture.store.shutdown()
    }

    @Test("an unknown leg has neither record nor attempts", arguments: Kind.allCases)
    func unknown(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        fixture.store.record(fixture.turn(ALegID(1)))
        #expect(try await fixture.store.aLeg(ALegID(2)) == nil)
        #expect(try await fixture.store.attempts(of: ALegID(2)).isEmpty)
        await fixture.store.shutdown()
    }

    @Test("a leg's later turns follow its earlier ones, in order of sequence", arguments: Kind.allCases)
    func laterTurns(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        let id = ALegID(1)
        let first = fixture.turn(id, count: 2)
        fixture.clock.advance(by: .seconds(5))
        let second = fixture.turn(id, from: 3, count: 2)
        // Two loops may record them the other way round.
        fixture.store.record(second)
        fixture.store.record(first)
        #expect(try await fixture.store.attempts(of: id).map(\.sequence) == [1, 2, 3, 4])
        #expect(try await fixture.store.aLeg(id)?.lastSeenAt == second.aLeg.lastSeenAt)
        await fixture.store.shutdown()
    }

    @Test("an attempt recorded again replaces itself", arguments: Kind.allCases)
    func upsert(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        let id = ALegID(1)
        fixture.store.record(fixture.turn(id))
        let again = fixture.turn(id) { $0.outcome = .surfacedFailure }
        fixture.store.record(again)
        #expect(try await fixture.store.attempts(of: id) == again.attempts)
        await fixture.store.shutdown()
    }

    @Test("another attempt under a known sequence is refused and counted", arguments: Kind.allCases)
    func contradiction(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        let id = ALegID(1)
        let first = fixture.turn(id)
        fixture.store.record(first)
        fixture.store.record(fixture.turn(id) { $0.id = BLegID(99) })
        #expect(try await fixture.store.attempts(of: id) == first.attempts)
        #expect(fixture.store.statistics.recordedCount == 1)
        #expect(fixture.store.statistics.droppedCount == 1)
        await fixture.store.shutdown()
    }

    @Test("a leg is forgotten once it was not seen for its time to live", arguments: Kind.allCases)
    func timeToLive(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind, timeToLive: .seconds(60))
        fixture.store.record(fixture.turn(ALegID(1)))
        fixture.clock.advance(by: .seconds(30))
        fixture.store.record(fixture.turn(ALegID(2)))
        fixture.clock.advance(by: .seconds(29))
        #expect(try await fixture.store.aLeg(ALegID(1)) != nil)
        fixture.clock.advance(by: .seconds(1))
        #expect(try await fixture.store.aLeg(ALegID(1)) == nil)
        #expect(try await fixture.store.attempts(of: ALegID(1)).isEmpty)
        #expect(try await fixture.store.page(LineageQuery()).attempts.map(\.aLeg) == [ALegID(2)])
        await fixture.store.shutdown()
    }

    @Test("pages hold every attempt once, the latest start first", arguments: Kind.allCases)
    func paging(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        var expected: [BLegID] = []
        for number in 1...50 {
            // Pairs of legs begin at the same time.
            if number % 2 == 0 { fixture.clock.advance(by: .seconds(1)) }
            let turn = fixture.turn(ALegID(number)) { $0.id = BLegID(number) }
            expected.append(turn.attempts[0].id)
            fixture.store.record(turn)
        }
        var query = LineageQuery()
        query.limit = 7
        var found: [AttemptRecord] = []
        repeat {
            let page = try await fixture.store.page(query)
            #expect(page.attempts.count == 7 || page.next == nil)
            found += page.attempts
            query.cursor = page.next
        } while query.cursor != nil
        #expect(found.count == 50)
        #expect(Set(found.map(\.id)) == Set(expected))
        #expect(found.map(\.startedAt) == found.map(\.startedAt).sorted(by: >))
        await fixture.store.shutdown()
    }

    @Test("a page holds only what matches its filters", arguments: Kind.allCases)
    func filters(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        let rows: [(backend: String, outcome: AttemptOutcome)] = [
            ("a", .success), ("b", .success), ("a", .cancelled), ("a", .success),
        ]
        for (index, row) in rows.enumerated() {
            let id = ALegID(index)
            let attempt = AttemptRecord.sample(
                id, startedAt: Int64(index) * 10, backend: row.backend, outcome: row.outcome)
            fixture.store.record(Turn(aLeg: ALeg(id: id, createdAt: 0, lastSeenAt: 1), attempts: [attempt]))
        }
        func starts(_ change: (inout LineageQuery) -> Void) async throws -> [Int64] {
            var query = LineageQuery()
            change(&query)
            return try await fixture.store.page(query).attempts.map(\.startedAt)
        }
        #expect(try await starts { $0.backend = "a" } == [30, 20, 0])
        #expect(try await starts { $0.outcome = .success } == [30, 10, 0])
        #expect(try await starts { $0.since = 10 } == [30, 20, 10])
        #expect(try await starts { $0.until = 10 } == [0])
        #expect(try await starts { $0.model = "gpt-4" } == [])
        #expect(
            try await starts {
                $0.backend = "a"
                $0.outcome = .success
                $0.since = 1
            } == [30])
        await fixture.store.shutdown()
    }

    @Test("nothing is taken after shutdown", arguments: Kind.allCases)
    func afterShutdown(_ kind: Kind) async throws {
        let fixture = try StoreFixture(kind)
        await fixture.store.shutdown()
        fixture.store.record(fixture.turn(ALegID(1)))
        #expect(fixture.store.statistics.droppedCount == 1)
        #expect(try await fixture.store.aLeg(ALegID(1)) == nil)
    }
}
