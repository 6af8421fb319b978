import Dialects
import Routing
import Runtime
import Transport

/// One attempt at a leg: encodes the call, opens the provider's answer and reads it until it commits.
///
/// Belongs to one request, on its loop. It neither writes to the client nor decides what follows: `open` leaves an
/// outcome, and the failover plan decides. A class, and its asynchronous functions keep little of their own: what they
/// hold across a wait would be memory of the connection's task for as long as the stream lasts.
final class Attempt {
    /// What the plan asked for.
    let planned: FailoverPlan.Attempt
    let backend: Backend
    let leg: Leg
    /// What its leg gave it when it began; nil if it did not.
    var admission: Leg.Admission?
    /// The key in use; nil where none is needed.
    var lease: KeyPool.Lease?
    /// Set while it goes on with another key.
    var keyRefusal: KeyRefusal?
    /// How it ended for its leg; nil while it goes on.
    var legEnding: Leg.Ending?
    /// Its place in the request's record, once it has begun.
    var recordIndex: Int?
    /// Whether it runs against others: it goes out as a stream, and what commits it is output that wins.
    let isRacing: Bool
    /// Set by `open`.
    private(set) var outcome = Outcome.cancelled
    /// Fields of the provider's answer that the client gets too.
    private(set) var carriedHeaders = HTTPHeaders()
    private(set) var providerStatus: Int?
    private(set) var droppedFields: [String]
    /// What the transport says of its failure, for the log.
    var transportDetail: String?
    /// How many of its requests went out once more, since the first connection proved dead.
    private(set) var ownResendCount = 0
    /// The id that the provider gave its answer; known once there is output.
    private(set) var answerID: String?
    /// What the provider has reported of a stream so far, whatever becomes of it.
    private(set) var usage: Usage?

    /// How it comes to its access token; nil where the backend has none.
    private let tokenTurn: TokenTurn?
    /// How it comes to its session; nil where the backend is no agent.
    let agentTurn: AgentTurn?
    /// Calls the provider's answer off while its head is awaited.
    private var opening: HTTPClientOpening?
    /// The provider's answer while it is read here.
    private var response: HTTPClientResponse?
    private var deadlineTimer: TimerID?
    /// Whether the transfer was ended by the deadline.
    private var isOverdue = false
    /// Whether another leg has won, or the request was called off.
    private(set) var isCalledOff = false
    /// Whether it has won its race, if it ran in one, and what it collects is read on.
    private var hasWon = false
    /// Whether its leg has been told of its output: once, whatever keys it goes on with.
    var isCommitReported = false
    /// Whether it failed since a whole answer held nothing that could win.
    private(set) var isWithoutOutput = false
    /// Whether an agent has said something or begun to act: its failure is the answer, since nobody may do it again.
    private(set) var hasActed = false
    /// The deadline, if it is what the attempt failed by.
    private(set) var missedDeadline: OutputDeadline?
    let call: Call
    private let frontend: Frontend
    private(set) var codec: ProviderCodec
    /// The options that were taken out of the call, since the model lacks the capability.
    private let leftOut: [String]
    private let requestID: String
    /// Whether the request is refused where the provider's protocol has no place for one of its fields.
    private let isStrict: Bool
    private let largeBodies: LargeBodies
    /// The client's header fields that its provider gets, where both speak the same protocol.
    private let carriedFields: [(name: String, value: String)]
    private let context: LoopContext

    init(
        _ planned: FailoverPlan.Attempt, call: Call, of frontend: Frontend, leftOut: [String], backend: Backend,
        leg: Leg, requestID: String, carriedFields: [(name: String, value: String)], isStrict: Bool,
        largeBodies: LargeBodies, context: LoopContext, isRacing: Bool = false
    ) {
        self.frontend = frontend
        self.carriedFields = carriedFields
        self.isStrict = isStrict
        self.largeBodies = largeBodies
        self.planned = planned
        self.isRacing = isRacing
        self.call = call
        self.leftOut = leftOut
        droppedFields = leftOut
        self.backend = backend
        tokenTurn = backend.tokens == nil ? nil : TokenTurn()
        agentTurn = backend.agent == nil ? nil : AgentTurn(with: backend, through: context.client)
        codec = backend.codec(for: call, as: planned.leaf.model)
        self.leg = leg
        self.requestID = requestID
        self.context = context
    }

    var leaf: Leaf { planned.leaf }

    /// The same attempt, to go on with the backend's next key.
    func withNextKey(_ planned: FailoverPlan.Attempt) -> Attempt {
        let next = Attempt(
            planned, call: call, of: frontend, leftOut: leftOut, backend: backend, leg: leg, requestID: requestID,
            carriedFields: carriedFields, isStrict: isStrict, largeBodies: largeBodies, context: context,
            isRacing: isRacing)
        next.keyRefusal = keyRefusal
        next.admission = admission
        next.recordIndex = recordIndex
        next.isCommitReported = isCommitReported
        next.usage = usage
        return next
    }

    /// Opens the leg and leaves the outcome, at the latest when its deadline passes.
    @inline(never)
    func open() async {
        await openInTime()
        endDeadline()
        response = nil
    }

    /// Reads the rest of an answer that is collected, and leaves the outcome.
    @inline(never)
    func collect() async {
        guard case .collecting(let relay) = outcome else { preconditionFailure("nothing is being collected") }
        hasWon = true
        await readUntilCommit(relay)
    }

    /// Ends the provider's answer, whatever stands of it: another leg has won, or the request was called off.
    func callOff() {
        isCalledOff = true
        tokenTurn?.end()
        opening?.cancel()
        response?.cancel()
        switch outcome {
        case .stream(let relay), .collecting(let relay): relay.cancel()
        case .whole, .failed, .cancelled: break
        }
        agentTurn?.cancel()
    }

    @inline(never)
    private func openInTime() async {
        // Called off while its leg was asked: nothing goes out.
        if isCalledOff { return }
        guard backend.isRemote else { return await openStub() }
        if let tokens = backend.tokens, !(await takeToken(from: tokens)) { return }
        let isLarge = call.original.map { $0.bytes.count >= LargeBodies.bytesMin } ?? false
        if let agentTurn, !(await openSession(agentTurn, isLarge: isLarge)) { return }
        guard let request = isLarge ? await makeLargeRequest() : makeRequest() else {
            agentTurn?.cancel()
            return
        }
        // Its time may have passed while nothing was under way that could be ended.
        if isOverdue || isCalledOff { return calledOff() }
        beginDeadline()
        agentTurn?.prompted()
        let response: HTTPClientResponse
        do {
            response = try await context.client.open(request, as: opening)
        } catch {
            return fail(error)
        }
        if response.timings.resent { ownResendCount += 1 }
        if tokenTurn?.renews(after: response.status, with: backend.tokens, at: context.loop.now) == true {
            response.cancel()
            return await openInTime()
        }
        self.response = response
        providerStatus = response.status
        guard (200...299).contains(response.status) else { return await refuse(response) }
        CarriedHeaders.append(response.headers, to: &carriedHeaders)
        switch form(of: response) {
        case .whole: await readWhole(response)
        case .stream: await readUntilCommit(relay(response))
        case .unknown, nil:
            response.cancel()
            agentTurn?.cancel()
        }
    }

    // MARK: Agents

    /// Opens the session that the prompt goes to; false, with the outcome, where there is none.
    ///
    /// Where nothing may be left out, it is first made sure that nothing is: the agent need not hear of the call else.
    @inline(never)
    private func openSession(_ turn: AgentTurn, isLarge: Bool) async -> Bool {
        guard let settings = backend.agent else { preconditionFailure("a turn without an agent") }
        if isStrict, (isLarge ? await makeLargeRequest() : makeRequest()) == nil { return false }
        beginDeadline()
        let number = AgentTurn.callNumber(using: &context.random)
        do {
            codec = .acp(try await turn.open(settings, call: number, with: lease))
            return true
        } catch {
            switch error {
            case .failed(let failure, let detail):
                transportDetail = detail
                outcome = .failed(failure)
            case .calledOff: calledOff()
            }
            return false
        }
    }

    // MARK: Tokens

    /// Leaves a token for the request; false, with the outcome, where there is none.
    private func takeToken(from tokens: AccessTokens) async -> Bool {
        beginDeadline()
        do {
            try await tokenTurn?.take(from: tokens, with: context.client, as: opening)
            return true
        } catch {
            switch error {
            case .failed(let failure): outcome = .failed(failure)
            case .calledOff: calledOff()
            }
            return false
        }
    }

    // MARK: Deadline

    private func beginDeadline() {
        opening = HTTPClientOpening()
        guard let deadline = planned.deadline, deadlineTimer == nil else { return }
        deadlineTimer = context.loop.schedule(at: deadline.time) { [weak self] in self?.deadlinePassed() }
    }

    /// There is output, or the attempt has ended: from here on the answer may take its time.
    private func endDeadline() {
        guard let timer = deadlineTimer else { return }
        context.loop.cancel(timer)
        deadlineTimer = nil
    }

    private func deadlinePassed() {
        deadlineTimer = nil
        isOverdue = true
        tokenTurn?.end()
        opening?.cancel()
        response?.cancel()
        agentTurn?.cancel()
    }

    /// The transfer was called off: because its time was over, or because the client left.
    private func calledOff() {
        guard isOverdue, !isCalledOff, !Task.isCancelled, let deadline = planned.deadline else {
            return outcome = .cancelled
        }
        missedDeadline = deadline
        outcome = .failed(deadline.failure)
    }

    // MARK: Encoding

    /// The request as it goes out, or nil after the call has proved inexpressible.
    @inline(never)
    private func makeRequest() -> HTTPClientRequest? {
        do throws(Failure) {
            let parameters = try RouteParameters(leaf)
            let stream = isStreamed
            let model = backend.wireModel(leaf.model, provider: parameters.provider)
            var encoded = try codec.encode(call, as: model, stream: stream, parameters: parameters)
            if let provider = parameters.provider { try backend.pin(provider, in: &encoded) }
            return try request(encoded, as: model, stream: stream)
        } catch {
            outcome = .failed(error)
            return nil
        }
    }

    /// The same, written on the thread for large bodies; nil also after the call was called off.
    @inline(never)
    private func makeLargeRequest() async -> HTTPClientRequest? {
        do {
            let encoding = try Encoding(self)
            let encoded = try await largeBodies.run {
                Result { () throws(Failure) in try encoding.encode() }
            }
            return try request(try encoded.get(), as: encoding.model, stream: encoding.stream)
        } catch {
            outcome = (error as? Failure).map { .failed($0) } ?? .cancelled
            return nil
        }
    }

    private func request(
        _ encoded: EncodedRequest, as model: String, stream: Bool
    ) throws(Failure) -> HTTPClientRequest {
        droppedFields = leftOut + encoded.droppedFields
        if isStrict, !droppedFields.isEmpty { throw DroppedFields.refusal(droppedFields, by: backend) }
        var request = backend.request(encoded.body, for: call, in: codec, as: model, stream: stream, lease: lease)
        request.headers = carriedFields
        if let tokenTurn { request.headers += tokenTurn.fields }
        return request
    }

    /// Whether the call goes out as a stream; a unary answer has no first token that a deadline could be kept by.
    var isStreamed: Bool { backend.streams(call, mustShowFirstToken: isRacing || planned.deadline != nil) }

    private var fallback: ResponseInfo {
        ResponseInfo(id: frontend.answerID(requestID), model: leaf.model, created: Int(Timestamp.now().unixSeconds))
    }

    @inline(never)
    private func relay(_ response: HTTPClientResponse) -> StreamRelay {
        StreamRelay(
            response, backend: backend, codec, to: frontend, call: call, on: context.loop, parser: context.parser,
            fallback: fallback, isRacing: isRacing, turn: agentTurn)
    }

    // MARK: Reading

    /// What the answer's head promises; nil after it has proved to be neither.
    @inline(never)
    private func form(of response: HTTPClientResponse) -> ProviderCodec.AnswerForm? {
        guard isStreamed else { return .whole }
        switch codec.form(of: ContentType(response.headers.firstBytes("content-type"))) {
        case .unknown(let type):
            outcome = .failed(
                Failure(.invalidResponse, "the provider \(backend.configuration.id) answered a stream with \(type)"))
            return nil
        case let form: return form
        }
    }

    @inline(never)
    private func openStub() async {
        do throws(Failure) {
            _ = try RouteParameters(leaf)
            if isStrict, !droppedFields.isEmpty { throw DroppedFields.refusal(droppedFields, by: backend) }
        } catch {
            outcome = .failed(error)
            return
        }
        guard let stub = backend.configuration.stub else {
            preconditionFailure("the backend \(backend.configuration.id) is neither remote nor a stub")
        }
        let info = fallback
        let answer = StubAnswer(stub, call: call, model: leaf.model, id: requestID, created: info.created ?? 0)
        await readUntilCommit(StreamRelay(answer, to: frontend, call: call, fallback: info, isRacing: isRacing))
    }

    @inline(never)
    private func readWhole(_ response: HTTPClientResponse) async {
        do {
            take(whole: try await response.readAll(upTo: Self.answerBytesMax), of: response)
        } catch {
            fail(error)
        }
    }

    /// Carries a whole answer, once it has proved to be one; encodes it for a client that asked for a stream.
    @inline(never)
    private func take(whole body: [UInt8], of response: HTTPClientResponse) {
        do throws(Failure) {
            guard call.operation.isGeneration else {
                let answer = try codec.answer(to: call, body: body, as: leaf.model, limits: Self.answerLimits)
                outcome = .whole(body: answer.body, usage: answer.usage)
                return
            }
            let events = try codec.events(ofWhole: body, limits: Self.answerLimits)
            answerID = events.answerID
            if isRacing, !events.contains(where: \.wins) {
                outcome = .failed(noOutput)
            } else if call.stream {
                let relay = relay(response)
                relay.takeWhole(events)
                outcome = .stream(relay)
            } else {
                outcome = .whole(body: try translated(body, events), usage: events.usage)
            }
        } catch {
            outcome = .failed(error)
        }
    }

    /// The provider's whole answer in the client's protocol: as it came where that is the provider's, too.
    private func translated(_ body: [UInt8], _ events: [Event]) throws(Failure) -> [UInt8] {
        guard codec.dialect != frontend.dialect else { return body }
        var answer = Answer()
        for event in events { try answer.append(event) }
        return frontend.body(of: answer, to: call, fallback: fallback)
    }

    @inline(never)
    private func readUntilCommit(_ relay: StreamRelay) async {
        while !settle(relay) {
            do {
                try await relay.advance()
            } catch {
                relay.cancel()
                calledOff()
                return
            }
        }
    }

    /// Leaves the outcome, if what was read so far decides it.
    @inline(never)
    private func settle(_ relay: StreamRelay) -> Bool {
        answerID = relay.answerID
        usage = relay.usage
        if agentTurn != nil, relay.hasOutput { hasActed = true }
        if !call.stream, !hasWon, relay.isCollectable(isOverdue: isOverdue) {
            outcome = .collecting(relay)
            return true
        }
        switch relay.progress {
        case .running:
            if isOverdue {
                // What was under way when the deadline passed is not the beginning of anything that could go on.
                calledOff()
                return true
            }
            if relay.isCommitted { endDeadline() }
            if call.stream, relay.isCommitted {
                outcome = .stream(relay)
            } else if relay.output.count > Self.heldBytesMax {
                relay.cancel()
                let words = "sent \(Self.heldBytesMax) bytes without any output"
                outcome = .failed(
                    Failure(.invalidResponse, "the provider \(backend.configuration.id) \(words)"))
            } else {
                return false
            }
        case .ended where isRacing && !relay.isCommitted:
            outcome = .failed(noOutput)
        case .ended where call.stream:
            outcome = .stream(relay)
        case .ended:
            do throws(Failure) {
                outcome = .whole(body: try relay.collectedBody(), usage: relay.usage)
            } catch {
                outcome = .failed(error)
            }
        // The commit and the failure came in one step: the client gets the output, then the failure.
        case .failed where relay.isCommitted && call.stream:
            outcome = .stream(relay)
        case .failed(let failure):
            relay.cancel()
            transportDetail = relay.transportDetail
            outcome = .failed(failure)
        }
        return true
    }

    // MARK: Failing

    /// A whole answer that has nothing to win a race with.
    private var noOutput: Failure {
        isWithoutOutput = true
        return Failure(
            .invalidResponse, "the provider \(backend.configuration.id) ended its answer without any output")
    }

    /// Takes an error status with what the provider says about it.
    @inline(never)
    private func refuse(_ response: HTTPClientResponse) async {
        let body: [UInt8]
        let timer = context.loop.schedule(after: Self.errorBodyTimeMax) { response.cancel() }
        defer { context.loop.cancel(timer) }
        do {
            body = try await response.readAll(upTo: Self.errorBodyBytesMax)
        } catch {
            if isCalledOff || Task.isCancelled {
                outcome = .cancelled
                return
            }
            // The status is known, so it is told; that its explanation was cut, slow or too long changes nothing.
            body = []
        }
        agentTurn?.ended()
        outcome = .failed(
            codec.failure(
                status: response.status, headers: response.headers, body: body, retryAfter: response.retryAfter))
    }

    @inline(never)
    private func fail(_ error: HTTPClientError) {
        transportDetail = error.message
        agentTurn?.cancel()
        let hasAnswered = providerStatus != nil
        if error.resent, !hasAnswered { ownResendCount += 1 }
        guard let failure = Failure(error, backend: backend.configuration.id, hasAnswered: hasAnswered)
        else { return calledOff() }
        outcome = .failed(failure)
    }
}
