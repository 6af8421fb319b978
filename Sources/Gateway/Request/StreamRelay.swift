import Dialects
import Runtime
import Transport

/// Reads one leg's streamed answer and writes it in the client's protocol, step by step, whoever the answer goes to.
///
/// Frames of the client's own dialect are carried, the events of others and those made in the process are encoded. What was encoded waits in
/// `output` until the caller takes it: an attempt that fails before its commit thus leaves no trace. Belongs to the
/// request's loop.
final class StreamRelay {
    /// Where the answer stands.
    enum Progress {
        /// More may come. Can move to `ended` or `failed`.
        case running
        /// The answer is complete, and its end is in `output`.
        case ended
        /// The answer failed; after the commit the error event is in `output`.
        case failed(Failure)
    }

    private enum Source {
        case provider(HTTPClientResponse, Backend)
        case stub(StubAnswer)
    }

    private(set) var progress = Progress.running
    /// Whether model output is, or was, in `output`; in a race only output that wins it counts.
    private(set) var isCommitted = false
    /// Whether there was any output, whatever it counts for in a race.
    private(set) var hasOutput = false
    private let isRacing: Bool
    /// What is said to the agent beside its answer; nil where none answers.
    private let turn: AgentTurn?
    private(set) var usage: Usage?
    /// The id that the provider gave its answer.
    private(set) var answerID: String?
    private(set) var frameCount = 0
    /// What the transport says of its failure, for the log.
    private(set) var transportDetail: String?
    /// Encoded for the client and not yet taken.
    var output: [UInt8] = []

    private var source: Source
    private let loop: EventLoop?
    /// Nil for answers that are made in the process.
    private var watch: OutputWatch?
    private var decoder: (any AnswerDecoder)?
    private var encoder: any AnswerEncoder
    /// Whether the client's protocol is the provider's: its frames go out as they came.
    private let isCarried: Bool
    /// Whether the answer is collected instead of written, for a client that did not ask for a stream.
    private let isCollecting: Bool
    private var collected: Answer
    /// Puts the frames together where they are collected and of the client's own protocol.
    private var carried: CarriedAnswer?
    private let render: Rendering
    private var chunk: [UInt8] = []

    /// What the collected answer is made into.
    private struct Rendering {
        let frontend: Frontend
        let call: Call
        let fallback: ResponseInfo
    }

    /// Relays a provider's event stream.
    init(
        _ response: HTTPClientResponse, backend: Backend, _ codec: ProviderCodec, to frontend: Frontend, call: Call,
        on loop: EventLoop, parser: JSONParser, fallback: ResponseInfo, isRacing: Bool, turn: AgentTurn? = nil
    ) {
        self.isRacing = isRacing
        self.turn = turn
        self.loop = loop
        watch = OutputWatch(limit: backend.configuration.timeouts.outputIdle, at: loop.now)
        source = .provider(response, backend)
        decoder = codec.makeDecoder(for: call, parser: parser)
        isCarried = codec.dialect == frontend.dialect
        encoder = frontend.makeEncoder(for: call, fallback: fallback)
        isCollecting = !call.stream
        collected = Answer()
        if isCarried, !call.stream { carried = CarriedAnswer(in: codec.dialect, parser: parser) }
        render = Rendering(frontend: frontend, call: call, fallback: fallback)
    }

    /// Relays the in-process stub.
    init(_ stub: StubAnswer, to frontend: Frontend, call: Call, fallback: ResponseInfo, isRacing: Bool) {
        self.isRacing = isRacing
        turn = nil
        loop = nil
        source = .stub(stub)
        isCarried = false
        encoder = frontend.makeEncoder(for: call, fallback: fallback)
        isCollecting = !call.stream
        collected = Answer()
        render = Rendering(frontend: frontend, call: call, fallback: fallback)
    }

    /// Waits for more of the answer and takes it in; does nothing once the answer is over.
    ///
    /// Throws only when the call was called off.
    @inline(never)
    func advance() async throws(CancellationError) {
        guard case .running = progress else { return }
        if let loop { watch?.resumed(at: loop.now) }
        switch source {
        case .provider(let response, let backend):
            do {
                if try await response.read(into: &chunk) {
                    decoder?.feed(chunk)
                } else {
                    decoder?.finish()
                }
            } catch {
                let id = backend.configuration.id
                guard let failure = Failure(error, backend: id, hasAnswered: true, phase: phase)
                else { throw CancellationError() }
                transportDetail = error.message
                return fail(failure)
            }
            let hasEvents = takeFrames(backend)
            if let loop, watch?.read(hasEvents: hasEvents, at: loop.now) == true { endSilence(backend) }
            if let turn { talk(turn) }
            // What the provider sends after the answer's end is of no interest; its connection is worth keeping.
            if case .ended = progress { response.letFinish() }
        case .stub(var stub):
            let events = stub.next() ?? []
            source = .stub(stub)
            for event in events { take(event) { encoder.encode(event, into: &output) } }
        }
    }

    /// Runs `body`, which calls `advance` many times.
    func withAdvances(_ body: () async throws -> Void) async throws {
        switch source {
        case .provider(let response, _): try await response.withReads(body)
        case .stub: try await body()
        }
    }

    /// Encodes a whole answer that came where a stream was asked for.
    func takeWhole(_ events: [Event]) {
        for event in events { take(event) { encoder.encode(event, into: &output) } }
    }

    /// Whether there is output that a client who asked for no stream does not see before its end.
    ///
    /// A leg that breaks off with its first output wins no race. What was under way when its time passed is not the beginning
    /// of anything that could go on.
    func isCollectable(isOverdue: Bool) -> Bool {
        guard isCommitted else { return false }
        return switch progress {
        case .running: !isOverdue
        case .ended: true
        case .failed: !isRacing
        }
    }

    /// The collected answer as the body of a unary call; throws where it is not complete.
    func collectedBody() throws(Failure) -> [UInt8] {
        precondition(isCollecting, "a stream's answer is not collected")
        guard collected.isComplete else {
            throw Failure(.prematureEnd, "the provider's answer stopped before it was complete")
        }
        if let carried { return carried.body(collected) }
        return render.frontend.body(of: collected, to: render.call, fallback: render.fallback)
    }

    /// Ends the answer with an in-band failure, unless it is over; the client's error event is then in `output`.
    func fail(_ failure: Failure) {
        guard case .running = progress else { return }
        encoder.fail(failure, into: &output)
        progress = .failed(failure)
    }

    /// Ends the provider's transfer; does nothing when it has ended.
    func cancel() {
        if case .provider(let response, _) = source { response.cancel() }
        // One that has answered, if with an error, is at work no more.
        if let turn { (decoder as? ACPEventDecoder)?.isAnswered == true ? turn.ended() : turn.cancel() }
    }

    /// Answers what the agent asked in between, and lets it know once its turn is over.
    private func talk(_ turn: AgentTurn) {
        guard var agent = decoder as? ACPEventDecoder else { return }
        let replies = agent.takeReplies()
        if !replies.isEmpty {
            decoder = agent
            turn.reply(replies)
        }
        if agent.isAnswered { turn.ended() }
    }

    /// Ends an answer that does not go on: comments, pings and empty deltas keep the connection in use, and nothing else.
    ///
    /// Looked at whenever something comes; where nothing does, the transfer's own idle time ends it.
    private func endSilence(_ backend: Backend) {
        let id = backend.configuration.id
        let failure = Failure(.timeout, "the provider \(id) gave signs of life and no output", phase: phase)
        fail(phase == .afterOutput ? failure.afterOutput() : failure)
    }

    private var phase: Failure.Phase { isCommitted ? .afterOutput : .beforeOutput }

    /// Takes in what has come; returns whether any of it said something of the answer.
    private func takeFrames(_ backend: Backend) -> Bool {
        var hasEvents = false
        while case .running = progress, let frame = decoder?.next() {
            frameCount += 1
            let events = decoder?.events ?? []
            if !events.isEmpty { hasEvents = true }
            for event in events { note(event) }
            if case .failed(let failure) = progress {
                let shown = backend.redacted(failure)
                progress = .failed(shown)
                encoder.fail(shown, into: &output)
            } else if !isCollecting {
                if isCarried {
                    encoder.carry(frame, events, into: &output)
                } else {
                    for event in events { encoder.encode(event, into: &output) }
                }
            } else {
                do throws(Failure) {
                    try carried?.add(frame)
                } catch {
                    progress = .failed(error)
                }
            }
        }
        return hasEvents
    }

    private func take(_ event: Event, _ encode: () -> Void) {
        frameCount += 1
        note(event)
        encode()
    }

    private func note(_ event: Event) {
        switch event {
        case .started(let info): answerID = info.id
        case .usage(let stated): usage = stated
        case .ended: progress = .ended
        case .failed(let failure): progress = .failed(failure)
        default:
            if !hasOutput, event.commits { hasOutput = true }
            if !isCommitted, isRacing ? event.wins : event.commits { isCommitted = true }
        }
        guard isCollecting else { return }
        do throws(Failure) {
            // An answer that fails is reported as that failure, not collected.
            if case .failed = event { return }
            try collected.append(event)
        } catch {
            progress = .failed(error)
        }
    }
}
