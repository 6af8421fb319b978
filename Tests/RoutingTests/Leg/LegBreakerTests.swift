import Routing
import Runtime
import Testing

@Suite struct LegBreakerTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let broken = Leg.Ending.failed(Verdict(.status(500), key: .gateway))

    private func leg(keys: BackendKeys = BackendKeys([], needsKey: false)) -> Leg {
        var settings = CircuitBreaker.Settings()
        settings.failureThreshold = 2
        return Leg(id: LegID(backend: "a", model: "m"), keys: keys, breaker: settings)
    }

    private func run(_ leg: Leg, _ endings: Leg.Ending..., at now: MonotonicInstant) async throws {
        for ending in endings {
            let admission = try await leg.begin(at: now)
            _ = await leg.end(ending, admission, with: admission.lease, at: now)
        }
    }

    @Test("failures open it, and the refusal names the soonest moment")
    func opens() async throws {
        let leg = leg()
        try await run(leg, broken, broken, at: start)
        await #expect(throws: LegRefusal.breakerOpen(until: start + .seconds(10))) {
            try await leg.begin(at: start + .seconds(1))
        }
        await #expect(throws: LegRefusal.breakerOpen(until: start + .seconds(10))) {
            try await leg.beginWithClientKey(at: start + .seconds(1))
        }
        let snapshot = await leg.snapshot(at: start)
        #expect(snapshot.breaker == .open(until: start + .seconds(10)))
        #expect(snapshot.inFlightCount == 0)
        #expect(snapshot.counters.begunCount == 2)
        #expect(snapshot.counters.refusedCount == 2)
    }

    @Test(
        "what the client or its key brought about, and what was called off, never counts",
        arguments: [
            Leg.Ending.cancelled, .failed(Verdict(.status(400), key: .gateway)),
            .failed(Verdict(.status(401), key: .gateway)), .failed(Verdict(.status(404), key: .gateway)),
            .failed(Verdict(.status(408), key: .gateway)), .failed(Verdict(.status(429), key: .client)),
            .failed(Verdict(UpstreamSignal(.raceLost), key: .gateway)),
            .failed(Verdict(UpstreamSignal(.clientCancelled), key: .gateway)),
            .failed(Verdict(UpstreamSignal(.contextLength), key: .gateway)),
            .failed(Verdict(UpstreamSignal(.inexpressible), key: .gateway)),
        ])
    func neverCounts(ending: Leg.Ending) async throws {
        let leg = leg()
        for _ in 0..<10 { try await run(leg, ending, at: start) }
        #expect(await leg.breakerState(at: start) == .closed)
        // Nor does it keep a probe's place.
        try await run(leg, broken, broken, at: start)
        let later = start + .seconds(10)
        try await run(leg, ending, ending, at: later)
        #expect(await leg.breakerState(at: later) == .halfOpen(isProbing: false))
    }

    @Test("of fifty requests at once when the open time is over exactly one begins")
    func oneProbe() async throws {
        let leg = leg()
        try await run(leg, broken, broken, at: start)
        let later = start + .seconds(10)
        let begun = await withTaskGroup(of: Leg.Admission?.self) { group in
            for _ in 0..<50 { group.addTask { try? await leg.begin(at: later) } }
            return await group.reduce(into: [Leg.Admission]()) { if let admission = $1 { $0.append(admission) } }
        }
        #expect(begun.count == 1)
        let probe = try #require(begun.first)
        #expect(probe.transition == .halfOpened)
        #expect(await leg.end(.succeeded, probe, with: nil, at: later) == .closed)
        #expect(await leg.breakerState(at: later) == .closed)
    }

    @Test("a probe that finds no key gives nobody's place away")
    func probeWithoutKey() async throws {
        let keys = BackendKeys([Secret("k")], needsKey: true)
        let leg = leg(keys: keys)
        let admission = try await leg.begin(at: start)
        let lease = try #require(admission.lease)
        _ = await leg.end(broken, admission, with: lease, at: start)
        try await run(leg, broken, at: start)
        _ = keys.failed(lease, .coolDown, retryAfter: .seconds(30), at: start)
        await #expect(throws: LegRefusal.key(.coolingDown(until: start + .seconds(30)))) {
            try await leg.begin(at: start + .seconds(20))
        }
        #expect(await leg.breakerState(at: start + .seconds(20)) == .halfOpen(isProbing: false))
        let probe = try await leg.begin(at: start + .seconds(30))
        #expect(probe.transition == .halfOpened)
    }

    @Test("the first output of a probe lets others in, though its answer goes on")
    func commit() async throws {
        let leg = leg()
        try await run(leg, broken, broken, at: start)
        let later = start + .seconds(10)
        let probe = try await leg.begin(at: later)
        #expect(await leg.committed(probe, at: later + .seconds(1)) == .closed)
        let other = try await leg.begin(at: later + .seconds(1))
        #expect(other.transition == nil)
        #expect(await leg.end(.succeeded, other, with: nil, at: later + .seconds(3)) == nil)
        #expect(await leg.end(.cancelled, probe, with: nil, at: later + .seconds(9)) == nil)
        let snapshot = await leg.snapshot(at: later)
        let firstOutput = try #require(snapshot.firstOutput?.median).inSeconds
        let duration = try #require(snapshot.duration?.median).inSeconds
        #expect((0.85...1.15).contains(firstOutput))
        #expect((1.7...2.3).contains(duration))
    }

    @Test("without a breaker failures are counted and nothing else")
    func withoutBreaker() async throws {
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: BackendKeys([], needsKey: false))
        for _ in 0..<20 { try await run(leg, broken, at: start) }
        #expect(await leg.snapshot(at: start).breaker == nil)
        #expect(await leg.snapshot(at: start).counters.consecutiveFailureCount == 20)
    }
}
