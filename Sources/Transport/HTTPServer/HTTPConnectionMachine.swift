import Runtime

/// One HTTP/1.1 connection as a value: bytes, times and a handler's answers go in, bytes and actions come out.
///
/// It knows neither sockets nor tasks; `HTTPConnection` carries its actions out. After every event its owner looks at
/// `outbound`, `wantsRead` and `deadline` again. Requests are served one at a time; the bytes of those behind it wait.
/// RFC 9112; the traps it is built around: a client that drips cannot stretch a deadline, an early answer reaches a client
/// that still uploads, no byte of one request is taken for part of another.
struct HTTPConnectionMachine {
    let limits: HTTPServerLimits
    private(set) var phase = Phase.idle
    /// The body of the request being served.
    private(set) var body = Body.complete
    private(set) var answer = HTTPAnswer(version: .http11, isToHead: false)
    /// Bytes for the client; the owner sends them and reports with `sent`.
    private(set) var outbound = OutboundBuffer()

    private var parser: HTTPRequestParser
    private var request: HTTPRequestParser.Head?
    private(set) var bodyBytes: [UInt8] = []
    private var announcedLength: UInt64?
    private(set) var bodyLimit: Int?
    /// Bytes of the requests behind the one being served.
    private(set) var pipelined: [UInt8] = []

    private var owesContinue = false
    /// Whether the connection ends with this answer; final once the answer begins.
    private var isLast = false
    /// Whether the client asked for that itself, and so has nothing more to send.
    private var clientWantsClose = false
    private var writerWaits = false
    private var isShuttingDown = false
    /// Whether what is under way is to end now; implies `isShuttingDown`.
    private(set) var isCutShort = false
    private(set) var clientHasFinished = false
    /// Whether the client may still be sending when the last answer has gone out.
    private(set) var lingers = false
    private var lingeredBytes = 0

    private(set) var phaseDeadline: MonotonicInstant
    private var bodyStart: MonotonicInstant?
    private var bodyReceivedBytes = 0
    private(set) var writeDeadline = MonotonicInstant.distantFuture
    private(set) var stall: StallWatch
    /// When a complete answer must have been taken, at whatever pace.
    private var drainDeadline = MonotonicInstant.distantFuture

    init(limits: HTTPServerLimits, at now: MonotonicInstant) {
        self.limits = limits
        parser = HTTPRequestParser(limits: limits)
        phaseDeadline = now + limits.idleTimeout
        stall = StallWatch(timeout: limits.writeStallTimeout, at: now)
    }

    /// The request whose head has just become whole, once.
    mutating func takeRequest() -> HTTPRequestParser.Head? {
        defer { request = nil }
        return request
    }

    // MARK: The client's events

    /// Bytes came from the client.
    mutating func received(_ bytes: UnsafeRawBufferPointer, at now: MonotonicInstant) -> Actions {
        switch phase {
        case .idle, .head:
            return consume(bytes, at: now)
        case .serving:
            return receivedWhileServing(bytes, at: now)
        case .flushing, .lingering:
            lingeredBytes += bytes.count
            return lingeredBytes > limits.lingerBytesMax ? close() : []
        case .closed:
            return []
        }
    }

    /// The client will send nothing more; unless its answer is already written, that means that it left.
    mutating func clientFinished(at now: MonotonicInstant) -> Actions {
        clientHasFinished = true
        switch phase {
        case .idle, .head:
            // Answers to earlier requests may still be on their way.
            return outbound.isEmpty ? close() : beginFlushing(lingering: false, at: now)
        case .serving:
            if answer.state != .finished { return [close(), .cancelHandler] }
            isLast = true
            return []
        case .flushing:
            return outbound.isEmpty ? close() : []
        case .lingering:
            return close()
        case .closed:
            return []
        }
    }

    /// The connection broke.
    mutating func failed() -> Actions {
        if phase == .closed { return [] }
        // A handler whose answer is written is left to finish what it still does about it.
        let cancels = phase == .serving && answer.state != .finished
        return cancels ? [close(), .cancelHandler] : close()
    }

    /// The owner sent bytes of `outbound`.
    mutating func sent(_ count: Int, at now: MonotonicInstant) -> Actions {
        let hadRoom = hasRoom
        outbound.removeFirst(count)
        stall.sent(count)
        if outbound.isEmpty {
            writeDeadline = .distantFuture
            drainDeadline = .distantFuture
            // The connection has nothing to do from here on, not from when its answer was ready.
            if phase == .idle { phaseDeadline = now + limits.idleTimeout }
        } else {
            writeDeadline = min(stall.begin(at: now), drainDeadline)
        }
        switch phase {
        case .flushing:
            return outbound.isEmpty ? endFlushing(at: now) : []
        case .idle:
            // The next request was held back while too much was pending.
            return !hadRoom && hasRoom ? consumePipelined(at: now) : []
        case .serving:
            guard writerWaits, outbound.count <= limits.outboundBufferBytesMax / 2 else { return [] }
            writerWaits = false
            return .wakeHandler
        case .head, .lingering, .closed:
            return []
        }
    }

    /// `deadline` has come.
    ///
    /// - Parameter untakenBytes: how many of the bytes handed to the socket the client has not taken yet.
    mutating func deadlinePassed(at now: MonotonicInstant, untakenBytes: Int) -> Actions {
        if writeDeadline <= now {
            if now < drainDeadline, let next = stall.look(at: now, untakenBytes: untakenBytes) {
                writeDeadline = min(next, drainDeadline)
                return []
            }
            return phase == .serving ? [abandon(), .cancelHandler] : abandon()
        }
        guard phaseDeadline <= now else { return [] }
        switch phase {
        case .idle where !outbound.isEmpty:
            // Its client still takes the answer; the deadlines of that hold.
            phaseDeadline = now + limits.idleTimeout
            return []
        case .idle, .lingering:
            return close()
        case .head:
            return refuse(HTTPRefusal(status: 408, reason: "the request head took too long"), at: now)
        case .serving:
            return failBody(.timeout)
        case .flushing, .closed:
            phaseDeadline = .distantFuture
            return []
        }
    }

    // MARK: The handler's events

    /// The body as far as the handler may have it.
    var bodyState: Body { body }

    /// The handler wants the body, of at most `limit` bytes.
    mutating func bodyRequested(upTo limit: Int, at now: MonotonicInstant) -> Actions {
        guard phase == .serving, bodyLimit == nil else { return [] }
        let limit = min(limit, limits.requestBodyBytesMax)
        bodyLimit = limit
        if bodyBytes.count > limit || (announcedLength ?? 0) > UInt64(limit) { return failBody(.tooLarge) }
        guard body == .receiving else { return [] }
        if owesContinue, answer.state == .none, bodyReceivedBytes == 0 {
            outbound.append("HTTP/1.1 100 Continue\r\n\r\n")
            noteOutput(at: now)
        }
        owesContinue = false
        bodyStart = now
        setBodyDeadline()
        return []
    }

    /// Hands the whole body over.
    mutating func takeBody() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bodyBytes)
        return taken
    }

    /// Nothing after this answer, whatever the client would like.
    mutating func closeAfterAnswer() {
        isLast = true
    }

    /// A whole answer.
    mutating func respond(
        status: Int, fields: some HTTPFieldSource, body: UnsafeRawBufferPointer, dateLine: [UInt8],
        at now: MonotonicInstant
    ) -> Actions {
        guard phase == .serving, answer.state == .none else { return [] }
        decideWhetherLast(.length(body.count))
        answer.respond(
            status: status, fields: fields, body: body, isLast: isLast, dateLine: dateLine, into: &outbound)
        answerFinished(at: now)
        return []
    }

    /// The head of an answer whose body is streamed.
    mutating func start(
        status: Int, fields: some HTTPFieldSource, dateLine: [UInt8], at now: MonotonicInstant
    ) -> Actions {
        guard phase == .serving, answer.state == .none else { return [] }
        decideWhetherLast(answer.streamedFraming(status: status))
        answer.start(status: status, fields: fields, isLast: isLast, dateLine: dateLine, into: &outbound)
        noteOutput(at: now)
        return []
    }

    /// More of a streamed answer's body.
    mutating func write(_ bytes: UnsafeRawBufferPointer, at now: MonotonicInstant) {
        guard phase == .serving, answer.state == .streaming, !bytes.isEmpty else { return }
        answer.write(bytes, into: &outbound)
        noteOutput(at: now)
    }

    /// A writer waits until there is room; it will be woken.
    mutating func roomRequested() {
        writerWaits = true
    }

    /// The end of a streamed answer.
    mutating func finish(at now: MonotonicInstant) -> Actions {
        guard phase == .serving, answer.state == .streaming else { return [] }
        answer.finish(into: &outbound)
        answerFinished(at: now)
        return []
    }

    /// The answer cannot be made whole: what was written goes out, then the connection ends without the answer's end.
    mutating func abort(at now: MonotonicInstant) -> Actions {
        guard phase == .serving, answer.state != .finished else { return [] }
        // Where the end of the connection is the end of the body, only an error shows that something is missing.
        if answer.state == .none || answer.framing == .untilClose { return abandon() }
        answer.cut()
        return beginFlushing(lingering: false, at: now)
    }

    /// The handler is done with the request.
    mutating func handlerReturned(dateLine: [UInt8], at now: MonotonicInstant) -> Actions {
        guard phase == .serving else { return [] }
        switch answer.state {
        case .none: answerForHandler(dateLine: dateLine, at: now)
        case .streaming: return abort(at: now)
        case .finished: break
        }
        let wasComplete = body == .complete
        bodyBytes = []
        bodyLimit = nil
        bodyStart = nil
        if isLast || isShuttingDown || !wasComplete {
            // A client that has nothing more to send cannot lose the answer by the close.
            let isDone = wasComplete && (clientWantsClose || isCutShort)
            return beginFlushing(lingering: !isDone, at: now)
        }
        phase = .idle
        phaseDeadline = now + limits.idleTimeout
        return hasRoom ? consumePipelined(at: now) : []
    }

    /// The server stops: no further request is taken.
    mutating func shutdownBegan(at now: MonotonicInstant) -> Actions {
        isShuttingDown = true
        switch phase {
        case .idle: return outbound.isEmpty ? close() : beginFlushing(lingering: false, at: now)
        case .lingering:
            phaseDeadline = min(phaseDeadline, now + lingerTime)
            return []
        case .head, .serving, .flushing, .closed: return []
        }
    }

    /// The server stops and waits for nothing more: a request that is not here yet is not waited for, nor does a writer
    /// wait for room, and a client is not lingered for that has sent its request whole.
    ///
    /// The handler ends what it is doing by itself, and its answer goes out as far as the client takes it.
    mutating func cutShort(at now: MonotonicInstant) -> Actions {
        isShuttingDown = true
        isCutShort = true
        switch phase {
        case .idle:
            return outbound.isEmpty ? close() : beginFlushing(lingering: false, at: now)
        case .head:
            return refuse(HTTPRefusal(status: 503, reason: "the server is shutting down"), at: now)
        case .serving:
            return body == .receiving ? failBody(.cutShort) : .wakeHandler
        case .flushing:
            if body == .complete { lingers = false }
            return []
        case .lingering:
            return body == .complete ? close() : []
        case .closed:
            return []
        }
    }

    /// Answers without a request, as a server that is full does, and ends the connection.
    mutating func refuse(_ refusal: HTTPRefusal, at now: MonotonicInstant) -> Actions {
        let head = HTTPResponseHead(
            status: refusal.status, framing: .length(refusal.reason.utf8CodeUnitCount + 1), persistence: .close)
        head.write(fields: [("Content-Type", "text/plain")], dateLine: [], into: &outbound)
        outbound.append(refusal.reason)
        outbound.append("\n")
        isLast = true
        return beginFlushing(lingering: true, at: now)
    }

    /// Cuts the connection at once.
    mutating func abandon() -> Actions {
        if phase == .closed { return [] }
        return [close(), .reset]
    }

    // MARK: Receiving

    private mutating func consume(_ bytes: UnsafeRawBufferPointer, at now: MonotonicInstant) -> Actions {
        if bytes.isEmpty { return [] }
        if phase == .idle {
            phase = .head
            phaseDeadline = now + limits.headTimeout
        }
        var consumed = 0
        do {
            guard let head = try parser.parseHead(bytes, consumed: &consumed) else { return [] }
            requestBegan(head)
            let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
            return receivedWhileServing(rest, at: now).union(.startHandler)
        } catch {
            return refuse(error, at: now)
        }
    }

    private mutating func requestBegan(_ head: HTTPRequestParser.Head) {
        phase = .serving
        phaseDeadline = .distantFuture
        body = head.hasBody ? .receiving : .complete
        answer = HTTPAnswer(version: head.line.version, isToHead: head.method == .head)
        owesContinue = head.expectsContinue
        announcedLength = head.contentLength
        clientWantsClose = !head.keepsAlive
        isLast = clientWantsClose
        writerWaits = false
        bodyReceivedBytes = 0
        request = head
    }

    private mutating func receivedWhileServing(
        _ bytes: UnsafeRawBufferPointer, at now: MonotonicInstant
    ) -> Actions {
        if bytes.isEmpty { return [] }
        switch body {
        case .complete:
            pipelined.append(contentsOf: bytes)
            return []
        case .failed:
            lingeredBytes += bytes.count
            return []
        case .receiving:
            break
        }
        var consumed = 0
        bodyReceivedBytes += bytes.count
        let limit = bodyLimit ?? limits.requestBodyBytesMax
        do {
            reserveBody(for: bytes.count)
            if try parser.parseBody(bytes, into: &bodyBytes, upTo: limit, consumed: &consumed) {
                body = .complete
                phaseDeadline = .distantFuture
                pipelined.append(contentsOf: bytes[consumed...])
            }
        } catch {
            return failBody(.malformed)
        }
        if bodyBytes.count > limit { return failBody(.tooLarge) }
        if body == .complete { return .wakeHandler }
        setBodyDeadline()
        return []
    }

    /// What has to have come of a body before its announced length is believed, in bytes.
    private static let believedBytesMin = 1 << 20

    /// Sizes the body's buffer after what has come rather than what was announced, which may never come; from a
    /// megabyte on after the announcement, since growing by doubling would copy the whole body again and again.
    private mutating func reserveBody(for count: Int) {
        if bodyBytes.isEmpty {
            bodyBytes.reserveCapacity(Int(min(announcedLength ?? UInt64(count), UInt64(max(count, 64 * 1024)))))
        } else if bodyBytes.count >= Self.believedBytesMin, bodyBytes.count + count > bodyBytes.capacity,
            let announcedLength
        {
            let limit = bodyLimit ?? limits.requestBodyBytesMax
            bodyBytes.reserveCapacity(Int(min(announcedLength, UInt64(limit))))
        }
    }

    private mutating func setBodyDeadline() {
        guard let bodyStart else { return }
        let (seconds, rest) = bodyReceivedBytes.quotientAndRemainder(dividingBy: max(limits.bodyBytesPerSecondMin, 1))
        let fraction = Double(rest) / Double(max(limits.bodyBytesPerSecondMin, 1))
        let earned = Duration.seconds(Int64(seconds)) + .nanoseconds(Int64(fraction * 1e9))
        phaseDeadline = bodyStart + (limits.bodyTimeout + earned)
    }

    private mutating func failBody(_ error: HTTPBodyError) -> Actions {
        body = .failed(error)
        bodyBytes = []
        phaseDeadline = .distantFuture
        return .wakeHandler
    }

    private mutating func consumePipelined(at now: MonotonicInstant) -> Actions {
        if pipelined.isEmpty { return [] }
        var bytes: [UInt8] = []
        swap(&bytes, &pipelined)
        return bytes.withUnsafeBytes { consume($0, at: now) }
    }

    // MARK: Answering

    private mutating func decideWhetherLast(_ framing: HTTPResponseHead.Framing) {
        if isShuttingDown || body != .complete || framing == .untilClose { isLast = true }
    }

    private mutating func answerFinished(at now: MonotonicInstant) {
        // From here on the client sets the pace alone, and it is held to one.
        guard !outbound.isEmpty else { return writeDeadline = .distantFuture }
        beginDraining(at: now)
    }

    private mutating func answerForHandler(dateLine: [UInt8], at now: MonotonicInstant) {
        let status =
            switch body {
            case .failed(.tooLarge): 413
            case .failed(.timeout): 408
            case .failed(.malformed): 400
            case .failed(.cutShort): 503
            case .failed(.clientGone), .receiving, .complete: 500
            }
        _ = respond(
            status: status, fields: [], body: UnsafeRawBufferPointer(start: nil, count: 0), dateLine: dateLine, at: now)
    }

    private mutating func noteOutput(at now: MonotonicInstant) {
        if writeDeadline == .distantFuture { writeDeadline = stall.begin(at: now) }
    }

    private mutating func beginDraining(at now: MonotonicInstant) {
        drainDeadline = now + limits.drainTime(of: outbound.count)
        writeDeadline = min(stall.begin(at: now), drainDeadline)
    }

    // MARK: Ending

    private mutating func beginFlushing(lingering: Bool, at now: MonotonicInstant) -> Actions {
        phase = .flushing
        phaseDeadline = .distantFuture
        lingers = lingering
        pipelined = []
        bodyBytes = []
        beginDraining(at: now)
        return outbound.isEmpty ? endFlushing(at: now) : []
    }

    private mutating func endFlushing(at now: MonotonicInstant) -> Actions {
        guard lingers, !clientHasFinished else { return close() }
        phase = .lingering
        writeDeadline = .distantFuture
        drainDeadline = .distantFuture
        phaseDeadline = now + lingerTime
        return .shutdownWriting
    }

    /// How long the client may go on sending what is dropped.
    private var lingerTime: Duration {
        isShuttingDown && body == .complete ? limits.shutdownLingerTimeout : limits.lingerTimeout
    }

    private mutating func close() -> Actions {
        phase = .closed
        phaseDeadline = .distantFuture
        writeDeadline = .distantFuture
        outbound.removeAll()
        bodyBytes = []
        pipelined = []
        request = nil
        if case .receiving = body { body = .failed(.clientGone) }
        return .close
    }
}
