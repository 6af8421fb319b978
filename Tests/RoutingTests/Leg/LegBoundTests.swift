import Routing
import Runtime
import Testing

@Suite("Bounds of a leg") struct LegBoundTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let keyless = BackendKeys([], needsKey: false)
    private let limit = Verdict(.status(429), key: .gateway)

    private func end(_ leg: Leg, _ admission: Leg.Admission, after time: Duration = .zero) async {
        _ = await leg.end(.succeeded, admission, with: admission.lease, at: start + time)
    }

    private func budget(minimum: Int) -> RetryBudget.Settings {
        var settings = RetryBudget.Settings()
        settings.minimum = minimum
        return settings
    }

    @Test("a leg takes as many attempts as it may, and again when one has ended")
    func ownBound() async throws {
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: keyless, inFlightMax: 2)
        let first = try await leg.begin(at: start)
        _ = try await leg.beginWithClientKey(at: start)
        await #expect(throws: LegRefusal.busy(until: start + .seconds(1))) { try await leg.begin(at: start) }
        await #expect(throws: LegRefusal.busy(until: start + .seconds(1))) {
            try await leg.beginWithClientKey(at: start)
        }
        let snapshot = await leg.snapshot(at: start)
        #expect(snapshot.inFlightCount == 2 && snapshot.inFlightMax == 2 && snapshot.counters.busyCount == 2)
        #expect(snapshot.counters.begunCount == 2)
        #expect(leg.load.snapshot.busyCount == 2)
        await end(leg, first)
        _ = try await leg.begin(at: start)
    }

    @Test("a backend's bound holds for its legs together")
    func backendBound() async throws {
        let load = BackendLoad(inFlightMax: 2)
        let one = Leg(id: LegID(backend: "a", model: "m"), keys: keyless, load: load)
        let other = Leg(id: LegID(backend: "a", model: "n"), keys: keyless, load: load)
        let first = try await one.begin(at: start)
        _ = try await other.begin(at: start)
        await #expect(throws: LegRefusal.busy(until: start + .seconds(1))) { try await other.begin(at: start) }
        #expect(load.snapshot.inFlightCount == 2)
        await end(one, first)
        _ = try await other.begin(at: start)
        #expect(await other.snapshot(at: start).inFlightCount == 2)
    }

    @Test("a busy leg is said to have room after its part of what an answer takes, within bounds")
    func estimate() async throws {
        for (took, least, most) in [(40, 9, 11), (2, 1, 1), (900, 60, 60)] {
            let leg = Leg(id: LegID(backend: "a", model: "m"), keys: keyless, inFlightMax: 4)
            await end(leg, try await leg.begin(at: start), after: .seconds(took))
            for _ in 0..<4 { _ = try await leg.begin(at: start) }
            do throws(LegRefusal) {
                _ = try await leg.begin(at: start)
                Issue.record("a fifth attempt began")
            } catch {
                let until = try #require(error.passedOverUntil)
                #expect(until >= start + .seconds(least) && until <= start + .seconds(most))
            }
        }
    }

    @Test("what does not begin counts nowhere: no key, an open breaker, no budget")
    func refusalsLeaveNothing() async throws {
        let load = BackendLoad(inFlightMax: 1, retries: budget(minimum: 0))
        let id = LegID(backend: "a", model: "m")
        let bare = Leg(id: id, keys: BackendKeys([], needsKey: true), load: load)
        await #expect(throws: LegRefusal.key(.missing)) { try await bare.begin(at: start) }
        let leg = Leg(id: id, keys: keyless, load: load)
        await #expect(throws: LegRefusal.retryBudget) { try await leg.begin(at: start, isRetry: true) }
        #expect(load.snapshot.inFlightCount == 0 && load.snapshot.refusedRetryCount == 1)
        _ = try await leg.begin(at: start)
    }

    @Test("a retry takes from the backend's budget, and its end gives it back, whichever way it ends")
    func retries() async throws {
        let load = BackendLoad(retries: budget(minimum: 1))
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: keyless, load: load)
        for ending in [Leg.Ending.succeeded, .cancelled, .failed(limit)] {
            let admission = try await leg.begin(at: start, isRetry: true)
            #expect(load.snapshot.retriesInFlightCount == 1)
            await #expect(throws: LegRefusal.retryBudget) { try await leg.begin(at: start, isRetry: true) }
            _ = await leg.end(ending, admission, with: nil, at: start)
            #expect(load.snapshot.retriesInFlightCount == 0)
        }
        let first = try await leg.begin(at: start)
        #expect(load.snapshot.retriesInFlightCount == 0)
        await end(leg, first)
        #expect(load.snapshot.retryCount == 3 && load.snapshot.refusedRetryCount == 3)
    }

    @Test("an attempt takes one part of the budget, however often it changes its key")
    func keyChanges() async throws {
        let keys = BackendKeys((1...4).map { Secret("k\($0)") }, needsKey: true)
        let load = BackendLoad(retries: budget(minimum: 1))
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: keys, load: load)
        var admission = try await leg.begin(at: start)
        let other = try await leg.begin(at: start)
        for index in 1...3 {
            let lease = try #require(admission.lease)
            #expect(await leg.keyFailed(lease, .coolDown, retryAfter: nil, at: start) == nil)
            admission = try await leg.nextKey(admission, at: start)
            #expect(admission.lease?.index == index)
            #expect(load.snapshot.retriesInFlightCount == 1)
        }
        await #expect(throws: LegRefusal.retryBudget) { try await leg.nextKey(other, at: start) }
        await end(leg, admission)
        let again = try await leg.nextKey(other, at: start)
        await end(leg, again)
        #expect(load.snapshot.inFlightCount == 0 && load.snapshot.retriesInFlightCount == 0)
    }

    @Test("the budget grows with what is in flight")
    func growth() async throws {
        let load = BackendLoad(retries: budget(minimum: 1))
        let leg = Leg(id: LegID(backend: "a", model: "m"), keys: keyless, load: load)
        for _ in 0..<10 { _ = try await leg.begin(at: start) }
        for _ in 0..<2 { _ = try await leg.begin(at: start, isRetry: true) }
        await #expect(throws: LegRefusal.retryBudget) { try await leg.begin(at: start, isRetry: true) }
        #expect(load.snapshot.retriesInFlightMax == 2)
    }

    @Test("a registry gives each leg its bound and its backend's load")
    func registry() throws {
        let load = BackendLoad(inFlightMax: 9)
        let registry = LegRegistry(
            keys: ["a": keyless, "b": keyless], loads: ["a": load], bounds: [LegID(backend: "a", model: "m"): 3])
        #expect(registry.leg(LegID(backend: "a", model: "m"), at: start)?.inFlightMax == 3)
        let other = try #require(registry.leg(LegID(backend: "a", model: "n"), at: start))
        #expect(other.inFlightMax == nil && other.load === load)
        #expect(registry.leg(LegID(backend: "b", model: "m"), at: start)?.load.inFlightMax == nil)
    }
}
