import Dialects
import Runtime
import Testing

@testable import Gateway

@Suite("Access tokens: who fetches and who waits")
struct AccessTokenMachineTests {
    private typealias Machine = AccessTokenMachine<Int>

    private func at(_ seconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: seconds * 1_000_000_000) }

    private func token(_ text: String, from seconds: Int64 = 0, lifetime: Int = 3600) -> AccessToken {
        AccessToken(Secret(text), lifetime: .seconds(lifetime), from: at(seconds))
    }

    /// What one who asks is told, in a word.
    private func asked(_ machine: inout Machine, _ seconds: Int64, _ waiter: Int = 0) -> String {
        switch machine.asked(at: at(seconds), waiter) {
        case .use(let token): token.value.reveal()
        case .fetch: "fetch"
        case .wait: "wait"
        }
    }

    @Test("the first fetches, the others wait, and all of them get the token")
    func singleFlight() {
        var machine = Machine()
        #expect(asked(&machine, 0, 1) == "fetch")
        #expect(asked(&machine, 0, 2) == "wait")
        #expect(asked(&machine, 1, 3) == "wait")
        let told = machine.fetched(token("a"))
        #expect(told == [2, 3])
        #expect(asked(&machine, 2, 2) == "a")
    }

    @Test("a token is renewed five minutes before its end by one request, while others go on with it")
    func renewal() {
        var machine = Machine()
        _ = asked(&machine, 0)
        _ = machine.fetched(token("a"))
        #expect(asked(&machine, 3299) == "a")
        #expect(asked(&machine, 3300) == "fetch")
        #expect(asked(&machine, 3300) == "a")
        let told = machine.fetched(token("b", from: 3301))
        #expect(told.isEmpty)
        #expect(asked(&machine, 3600) == "b")
    }

    @Test("a short-lived token is renewed in the last tenth of its life")
    func shortLived() {
        var machine = Machine()
        _ = asked(&machine, 0)
        _ = machine.fetched(token("a", lifetime: 60))
        #expect(asked(&machine, 53) == "a")
        #expect(asked(&machine, 54) == "fetch")
    }

    @Test("a renewal that fails leaves the old token in use, and is not tried again at once")
    func failedRenewal() {
        var machine = Machine()
        _ = asked(&machine, 0)
        _ = machine.fetched(token("a"))
        #expect(asked(&machine, 3300) == "fetch")
        let first = machine.failed(trouble, at: at(3301))
        #expect(first.fallback?.value.reveal() == "a")
        #expect(asked(&machine, 3330) == "a")
        #expect(asked(&machine, 3331) == "fetch")
        let second = machine.failed(trouble, at: at(3600))
        #expect(second.fallback == nil)
        #expect(asked(&machine, 3600) == "fetch")
    }

    @Test("without a token a failure is everybody's, and the next request tries anew")
    func failure() {
        var machine = Machine()
        #expect(asked(&machine, 0, 1) == "fetch")
        #expect(asked(&machine, 0, 2) == "wait")
        let failed = machine.failed(trouble, at: at(1))
        #expect(failed.waiters == [2] && failed.fallback == nil)
        #expect(asked(&machine, 1, 3) == "fetch")
    }

    private let trouble = Failure(.unavailable, "busy", side: .provider)
    private let refusal = Failure(.authentication, "log in again", side: .provider)

    @Test("refused credentials are told of once no token is good any more, until another one comes")
    func refusedCredentials() {
        var machine = Machine()
        _ = asked(&machine, 0)
        _ = machine.failed(trouble, at: at(1))
        #expect(machine.refusal(at: at(1)) == nil)
        _ = asked(&machine, 2)
        _ = machine.fetched(token("a"))
        _ = asked(&machine, 3300)
        _ = machine.failed(refusal, at: at(3301))
        #expect(machine.refusal(at: at(3301)) == nil)
        #expect(machine.refusal(at: at(3600))?.message == "log in again")
        // Trouble says nothing of them.
        _ = asked(&machine, 3601)
        _ = machine.failed(trouble, at: at(3602))
        #expect(machine.refusal(at: at(3602)) != nil)
        _ = machine.fetched(token("b", from: 3602))
        #expect(machine.refusal(at: at(3603)) == nil)
    }

    @Test("new tokens that the provider refuses are told of until it takes one")
    func refusedTokens() {
        var machine = Machine()
        _ = asked(&machine, 0)
        _ = machine.fetched(token("a"))
        machine.refusedAgain(refusal)
        #expect(machine.refusal(at: at(1)) != nil)
        _ = machine.fetched(token("b"))
        #expect(machine.refusal(at: at(1)) != nil)
        machine.accepted()
        #expect(machine.refusal(at: at(1)) == nil)
    }

    @Test("when the one that fetches is called off, those who wait ask again, and one of them fetches")
    func abandoned() {
        var machine = Machine()
        #expect(asked(&machine, 0, 1) == "fetch")
        #expect(asked(&machine, 0, 2) == "wait")
        #expect(asked(&machine, 0, 3) == "wait")
        let told = machine.abandoned()
        #expect(told == [2, 3])
        #expect(asked(&machine, 0, 2) == "fetch")
        #expect(asked(&machine, 0, 3) == "wait")
    }

    @Test("a refused token is used no more, unless a newer one has come")
    func refused() {
        var machine = Machine()
        _ = asked(&machine, 0)
        _ = machine.fetched(token("a"))
        machine.refused(token("a"))
        #expect(asked(&machine, 1) == "fetch")
        _ = machine.fetched(token("b"))
        machine.refused(token("a"))
        #expect(asked(&machine, 1) == "b")
    }
}
