import Transport

/// What is said to an agent before a prompt: `initialize`, `authenticate` where it is needed, `session/new`.
///
/// A pure state machine: the caller carries its actions out and reports how they came out. Every failure names the step.
/// Source: https://agentclientprotocol.com/protocol/overview, "Message flow".
package struct ACPHandshake {
    /// The longest answer to one of the steps, in bytes.
    package static let answerBytesMax = 8 << 20

    /// One exchange, by the name of its method.
    package enum Step: String, Sendable {
        case initialize
        case authenticate
        case newSession = "session/new"
    }

    /// What the caller does next.
    package enum Action: Equatable {
        /// Send the message, and report the answer by ``answered(_:)`` or its failure by ``failed(_:)``.
        case send(Step, [UInt8])
        /// The session stands: the prompt may go out.
        case ready(ACPSession)
        /// There is no session.
        case fail(Failure)
    }

    private enum State {
        case idle
        case initializing
        case authenticating
        case opening
        case ended
    }

    private let settings: ACPSettings
    private let call: Int
    private var state = State.idle
    private var content: ACPPromptContent = []
    private var closes = false
    /// The ways to authenticate that the agent offers.
    private var methods: [String] = []

    /// - Parameter call: The call's number, up to ``ACPMessage/callNumberMax``; the ids of its requests stand behind it.
    package init(_ settings: ACPSettings, call: Int = 0) {
        precondition((0...ACPMessage.callNumberMax).contains(call), "a call's number is out of range")
        self.settings = settings
        self.call = call
    }

    /// Begins; call it once.
    package mutating func began() -> Action {
        precondition({ if case .idle = state { true } else { false } }(), "a handshake begins twice")
        state = .initializing
        return .send(.initialize, ACPMessage.initialize(settings, in: call))
    }

    /// The body of a successful answer to what was sent last: JSON, or lines of it among which the answer is.
    package mutating func answered(_ body: [UInt8]) -> Action {
        guard let step else { preconditionFailure("an answer that nobody waits for") }
        let id: ACPMessage.ID =
            switch step {
            case .initialize: .initialize
            case .authenticate: .authenticate
            case .newSession: .newSession
            }
        do throws(Failure) {
            let document = try answer(to: id, in: body)
            return try document.withRoot { root throws(Failure) in
                if let error = root["error"], !error.isNull { throw refusal(error) }
                guard let result = root["result"] else { throw invalid("the answer holds neither result nor error") }
                return try take(result, of: step)
            }
        } catch {
            return failed(error)
        }
    }

    /// What was sent last came to nothing.
    package mutating func failed(_ failure: Failure) -> Action {
        guard let step else { preconditionFailure("a failure after the end") }
        state = .ended
        return .fail(failure.prefixed("\(step.rawValue): "))
    }

    private var step: Step? {
        switch state {
        case .idle, .ended: nil
        case .initializing: .initialize
        case .authenticating: .authenticate
        case .opening: .newSession
        }
    }

    // MARK: Answers

    private mutating func take(_ result: JSONCursor, of step: Step) throws(Failure) -> Action {
        switch step {
        case .initialize: return try initialized(result)
        case .authenticate: return openSession()
        case .newSession:
            guard let id = result["sessionId"]?.string, (1...ACPSession.idBytesMax).contains(id.utf8.count) else {
                throw invalid("the answer holds no usable sessionId")
            }
            state = .ended
            return .ready(ACPSession(id: id, content: content, closes: closes, call: call))
        }
    }

    private mutating func initialized(_ result: JSONCursor) throws(Failure) -> Action {
        guard let version = result["protocolVersion"]?.int else {
            throw invalid("the answer holds no protocolVersion")
        }
        guard version == ACPMessage.protocolVersion else {
            throw final("the agent speaks version \(version) of the protocol, and lip \(ACPMessage.protocolVersion)")
        }
        let capabilities = result["agentCapabilities"]
        let prompt = capabilities?["promptCapabilities"]
        if prompt?["image"]?.bool == true { content.insert(.image) }
        if prompt?["audio"]?.bool == true { content.insert(.audio) }
        if prompt?["embeddedContext"]?.bool == true { content.insert(.resource) }
        closes = capabilities?["sessionCapabilities"]?["close"]?.isObject == true
        methods = result["authMethods"]?.elements.prefix(Self.methodCountMax).compactMap { $0["id"]?.string } ?? []
        // An agent that offers no way to authenticate asks for none.
        guard let method = settings.authMethod, !methods.isEmpty else { return openSession() }
        guard methods.contains(method) else {
            throw final("the agent does not offer the auth_method '\(method)', but \(offered)")
        }
        state = .authenticating
        return .send(.authenticate, ACPMessage.authenticate(method, in: call))
    }

    /// Ways to authenticate that are remembered.
    private static let methodCountMax = 16

    private mutating func openSession() -> Action {
        state = .opening
        return .send(.newSession, ACPMessage.newSession(settings, in: call))
    }

    private func refusal(_ error: JSONCursor) -> Failure {
        var failure = ACPErrors.failure(error, isPrompt: false, phase: .beforeOutput)
        if failure.kind == .permission, settings.authMethod == nil, !methods.isEmpty {
            failure = Failure(
                .permission, "\(failure.message) (its auth_method may be \(offered))", side: .provider, retry: .never,
                code: failure.code)
        }
        return failure
    }

    private var offered: String { methods.map { "'\($0)'" }.joined(separator: ", ") }

    private func invalid(_ message: String) -> Failure { Failure(.invalidResponse, message) }

    /// A failure that another try would meet again.
    private func final(_ message: String) -> Failure {
        Failure(.providerError, message, side: .provider, retry: .never)
    }

    /// The message that answers a request: the body as a whole, or one of its lines.
    private func answer(to id: ACPMessage.ID, in body: [UInt8]) throws(Failure) -> JSONDocument {
        let limits = JSONLimits(documentBytesMax: Self.answerBytesMax)
        if let document = try? JSONDocument(parsing: body, limits: limits) {
            guard document.withRoot({ ACPIncoming.isAnswer($0, to: id, in: call) }) else { throw Self.noAnswer }
            return document
        }
        var lines = NDJSONParser(limits: NDJSONLimits(lineBytesMax: Self.answerBytesMax))
        lines.feed(body)
        lines.finish()
        while let line = try? lines.next() {
            guard let document = try? JSONDocument(parsing: Array(line), limits: limits) else { throw Self.noJSON }
            if document.withRoot({ ACPIncoming.isAnswer($0, to: id, in: call) }) { return document }
        }
        throw Self.noAnswer
    }

    private static let noAnswer = Failure(.invalidResponse, "the agent sent no answer to it")
    private static let noJSON = Failure(.invalidResponse, "the agent's answer is not valid JSON")
}
