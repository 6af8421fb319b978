import Dialects
import Testing

@Suite("ACP handshakes") struct ACPHandshakeTests {
    private static let hello = #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1}}"#
    private static let session = #"{"jsonrpc":"2.0","id":3,"result":{"sessionId":"s"}}"#
    private static let initialize =
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":1,"clientCapabilities":{},"clientInfo":{"name":"lip","version":"9"}}}"#
    private static let newSession =
        #"{"jsonrpc":"2.0","id":3,"method":"session/new","params":{"cwd":"/","mcpServers":[]}}"#

    private func settings(_ method: String? = nil, directory: String = "/") -> ACPSettings {
        ACPSettings(directory: directory, authMethod: method, clientVersion: "9")
    }

    /// The messages of a handshake that is answered so, and its end.
    private func run(_ settings: ACPSettings, _ answers: String...) -> (sent: [String], end: ACPHandshake.Action) {
        var handshake = ACPHandshake(settings)
        var sent: [String] = []
        var action = handshake.began()
        for answer in answers {
            guard case .send(_, let message) = action else { break }
            sent.append(text(message))
            action = handshake.answered(bytes(answer))
        }
        return (sent, action)
    }

    private func failure(_ end: ACPHandshake.Action) throws -> Failure {
        guard case .fail(let failure) = end else {
            Issue.record("it did not fail: \(end)")
            throw Failure(.internalError, "")
        }
        return failure
    }

    @Test("initialize, then session/new, in the directory that is configured")
    func plain() {
        let plain = run(settings(), Self.hello, Self.session)
        #expect(plain.sent == [Self.initialize, Self.newSession])
        #expect(plain.end == .ready(ACPSession(id: "s", content: [])))
        let elsewhere = run(settings(directory: "/srv/a \"b\""), Self.hello, Self.session)
        #expect(elsewhere.sent[1].contains(#""cwd":"/srv/a \"b\"""#))
    }

    @Test("the ids of a call's requests stand behind its number, and other calls' answers are none")
    func numbers() {
        var handshake = ACPHandshake(settings(), call: 800)
        guard case .send(_, let hello) = handshake.began() else { preconditionFailure("it does not begin") }
        #expect(text(hello).contains(#""id":801,"method":"initialize""#))
        let lines = Self.hello + "\n" + Self.hello.replacing("\"id\":1", with: "\"id\":801")
        guard case .send(_, let next) = handshake.answered(bytes(lines)) else { preconditionFailure("it ended") }
        #expect(text(next).contains(#""id":803,"method":"session/new""#))
        let end = handshake.answered(bytes(Self.session.replacing("\"id\":3", with: "\"id\":803")))
        let session = ACPSession(id: "s", content: [], call: 800)
        #expect(end == .ready(session))
        #expect(text(ACPMessage.close(session)).contains(#""id":805,"#))
        var decoder = ACPEventDecoder(session)
        decoder.feed(bytes(acpEnd().replacing("\"id\":4", with: "\"id\":804")))
        _ = decoder.next()
        #expect(decoder.isAnswered)
        let highest = ACPMessage.callNumberMax + 5
        #expect(Int(Double(highest)) == highest)
    }

    @Test("what the agent takes and wants is remembered")
    func capabilities() {
        let hello = """
            {"id":1,"jsonrpc":"2.0","result":{"protocolVersion":1,"agentCapabilities":{"promptCapabilities":
            {"image":true,"audio":false,"embeddedContext":true},"sessionCapabilities":{"close":{}}},"authMethods":[]}}
            """
        let end = run(settings(), hello, Self.session).end
        #expect(end == .ready(ACPSession(id: "s", content: [.image, .resource], closes: true)))
    }

    @Test("an agent that offers the configured way to authenticate is authenticated to; one that offers none is not")
    func authentication() throws {
        func hello(_ methods: String) -> String {
            #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1,"authMethods":[\#(methods)]}}"#
        }
        let both = hello(#"{"id":"a","name":"A"},{"id":"b","name":"B"}"#)
        let asked = run(settings("b"), both, #"{"jsonrpc":"2.0","id":2,"result":null}"#, Self.session)
        #expect(asked.sent[1] == #"{"jsonrpc":"2.0","id":2,"method":"authenticate","params":{"methodId":"b"}}"#)
        #expect(asked.end == .ready(ACPSession(id: "s", content: [])))
        #expect(run(settings("b"), hello(""), Self.session).sent == [Self.initialize, Self.newSession])
        #expect(run(settings(), both, Self.session).sent == [Self.initialize, Self.newSession])

        let missing = try failure(run(settings("c"), both).end)
        #expect(
            missing.message == "initialize: the agent does not offer the auth_method 'c', but 'a', 'b'")
        let required = #"{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"Authentication required"}}"#
        let asksFor = try failure(run(settings(), both, required).end)
        #expect(
            asksFor.message == "session/new: Authentication required (its auth_method may be 'a', 'b')")
        #expect(asksFor.kind == .permission)
        let refused = #"{"jsonrpc":"2.0","id":2,"error":{"code":-32603,"message":"no","data":{"details":"expired"}}}"#
        #expect(try failure(run(settings("a"), both, refused).end).message == "authenticate: no: expired")
    }

    @Test("another version of the protocol is refused, and not tried again")
    func version() throws {
        let failure = try failure(run(settings(), #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":2}}"#).end)
        #expect(failure.message == "initialize: the agent speaks version 2 of the protocol, and lip 1")
        #expect((failure.kind, failure.retry) == (.providerError, .never))
    }

    @Test(
        "what is no answer is told with its step",
        arguments: [
            ("", "initialize: the agent sent no answer to it"),
            ("<html>", "initialize: the agent's answer is not valid JSON"),
            ("[]", "initialize: the agent sent no answer to it"),
            (#"{"jsonrpc":"2.0","id":7,"result":{"protocolVersion":1}}"#, "initialize: the agent sent no answer to it"),
            (#"{"jsonrpc":"2.0","id":1}"#, "initialize: the agent sent no answer to it"),
            (#"{"jsonrpc":"2.0","id":1,"result":{}}"#, "initialize: the answer holds no protocolVersion"),
            (#"{"jsonrpc":"2.0","id":1,"result":null}"#, "initialize: the answer holds no protocolVersion"),
        ])
    func noAnswer(_ body: String, _ message: String) throws {
        let failure = try failure(run(settings(), body).end)
        #expect(failure.message == message)
        #expect(failure.kind == .invalidResponse)
    }

    @Test("a session needs an id", arguments: ["{}", #"{"sessionId":""}"#, #"{"sessionId":7}"#])
    func sessionID(_ result: String) throws {
        let answer = #"{"jsonrpc":"2.0","id":3,"result":\#(result)}"#
        #expect(
            try failure(run(settings(), Self.hello, answer).end).message
                == "session/new: the answer holds no usable sessionId")
    }

    @Test("the answer may stand among other messages")
    func lines() {
        let commands = #"{"jsonrpc":"2.0","method":"session/update","params":{}}"#
        let end = run(settings(), Self.hello + "\n", "\(commands)\r\n\n\(Self.session)\n\(commands)").end
        #expect(end == .ready(ACPSession(id: "s", content: [])))
    }

    @Test("an error without an id is the answer, and a failure of the transport gets the step's name")
    func failures() throws {
        let error = #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}"#
        let failure = try failure(run(settings(), error).end)
        #expect(failure.message == "initialize: Parse error")
        #expect((failure.kind, failure.retry, failure.code) == (.providerError, .never, nil))
        var handshake = ACPHandshake(settings())
        _ = handshake.began()
        _ = handshake.answered(bytes(Self.hello))
        let reported = Failure(.connection, "the provider coder closed the connection")
        guard case .fail(let named) = handshake.failed(reported) else { preconditionFailure() }
        #expect(named.message == "session/new: the provider coder closed the connection")
        #expect((named.kind, named.retry) == (.connection, .otherLeg))
    }
}
