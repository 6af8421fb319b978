import Routing
import Runtime
import Testing

@Suite struct KeyPoolTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private var two: KeyPool { KeyPool([Secret("k1"), Secret("k2")]) }

    @Test("the first usable key is handed out, again and again")
    func order() throws {
        let pool = two
        #expect(try pool.lease(at: start).secret.reveal() == "k1")
        #expect(try pool.lease(at: start).index == 0)
    }

    @Test("a preferred key is handed out first, but only while it may be used")
    func preferred() throws {
        var pool = two
        #expect(try pool.lease(at: start, preferring: 1).index == 1)
        #expect(try pool.lease(at: start, preferring: 7).index == 0)
        pool.limited(1, retryAfter: .seconds(5), at: start)
        #expect(try pool.lease(at: start, preferring: 1).index == 0)
        #expect(try pool.lease(at: start + .seconds(5), preferring: 1).index == 1)
        pool.refused(1)
        #expect(try pool.lease(at: start + .seconds(5), preferring: 1).index == 0)
    }

    @Test("a refused key is never handed out again, whatever happens to it")
    func refused() throws {
        var pool = two
        pool.refused(0)
        pool.limited(0, retryAfter: .seconds(1), at: start)
        #expect(try pool.lease(at: start + .seconds(100_000)).index == 1)
        pool.refused(1)
        #expect(throws: KeyPool.Shortage.disabled) { try pool.lease(at: start, lastResort: true) }
        #expect(pool.states(at: start) == [.disabled, .disabled])
    }

    @Test("a limited key rests for Retry-After, else for a minute")
    func limited() throws {
        var pool = two
        pool.limited(0, retryAfter: .seconds(5), at: start)
        pool.limited(1, retryAfter: nil, at: start)
        #expect(throws: KeyPool.Shortage.coolingDown(until: start + .seconds(5))) { try pool.lease(at: start) }
        #expect(try pool.lease(at: start + .seconds(5)).index == 0)
        pool.refused(0)
        #expect(throws: KeyPool.Shortage.coolingDown(until: start + .seconds(60))) {
            try pool.lease(at: start + .seconds(59))
        }
        #expect(try pool.lease(at: start + .seconds(60)).index == 1)
        #expect(pool.states(at: start + .seconds(60)) == [.disabled, .usable])
    }

    @Test("a rest is never shortened, may be prolonged, and has a bound")
    func rests() {
        var pool = KeyPool([Secret("k")])
        pool.limited(0, retryAfter: .seconds(30), at: start)
        pool.limited(0, retryAfter: .seconds(1), at: start)
        #expect(pool.states(at: start) == [.cooling(until: start + .seconds(30), isStated: true)])
        pool.limited(0, retryAfter: .zero, at: start)
        #expect(pool.states(at: start) == [.cooling(until: start + .seconds(60), isStated: false)])
        pool.limited(0, retryAfter: .seconds(1_000_000_000), at: start)
        #expect(pool.states(at: start) == [.cooling(until: start + KeyPool.cooldownMax, isStated: true)])
    }

    @Test("as a last resort a key is used that rests by guess, never one whose rest the provider named")
    func lastResort() throws {
        var pool = KeyPool([Secret("k1"), Secret("k2"), Secret("k3")])
        pool.limited(0, retryAfter: .seconds(5), at: start)
        pool.limited(1, retryAfter: nil, at: start + .seconds(1))
        pool.limited(2, retryAfter: nil, at: start)
        #expect(throws: KeyPool.Shortage.coolingDown(until: start + .seconds(5))) { try pool.lease(at: start) }
        let lease = try pool.lease(at: start, lastResort: true)
        #expect(lease.index == 2 && lease.isLastResort)
        pool.succeeded(lease)
        #expect(pool.states(at: start)[2] == .usable)
        #expect(try !pool.lease(at: start, lastResort: true).isLastResort)
    }

    @Test("a success with an ordinary lease does not wake a key that was limited meanwhile")
    func lateSuccess() throws {
        var pool = KeyPool([Secret("k")])
        let lease = try pool.lease(at: start)
        pool.limited(0, retryAfter: nil, at: start)
        pool.succeeded(lease)
        #expect(pool.states(at: start) == [.cooling(until: start + .seconds(60), isStated: false)])
    }

    @Test("a pool without keys says so")
    func empty() {
        #expect(throws: KeyPool.Shortage.missing) { try KeyPool([]).lease(at: start) }
    }

    @Test("a backend that needs no key hands out none, one that needs a key and has none is never eligible")
    func keyless() throws {
        #expect(try BackendKeys([], needsKey: false).lease(at: start) == nil)
        #expect(throws: KeyPool.Shortage.missing) { try BackendKeys([], needsKey: true).lease(at: start) }
        #expect(try BackendKeys([Secret("k")], needsKey: false).lease(at: start)?.index == 0)
    }

    @Test("a failure says whether another key may be tried")
    func another() throws {
        let keys = BackendKeys([Secret("k1"), Secret("k2")], needsKey: true)
        let first = try #require(try keys.lease(at: start))
        #expect(keys.failed(first, .disable, retryAfter: nil, at: start) == nil)
        let second = try #require(try keys.lease(at: start))
        #expect(second.index == 1)
        let shortage = keys.failed(second, .coolDown, retryAfter: .seconds(2), at: start)
        #expect(shortage == .coolingDown(until: start + .seconds(2)))
        #expect(keys.states(at: start) == [.disabled, .cooling(until: start + .seconds(2), isStated: true)])
        #expect(keys.failed(second, .none, retryAfter: nil, at: start + .seconds(2)) == nil)
        #expect(keys.failed(second, .disable, retryAfter: nil, at: start + .seconds(2)) == .disabled)
    }

    @Test("a backend without keys has no next one to go on with")
    func keylessFailure() {
        let keys = BackendKeys([], needsKey: false)
        #expect(keys.failed(nil, .none, retryAfter: nil, at: start) == nil)
        #expect(keys.failed(nil, .disable, retryAfter: nil, at: start) == .missing)
        #expect(
            keys.failed(nil, .coolDown, retryAfter: .seconds(2), at: start) == .coolingDown(until: start + .seconds(2)))
        #expect(keys.failed(nil, .coolDown, retryAfter: nil, at: start) == .coolingDown(until: start + .seconds(60)))
    }

    @Test("nothing that prints a pool or a lease shows a key")
    func redacted() throws {
        let pool = KeyPool([Secret("sk-hidden")])
        #expect(!"\(pool)\(String(reflecting: pool))\(try pool.lease(at: start))".contains("hidden"))
    }
}
