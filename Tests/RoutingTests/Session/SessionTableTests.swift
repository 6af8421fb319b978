import Runtime
import Testing

@testable import Routing

/// A registry on a clock that the test moves.
private struct Fixture {
    let registry: SessionRegistry
    var now = MonotonicInstant(nanoseconds: 1_000_000_000)
    var random = XoshiroGenerator(seed: 3)

    init(countMax: Int = 100, idleTimeout: Duration = .seconds(60)) {
        registry = SessionRegistry(countMax: countMax, idleTimeout: idleTimeout)
    }

    mutating func open(_ claim: SessionClaim, by principal: Principal = .local) throws(SessionDenial) -> Session {
        try registry.open(claim, by: principal, at: now, using: &random).session
    }

    /// A session whose first request has ended.
    mutating func issue(by principal: Principal = .local) throws -> (session: Session, token: ResumeToken) {
        let (session, token) = try registry.open(.new, by: principal, at: now, using: &random)
        registry.requestEnded(session, at: now)
        return (session, try #require(token))
    }

    mutating func pass(_ duration: Duration) { now = now + duration }
}

@Suite struct SessionTableTests {
    @Test("a token resumes its session, with the session's name or without")
    func resume() throws {
        var fixture = Fixture()
        let (session, token) = try fixture.issue()
        #expect(try fixture.open(.resume(token, nil)) === session)
        #expect(try fixture.open(.resume(token, session.id)) === session)
        #expect(session.id.description.hasPrefix("s_"))
        #expect(SessionID(session.id.description) == session.id)
    }

    @Test("each new session has an A-leg and a token of its own")
    func new() throws {
        var fixture = Fixture()
        let (first, second) = (try fixture.issue(), try fixture.issue())
        #expect(first.session.aLeg != second.session.aLeg)
        #expect(first.session.id != second.session.id)
        #expect(first.token.reveal() != second.token.reveal())
        #expect(fixture.registry.count == 2)
    }

    @Test("a wrong secret, another name, another client and an unknown token are not told apart")
    func denied() throws {
        var fixture = Fixture()
        let (session, token) = try fixture.issue(by: .clientKey(0))
        var text = Array(token.reveal().utf8)
        text[40] = text[40] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let forged = try #require(ResumeToken(text))
        let other = SessionID(from: &fixture.random)
        #expect(throws: SessionDenial.unknown) { try fixture.open(.resume(forged, nil), by: .clientKey(0)) }
        #expect(throws: SessionDenial.unknown) { try fixture.open(.resume(token, other), by: .clientKey(0)) }
        #expect(throws: SessionDenial.unknown) { try fixture.open(.resume(token, session.id), by: .clientKey(1)) }
        #expect(throws: SessionDenial.unknown) { try fixture.open(.resume(ResumeToken(), nil), by: .clientKey(0)) }
        #expect(try fixture.open(.resume(token, session.id), by: .clientKey(0)) === session)
    }

    @Test("an unused session expires; a stranger does not learn that it did")
    func expiry() throws {
        var fixture = Fixture(idleTimeout: .seconds(60))
        let (session, token) = try fixture.issue(by: .clientKey(0))
        fixture.pass(.milliseconds(59_999))
        fixture.registry.requestEnded(try fixture.open(.resume(token, nil), by: .clientKey(0)), at: fixture.now)
        fixture.pass(.seconds(60))
        #expect(throws: SessionDenial.expired) { try fixture.open(.resume(token, session.id), by: .clientKey(0)) }
        #expect(throws: SessionDenial.unknown) { try fixture.open(.resume(token, session.id), by: .clientKey(1)) }
        #expect(throws: SessionDenial.expired) { try fixture.open(.resume(token, session.id), by: .clientKey(0)) }
    }

    @Test("an expired session is forgotten after the same time again")
    func forgetting() throws {
        var fixture = Fixture(idleTimeout: .seconds(60))
        let (_, token) = try fixture.issue()
        fixture.pass(.seconds(119))
        _ = try fixture.issue()
        #expect(throws: SessionDenial.expired) { try fixture.open(.resume(token, nil)) }
        fixture.pass(.seconds(1))
        _ = try fixture.issue()
        #expect(throws: SessionDenial.unknown) { try fixture.open(.resume(token, nil)) }
        #expect(fixture.registry.count == 2)
    }

    @Test("a session does not grow old while one of its requests runs")
    func running() throws {
        var fixture = Fixture(idleTimeout: .seconds(60))
        let (session, token) = try fixture.issue()
        _ = try fixture.open(.resume(token, nil))
        fixture.pass(.seconds(500))
        _ = try fixture.issue()
        #expect(try fixture.open(.resume(token, nil)) === session)
        fixture.registry.requestEnded(session, at: fixture.now)
        fixture.pass(.seconds(60))
        #expect(try fixture.open(.resume(token, nil)) === session, "the other one still runs")
        fixture.registry.requestEnded(session, at: fixture.now)
        fixture.registry.requestEnded(session, at: fixture.now)
        fixture.pass(.seconds(59))
        fixture.registry.requestEnded(try fixture.open(.resume(token, nil)), at: fixture.now)
        fixture.pass(.seconds(60))
        #expect(throws: SessionDenial.expired) { try fixture.open(.resume(token, nil)) }
    }

    @Test("where there is no room, the session unseen for longest goes")
    func eviction() throws {
        var fixture = Fixture(countMax: 2)
        let (first, second) = (try fixture.issue(), try fixture.issue())
        fixture.registry.requestEnded(try fixture.open(.resume(first.token, nil)), at: fixture.now)
        _ = try fixture.issue()
        #expect(throws: SessionDenial.unknown) { try fixture.open(.resume(second.token, nil)) }
        #expect(try fixture.open(.resume(first.token, nil)) === first.session)
        #expect(fixture.registry.count == 2)
    }

    @Test("a chosen name is one conversation of its client, and another of another client")
    func chosen() throws {
        var fixture = Fixture()
        let mine = try fixture.open(.chosen("chat 1"), by: .clientKey(0))
        #expect(try fixture.open(.chosen("chat 1"), by: .clientKey(0)) === mine)
        #expect(try fixture.open(.chosen("chat 2"), by: .clientKey(0)) !== mine)
        #expect(try fixture.open(.chosen("chat 1"), by: .clientKey(1)) !== mine)
        #expect(mine.id == .chosen("chat 1"))
    }

    @Test("a chosen name whose conversation has expired begins another one")
    func chosenExpiry() throws {
        var fixture = Fixture(idleTimeout: .seconds(60))
        let old = try fixture.open(.chosen("chat"))
        fixture.registry.requestEnded(old, at: fixture.now)
        fixture.pass(.seconds(60))
        let new = try fixture.open(.chosen("chat"))
        #expect(new !== old)
        #expect(new.aLeg != old.aLeg)
        // The end of a request of the old one does not touch the new one.
        fixture.registry.requestEnded(new, at: fixture.now)
        fixture.pass(.seconds(59))
        fixture.registry.requestEnded(old, at: fixture.now)
        fixture.pass(.seconds(1))
        #expect(try fixture.open(.chosen("chat")) !== new)
    }

    @Test("an issued name is no chosen one, so that a forgotten token is noticed")
    func issuedNames() {
        var random = XoshiroGenerator(seed: 1)
        let issued = SessionID(from: &random)
        #expect(SessionID(issued.description) == issued)
        for text in ["s_", "s_12", "s_" + String(repeating: "g", count: 32), "S_" + String(repeating: "a", count: 32)] {
            #expect(SessionID(text) == .chosen(text))
        }
    }

    @Test("an A-leg is known to its own client only")
    func owners() throws {
        var fixture = Fixture()
        let (session, _) = try fixture.issue(by: .clientKey(0))
        #expect(fixture.registry.contains(session.aLeg, of: .clientKey(0)))
        #expect(!fixture.registry.contains(session.aLeg, of: .clientKey(1)))
        #expect(!fixture.registry.contains(ALegID(7), of: .clientKey(0)))
    }

    @Test("attempts are numbered on over all requests, and the first branch has one turn")
    func conversation() throws {
        var fixture = Fixture()
        let (session, token) = try fixture.issue()
        #expect([session.nextSequence(), session.nextSequence()] == [1, 2])
        #expect(session.isFirst)
        session.consumeFirst()
        let again = try fixture.open(.resume(token, nil))
        #expect(again.nextSequence() == 3)
        #expect(!again.isFirst)
    }

    @Test("requests on several threads get each number once")
    func threads() async throws {
        var fixture = Fixture()
        let (session, _) = try fixture.issue()
        let numbers = await withTaskGroup(of: [Int].self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).map { _ in session.nextSequence() } } }
            return await group.reduce(into: [Int]()) { $0 += $1 }
        }
        #expect(numbers.sorted() == Array(1...4000))
    }
}
