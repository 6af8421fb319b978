import Routing
import Runtime
import Testing

@Suite struct LegTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let limit = Verdict(.status(429), key: .gateway)

    private func end(_ leg: Leg, _ ending: Leg.Ending, _ admission: Leg.Admission) async {
        _ = await leg.end(ending, admission, with: admission.lease, at: start)
    }

    @Test("a leg counts what begins, what is in flight and how it ends")
    func counters() async throws {
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: BackendKeys([], needsKey: false))
        let first = try await leg.begin(at: start)
        let second = try await leg.begin(at: start + .seconds(1))
        let third = try await leg.beginWithClientKey(at: start + .seconds(2))
        let fourth = try await leg.begin(at: start + .seconds(3))
        await end(leg, .failed(Verdict(.status(500), key: .gateway)), first)
        await end(leg, .failed(Verdict(UpstreamSignal(.timeout), key: .gateway)), second)
        await end(leg, .cancelled, third)
        var expected = LegCounters()
        expected.begunCount = 4
        expected.failedCount = 2
        expected.timedOutCount = 1
        expected.cancelledCount = 1
        expected.consecutiveFailureCount = 2
        #expect(
            await leg.snapshot(at: start)
                == LegSnapshot(
                    id: LegID(backend: "a", model: "m"), inFlightCount: 1, counters: expected,
                    lastBegun: start + .seconds(3), keys: []))
        await end(leg, .succeeded, fourth)
        let counters = await leg.snapshot(at: start).counters
        #expect(counters.succeededCount == 1)
        #expect(counters.consecutiveFailureCount == 0)
    }

    @Test("a key that one leg finds limited rests for the backend's other legs")
    func sharedKeys() async throws {
        let keys = BackendKeys([Secret("k1"), Secret("k2")], needsKey: true)
        let one = Leg(id: LegID(backend: "a", model: "m"), keys: keys)
        let other = Leg(id: LegID(backend: "a", model: "n"), keys: keys)
        let admission = try await one.begin(at: start)
        let lease = try #require(admission.lease)
        #expect(await one.keyFailed(lease, .coolDown, retryAfter: .seconds(9), at: start) == nil)
        let next = try await one.nextKey(admission, at: start)
        #expect(next.lease?.index == 1)
        #expect(try await other.begin(at: start).lease?.index == 1)
        _ = await one.end(.succeeded, next, with: next.lease, at: start)
        let snapshot = await one.snapshot(at: start)
        #expect(snapshot.counters.keyChangeCount == 1)
        #expect(snapshot.keys == [.cooling(until: start + .seconds(9), isStated: true), .usable])
    }

    @Test("an attempt without a key has not begun")
    func shortage() async throws {
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: BackendKeys([Secret("k")], needsKey: true))
        let admission = try await leg.begin(at: start)
        let lease = try #require(admission.lease)
        #expect(
            await leg.keyFailed(lease, .coolDown, retryAfter: nil, at: start)
                == .coolingDown(until: start + .seconds(60)))
        await end(leg, .failed(limit), admission)
        await #expect(throws: LegRefusal.key(.coolingDown(until: start + .seconds(60)))) {
            try await leg.begin(at: start)
        }
        #expect(await leg.snapshot(at: start).inFlightCount == 0)
        let last = try await leg.begin(at: start, lastResort: true)
        #expect(last.lease != nil)
        await end(leg, .succeeded, last)
        #expect(await leg.snapshot(at: start).keys == [.usable])
        #expect(await leg.snapshot(at: start).counters.rateLimitedCount == 1)
    }
}

@Suite struct LegRegistryTests {
    private let start = MonotonicInstant(nanoseconds: 0)
    private let keys = ["a": BackendKeys([], needsKey: false)]

    @Test("a leg is made once, and only for a configured backend")
    func identity() throws {
        let registry = LegRegistry(keys: keys)
        let leg = try #require(registry.leg(LegID(backend: "a", model: "m"), at: start))
        #expect(registry.leg(LegID(backend: "a", model: "m"), at: start) === leg)
        #expect(registry.leg(LegID(backend: "a", model: "n"), at: start) !== leg)
        #expect(registry.leg(LegID(backend: "b", model: "m"), at: start) == nil)
        #expect(registry.legs.map(\.id.description) == ["a:m", "a:n"])
    }

    @Test("beyond the bound idle legs are forgotten, the longest unused first, and held ones never")
    func bound() throws {
        let registry = LegRegistry(keys: keys, legCountMax: 4)
        let held = try #require(registry.leg(LegID(backend: "a", model: "m0"), at: start))
        for index in 1...3 { _ = registry.leg(LegID(backend: "a", model: "m\(index)"), at: start + .seconds(index)) }
        _ = registry.leg(LegID(backend: "a", model: "m1"), at: start + .seconds(9))
        _ = registry.leg(LegID(backend: "a", model: "m4"), at: start + .seconds(10))
        #expect(registry.legs.map(\.id.model) == ["m0", "m1", "m3", "m4"])
        #expect(registry.leg(held.id, at: start) === held)
    }

    @Test("when every leg is in use a newcomer is served but not kept")
    func allHeld() throws {
        let registry = LegRegistry(keys: keys, legCountMax: 1)
        let held = registry.leg(LegID(backend: "a", model: "m0"), at: start)
        let extra = registry.leg(LegID(backend: "a", model: "m1"), at: start)
        #expect(held != nil && extra != nil)
        #expect(registry.legs.map(\.id.model) == ["m0"])
    }

    @Test("a flood of model names does not make it forget which legs are down")
    func floodBesideTrouble() async throws {
        let registry = LegRegistry(keys: keys, breaker: CircuitBreaker.Settings(), legCountMax: 64)
        let id = LegID(backend: "a", model: "down")
        try await fail(try #require(registry.leg(id, at: start)))
        for index in 1...5000 { _ = registry.leg(LegID(backend: "a", model: "m\(index)"), at: start + .seconds(index)) }
        #expect(registry.legs.contains { $0.id == id })
    }

    private func fail(_ leg: Leg) async throws {
        let admission = try await leg.begin(at: start)
        _ = await leg.end(.failed(Verdict(.status(500), key: .gateway)), admission, with: nil, at: start)
    }

    @Test("a flood of model names stays within the bound")
    func flood() {
        let registry = LegRegistry(keys: keys, legCountMax: 64)
        for index in 0..<5000 { _ = registry.leg(LegID(backend: "a", model: "m\(index)"), at: start + .seconds(index)) }
        #expect(registry.count <= 64)
        #expect(registry.legs.contains { $0.id.model == "m4999" })
    }

    @Test("the leg of a name that no model has is served but not kept")
    func longName() {
        let registry = LegRegistry(keys: keys)
        let longest = String(repeating: "m", count: LegRegistry.modelBytesMax)
        #expect(registry.leg(LegID(backend: "a", model: longest + "m"), at: start) != nil)
        #expect(registry.legs.isEmpty)
        #expect(registry.leg(LegID(backend: "a", model: longest), at: start) != nil)
        #expect(registry.count == 1)
    }
}
