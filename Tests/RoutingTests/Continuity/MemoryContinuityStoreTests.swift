import Runtime
import Testing

@testable import Routing

@Suite("Memory continuity store")
struct MemoryContinuityStoreTests {
    @Test("a full table forgets the leg that was not seen for longest")
    func cap() async throws {
        let fixture = try StoreFixture(.memory, legsMax: 3)
        for number in 1...3 { fixture.store.record(fixture.turn(ALegID(number))) }
        fixture.store.record(fixture.turn(ALegID(1), from: 2))
        fixture.store.record(fixture.turn(ALegID(4)))
        #expect(try await fixture.store.aLeg(ALegID(2)) == nil)
        for number in [1, 3, 4] { #expect(try await fixture.store.aLeg(ALegID(number)) != nil) }
    }

    @Test("a table that turns over a hundred times holds what it should")
    func turnover() {
        var table = LineageTable(timeToLive: nil, legsMax: 10)
        let now = MonotonicInstant(nanoseconds: 1)
        for number in 1...1000 {
            let id = ALegID(number)
            table.record(
                Turn(aLeg: ALeg(id: id, createdAt: 0, lastSeenAt: 0), attempts: [.sample(id)]), at: now)
        }
        #expect(table.legCount == 10)
        var walked: [ALegID] = []
        #expect(table.walk(from: 0, count: 10, at: now) { attempt, _ in walked.append(attempt.aLeg) } == nil)
        #expect(Set(walked) == Set((991...1000).map { ALegID($0) }))
    }

    @Test("of a long conversation the latest attempts are kept, in order")
    func longConversation() async throws {
        let fixture = try StoreFixture(.memory)
        for sequence in 1...2000 { fixture.store.record(fixture.turn(ALegID(1), from: sequence)) }
        let kept = try await fixture.store.attempts(of: ALegID(1)).map(\.sequence)
        #expect(kept.count <= LineageTable.attemptsPerLegMax)
        #expect(kept.count > LineageTable.attemptsPerLegMax / 2)
        #expect(kept == Array((2001 - kept.count)...2000))
        #expect(fixture.store.statistics.recordedCount == 2000)
    }

    @Test("long conversations make the table forget the oldest ones before it is full of legs")
    func manyAttempts() async throws {
        let fixture = try StoreFixture(.memory, legsMax: 10)
        for leg in 1...5 {
            for sequence in 1...20 { fixture.store.record(fixture.turn(ALegID(leg), from: sequence)) }
        }
        for leg in 1...5 {
            let kept = try await fixture.store.attempts(of: ALegID(leg)).count
            #expect(kept == (leg == 1 ? 0 : 20), "leg \(leg)")
        }
        // One that is alone beyond the bound stays.
        let single = try StoreFixture(.memory, legsMax: 1)
        for sequence in 1...30 { single.store.record(single.turn(ALegID(1), from: sequence)) }
        #expect(try await single.store.attempts(of: ALegID(1)).count == 30)
    }

    @Test("turns of one conversation that end in another order than they began are put in order")
    func interleaved() async throws {
        let fixture = try StoreFixture(.memory)
        for sequence in [2, 1, 4, 5, 3] { fixture.store.record(fixture.turn(ALegID(1), from: sequence)) }
        #expect(try await fixture.store.attempts(of: ALegID(1)).map(\.sequence) == [1, 2, 3, 4, 5])
    }

    @Test("long texts are cut to their bounds")
    func bounds() {
        let attempt = AttemptRecord(
            id: BLegID(1), aLeg: ALegID(1), sequence: 1, backend: "b", model: String(repeating: "é", count: 5000),
            selector: "", startedAt: 0, started: MonotonicInstant(nanoseconds: 0), duration: .zero,
            outcome: .surfacedFailure, reason: String(repeating: "x", count: 600))
        #expect(attempt.reason.unicodeScalars.count == 512)
        #expect(attempt.model.unicodeScalars.count == 2048)
    }

    @Test("ids are read as they are written, and nothing else is")
    func ids() {
        let id = ALegID(1)
        #expect(ALegID(id.description) == id)
        #expect(id.description.utf8.count == 34 && id.description.hasPrefix("a_"))
        #expect(BLegID(BLegID(1).description) == BLegID(1))
        for text in ["", "a_", "b" + id.description.dropFirst(), id.description + "0", id.description.uppercased()] {
            #expect(ALegID(text) == nil, "\(text)")
        }
        #expect(LineageCursor("12.3") == LineageCursor(startedAt: 12, number: 3))
        for text in ["", "1", "1.x", "1.2.3"] { #expect(LineageCursor(text) == nil, "\(text)") }
    }
}
