import Routing
import Runtime
import Testing
import Transport

@testable import Gateway

@Suite("GET /admin/legs") struct LegsAnswerTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func render(_ legs: [LegSnapshot], at now: MonotonicInstant) throws -> JSONDocument {
        let row = LegsAnswer.BackendRow(id: "a", inFlightMax: 5, load: BackendLoad.Snapshot(), keys: [.usable])
        let wall = Timestamp(nanoseconds: 1_800_000_000_000_000_000)
        return try JSONParser().parse(LegsAnswer(backends: [row], legs: legs, now: (now, wall)).render())
    }

    private func head(of list: JSONValue?) -> JSONValue? {
        list.flatMap { Array($0.elements).first }
    }

    @Test("a leg is told with its breaker, keys, counts and times, and no secret")
    func leg() async throws {
        var settings = CircuitBreaker.Settings()
        settings.failureThreshold = 1
        let keys = BackendKeys([Secret("sk-one-0123456789"), Secret("sk-two-0123456789")], needsKey: true)
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: keys, inFlightMax: 3, breaker: settings)
        let first = try await leg.begin(at: start)
        let lease = try #require(first.lease)
        _ = await leg.keyFailed(lease, .coolDown, retryAfter: .seconds(30), at: start)
        _ = await leg.committed(first, at: start + .milliseconds(200))
        _ = await leg.end(.succeeded, first, with: lease, at: start + .seconds(1))
        let second = try await leg.begin(at: start + .seconds(1))
        _ = await leg.end(
            .failed(Verdict(.status(500), key: .gateway)), second, with: second.lease, at: start + .seconds(2))
        let now = start + .seconds(4)
        let document = try render([await leg.snapshot(at: now)], at: now)
        #expect(!String(decoding: document.bytes, as: UTF8.self).contains("sk-"))
        let row = try #require(head(of: document.root["legs"]))
        #expect(row["leg"]?.string == "a:m" && row["backend"]?.string == "a" && row["model"]?.string == "m")
        #expect(row["breaker"]?["state"]?.string == "open")
        #expect(row["breaker"]?["seconds"]?.double == 8)
        #expect(row["breaker"]?["until"]?.string == "2027-01-15T08:00:08.000Z")
        let states = try #require(row["keys"]?.elements.map { $0["state"]?.string ?? "" })
        #expect(states == ["resting", "usable"])
        #expect(head(of: row["keys"])?["seconds"]?.double == 26)
        #expect(head(of: row["keys"])?["stated_by_provider"]?.bool == true)
        #expect(row["in_flight"]?.int == 0 && row["max_in_flight"]?.int == 3)
        #expect(row["counters"]?["begun"]?.int == 2 && row["counters"]?["failed"]?.int == 1)
        let firstOutput = try #require(row["first_output_ms"]?["p50"]?.double)
        #expect(abs(firstOutput - 200) < 30)
        #expect(row["duration_ms"]?["p99"] != nil)
        #expect(row["idle_seconds"]?.double == 3 && row["last_used"]?.string == "2027-01-15T07:59:57.000Z")
    }

    @Test("a leg whose backend has no keys says that its credential was refused, until it succeeds")
    func refusedCredential() async throws {
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: BackendKeys([], needsKey: false))
        for (verdict, told) in [(Verdict(.status(401), key: .gateway), "refused"), (nil, nil)] {
            let admission = try await leg.begin(at: start)
            if let verdict { _ = leg.keys.failed(nil, verdict.keyEffect, retryAfter: nil, at: start) }
            _ = await leg.end(verdict.map { .failed($0) } ?? .succeeded, admission, with: nil, at: start)
            let document = try render([await leg.snapshot(at: start)], at: start)
            let row = try #require(head(of: document.root["legs"]))
            #expect(row["credential"]?.string == told)
            #expect(row["counters"]?["begun"] != nil)
        }
    }

    @Test("what is not known of an unused leg is left out")
    func unused() async throws {
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: BackendKeys([], needsKey: false))
        let document = try render([await leg.snapshot(at: start)], at: start)
        let row = try #require(head(of: document.root["legs"]))
        for name in ["breaker", "max_in_flight", "first_output_ms", "duration_ms", "last_used", "idle_seconds"] {
            #expect(row.member(name) == nil)
        }
        #expect(row["keys"]?.count == 0)
    }

    @Test("a backend is told with its bound, its keys and its retries")
    func backend() throws {
        let document = try render([], at: start)
        let row = try #require(head(of: document.root["backends"]))
        #expect(row["id"]?.string == "a" && row["max_in_flight"]?.int == 5 && row["in_flight"]?.int == 0)
        #expect(head(of: row["keys"])?["state"]?.string == "usable")
        #expect(row["retries"]?["allowed"]?.int == 0)
    }
}
