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
            .failed(Verdict(UpstreamSignal(.globalTTFT), key: .gateway)),
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

    /// An answer that begins after as much time as given, then one attempt after another that ends for want of output.
    private func starve(_ leg: Leg, usual: Duration?, budgets: Duration..., at now: MonotonicInstant) async throws {
        if let usual {
            let admission = try await leg.begin(at: now)
            _ = await leg.committed(admission, at: now + usual)
            _ = await leg.end(.succeeded, admission, with: nil, at: now + usual)
        }
        for budget in budgets {
            let admission = try await leg.begin(at: now)
            let overdue = Leg.Ending.failed(Verdict(UpstreamSignal(.legTTFT), key: .gateway))
            _ = await leg.end(overdue, admission, with: nil, at: now + budget)
        }
    }

    @Test("a budget that is shorter than the leg usually takes says nothing of its health")
    func shortBudget() async throws {
        let leg = leg()
        let short = Duration.milliseconds(500)
        try await starve(leg, usual: .seconds(1), budgets: short, short, short, short, at: start)
        #expect(await leg.breakerState(at: start) == .closed)
        let counters = await leg.snapshot(at: start).counters
        #expect((counters.timedOutCount, counters.consecutiveFailureCount) == (4, 0))
        // Nor does it keep a probe's place.
        try await run(leg, broken, broken, at: start)
        let later = start + .seconds(10)
        try await starve(leg, usual: nil, budgets: short, at: later)
        #expect(await leg.breakerState(at: later) == .halfOpen(isProbing: false))
    }

    @Test("a budget as long as the leg usually takes counts, and so does any where nothing is known")
    func longBudget() async throws {
        let known = leg()
        try await starve(known, usual: .seconds(1), budgets: .seconds(2), .seconds(2), at: start)
        #expect(await known.breakerState(at: start) == .open(until: start + .seconds(12)))
        let unknown = leg()
        try await starve(unknown, usual: nil, budgets: .milliseconds(1), .milliseconds(1), at: start)
        #expect(await unknown.snapshot(at: start).counters.consecutiveFailureCount == 2)
        #expect(await unknown.breakerState(at: start) != .closed)
    }

    @Test("how long a leg took is no excuse for one that has given no output for five minutes")
    func silentLeg() async throws {
        let leg = leg()
        try await starve(leg, usual: .seconds(1), budgets: .milliseconds(500), at: start)
        let later = start + .seconds(5 * 60 + 1)
        try await starve(leg, usual: nil, budgets: .milliseconds(500), .milliseconds(500), at: later)
        #expect(await leg.breakerState(at: later + .seconds(1)) == .open(until: later + .milliseconds(10_500)))
    }

    @Test("without a breaker failures are counted and nothing else")
    func withoutBreaker() async throws {
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: BackendKeys([], needsKey: false))
        for _ in 0..<20 { try await run(leg, broken, at: start) }
        #expect(await leg.snapshot(at: start).breaker == nil)
        #expect(await leg.snapshot(at: start).counters.consecutiveFailureCount == 20)
    }
}
