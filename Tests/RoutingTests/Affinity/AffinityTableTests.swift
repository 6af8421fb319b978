import Runtime
import Testing

@testable import Routing

@Suite struct AffinityTableTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let key = AffinityKey.client(.clientKey(0))

    private func binding(_ backend: String, at time: MonotonicInstant? = nil) -> AffinityBinding {
        AffinityBinding(Leaf(backend: backend, model: "m"), since: time ?? start)
    }

    @Test("what is bound stays bound to the first backend until it is unbound")
    func bind() {
        var table = AffinityTable(countMax: 10, timeToLive: nil)
        #expect(table.binding(of: key, at: start) == nil)
        table.bind(key, to: binding("a"), at: start)
        table.bind(key, to: binding("b"), at: start)
        #expect(table.binding(of: key, at: start) == binding("a"))
        #expect(table.binding(of: key, at: start)?.candidate == CandidateKey("a:m"))
        table.unbind(key, from: "a")
        #expect(table.binding(of: key, at: start) == nil)
        table.bind(key, to: binding("b"), at: start)
        #expect(table.binding(of: key, at: start)?.backend == "b")
    }

    @Test("a backend that failed late does not undo the binding to another one")
    func lateFailure() {
        var table = AffinityTable(countMax: 10, timeToLive: nil)
        table.bind(key, to: binding("b"), at: start)
        table.unbind(key, from: "a")
        #expect(table.binding(of: key, at: start)?.backend == "b")
    }

    @Test("an unused binding ends, one that is used does not")
    func timeToLive() {
        var table = AffinityTable(countMax: 10, timeToLive: .seconds(60))
        table.bind(key, to: binding("a"), at: start)
        #expect(table.binding(of: key, at: start + .seconds(59)) != nil)
        #expect(table.binding(of: key, at: start + .seconds(118)) != nil)
        #expect(table.binding(of: key, at: start + .seconds(178)) == nil)
        #expect(table.count == 0)
        table.bind(key, to: binding("a"), at: start)
        table.bind(key, to: binding("b"), at: start + .seconds(60))
        #expect(table.binding(of: key, at: start + .seconds(60))?.backend == "b")
    }

    @Test("where there is no room, the binding unused for longest goes")
    func bound() {
        var table = AffinityTable(countMax: 2, timeToLive: nil)
        table.bind(.session(ALegID(1)), to: binding("a"), at: start)
        table.bind(.session(ALegID(2)), to: binding("a"), at: start)
        _ = table.binding(of: .session(ALegID(1)), at: start)
        table.bind(.session(ALegID(3)), to: binding("a"), at: start)
        #expect(table.binding(of: .session(ALegID(2)), at: start) == nil)
        #expect(table.binding(of: .session(ALegID(1)), at: start) != nil)
        #expect(table.count == 2)
    }

    @Test("sessions and clients are bound apart")
    func keys() {
        let registry = AffinityRegistry(countMax: 10, timeToLive: nil)
        registry.bind(key, to: Leaf(backend: "a", model: "m"), at: start)
        registry.bind(.session(ALegID(1)), to: Leaf(backend: "b", model: "m"), at: start)
        #expect(registry.binding(of: key, at: start)?.backend == "a")
        #expect(registry.binding(of: .session(ALegID(1)), at: start)?.backend == "b")
        #expect(registry.binding(of: .client(.local), at: start) == nil)
        registry.unbind(key, from: "a")
        #expect(registry.binding(of: key, at: start) == nil)
    }
}
