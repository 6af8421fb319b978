import CLinux
import Glibc
import Runtime

/// One client's connection: reads requests, and plays their answers one after the other.
final class Connection: FileDescriptorHandler {
    private enum State {
        case idle
        case playing
        /// A control request waits for its condition.
        case watching(Int)
        /// The answer is out before the request was: what still comes is thrown away.
        case lingering
        case closed
    }

    private static let lingerMax = Duration.seconds(5)

    let id: Int
    private(set) var isControl = false

    private let descriptor: CInt
    private let server: MockServer
    private var source: SourceID?
    private var reader = RequestReader()
    private var state = State.idle
    private var playback: Playback?
    private var entry: LogEntry?
    private var timer: TimerID?
    /// What the socket did not take yet, from `pendingStart` on.
    private var pending: [UInt8] = []
    private var pendingStart = 0

    private var loop: EventLoop { server.loop }
    /// Stream frames of the answer in progress.
    var framesSent: Int { playback?.framesSent ?? 0 }

    init(id: Int, descriptor: CInt, server: MockServer) {
        self.id = id
        self.descriptor = descriptor
        self.server = server
    }

    func start() throws(SystemError) {
        source = try loop.register(descriptor, for: [.read, .peerClosed], handler: self)
    }

    // MARK: Reading

    func descriptorIsReady(_ ready: Readiness) {
        if ready.contains(.write) { flush() }
        if !ready.isDisjoint(with: [.read, .peerClosed, .failed]), isOpen { receive() }
    }

    private var isOpen: Bool {
        if case .closed = state { return false }
        return true
    }

    private func receive() {
        let buffer = server.receiveBuffer
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            if case .lingering = state { return }
            reader.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            if case .idle = state { readRequests() }
        } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
            peerLeft()
        }
    }

    private func readRequests() {
        while case .idle = state {
            switch reader.next() {
            case .needsMore: return
            case .head(let request): headReceived(request)
            case .request(let request): requestReceived(request)
            case .malformed(let problem):
                server.log.addMalformed(problem)
                let error = ErrorReply(status: 400, message: "malformed request: \(problem)")
                refuse(error, id: server.nextRequestID(), keepsAlive: false)
            }
        }
    }

    private func headReceived(_ request: ReceivedRequest) {
        if let (rule, behaviour) = server.script.claimEarly(request) {
            let dispatch = Dispatch.early(request, behaviour, id: server.nextRequestID())
            begin(dispatch, request, rule: rule)
        } else if request.header("expect")?.lowercased() == "100-continue" {
            server.scratch.append(contentsOf: "HTTP/1.1 100 Continue\r\n\r\n".utf8)
            send()
        }
    }

    private func requestReceived(_ request: ReceivedRequest) {
        if request.target.hasPrefix(ControlAPI.prefix) {
            controlReceived(request)
            return
        }
        let id = server.nextRequestID()
        var rule: String?
        let dispatch = Dispatch.answer(to: request, id: id, options: server.options, login: server.login) {
            model, stream in
            guard !server.script.isEmpty,
                let claim = server.script.claim(request, model: model, stream: stream)
            else { return nil }
            rule = claim.rule
            return claim.behaviour
        }
        begin(dispatch, request, rule: rule)
    }

    private func begin(_ dispatch: Dispatch, _ request: ReceivedRequest, rule: String?) {
        let entry = LogEntry(
            id: dispatch.requestID, connection: id, request: request, model: dispatch.model, stream: dispatch.stream,
            rule: rule, arrived: loop.clock.now())
        entry.status = dispatch.status
        self.entry = entry
        server.log.add(entry)
        play(dispatch.playback)
    }

    private func refuse(_ error: ErrorReply, id: Int, keepsAlive: Bool) {
        play(
            Playback(
                status: error.status, json: OpenAIChat.body(of: error), requestID: id, keepsAlive: keepsAlive))
    }

    // MARK: Control

    private func controlReceived(_ request: ReceivedRequest) {
        isControl = true
        let control = ControlAPI(server: server)
        switch control.handle(request) {
        case .answer(let status, let json): answerControl(status, json, request.keepsAlive)
        case .wait(let condition, let timeout):
            state = .watching(0)
            timer = loop.schedule(after: timeout) { [self] in
                timer = nil
                if case .watching(let watch) = state { server.log.cancelWatch(watch) }
                answerControl(408, ControlAPI.timedOut, request.keepsAlive)
                if case .idle = state { readRequests() }
            }
            let watch = server.log.watch(condition) { [self] in
                cancelTimer()
                answerControl(200, control.listing(condition.filter), request.keepsAlive)
                // From the loop's next round: the log is still telling others of the same change.
                let connection = LoopBound(self, on: loop)
                loop.execute { connection.value.resumeReading() }
            }
            if case .watching = state { state = .watching(watch) }
        }
    }

    private func resumeReading() {
        if case .idle = state { readRequests() }
    }

    private func answerControl(_ status: Int, _ json: [UInt8], _ keepsAlive: Bool) {
        play(Playback(status: status, json: json, requestID: 0, keepsAlive: keepsAlive))
    }

    // MARK: Answering

    private func play(_ playback: Playback) {
        self.playback = playback
        state = .playing
        proceed()
    }

    /// Carries out the answer's steps until one has to wait.
    private func proceed() {
        while case .playing = state, pending.isEmpty, timer == nil {
            guard let step = playback?.next(into: &server.scratch) else { return }
            switch step {
            case .send: send()
            case .wait(let duration):
                timer = loop.schedule(after: duration) { [self] in
                    timer = nil
                    proceed()
                }
            case .gate(let gate):
                if server.isOpen(gate: gate) { continue }
                entry?.gate = gate
                server.log.changed()
                return
            case .hang: return
            case .end(let keepAlive): answered(keepAlive: keepAlive)
            case .close: cut(resetting: false)
            case .reset: cut(resetting: true)
            }
        }
    }

    func gateOpened(_ gate: String) {
        guard entry?.gate == gate, case .playing = state else { return }
        entry?.gate = nil
        proceed()
    }

    /// Sends what stands in the server's scratch buffer, and keeps what the socket does not take.
    private func send() {
        let count = server.scratch.withUnsafeBytes { bytes in
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        }
        if count < 0, errno != EAGAIN, errno != EINTR {
            server.scratch.removeAll(keepingCapacity: true)
            peerLeft()
            return
        }
        let sent = max(0, count)
        if sent < server.scratch.count {
            pending.append(contentsOf: server.scratch[sent...])
            if let source { loop.modify(source, interest: [.read, .peerClosed, .write]) }
        }
        // Before anybody hears of it: who waited for this may answer, and renders in the same buffer.
        server.scratch.removeAll(keepingCapacity: true)
        progressed(sent)
    }

    private func progressed(_ sent: Int) {
        guard let entry else { return }
        if entry.answered == nil { entry.answered = loop.clock.now() }
        entry.bytesSent += sent
        entry.chunksSent = playback?.contentSent ?? 0
        server.log.changed()
    }

    private func flush() {
        while pendingStart < pending.count {
            let count = pending.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[pendingStart...])
                return Glibc.send(
                    descriptor, rest.baseAddress, rest.count,
                    CInt(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno != EAGAIN, errno != EINTR { peerLeft() }
                return
            }
            pendingStart += count
            progressed(count)
        }
        pending.removeAll()
        pendingStart = 0
        if let source { loop.modify(source, interest: [.read, .peerClosed]) }
        proceed()
    }

    // MARK: Ends

    private func answered(keepAlive: Bool) {
        end(.completed)
        guard !keepAlive else {
            state = .idle
            readRequests()
            return
        }
        // The other side reads the end before it sees the connection go: a close with unread bytes would reset it.
        state = .lingering
        shutdown(descriptor, CInt(SHUT_WR))
        timer = loop.schedule(after: Self.lingerMax) { [self] in
            timer = nil
            tearDown()
        }
    }

    private func end(_ outcome: LogEntry.Outcome) {
        server.framesSent += playback?.framesSent ?? 0
        playback = nil
        guard let entry else { return }
        self.entry = nil
        entry.outcome = outcome
        entry.ended = loop.clock.now()
        server.log.ended(entry)
    }

    private func cut(resetting: Bool) {
        if resetting {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        end(.cut)
        tearDown()
    }

    private func peerLeft() {
        if case .watching(let watch) = state { server.log.cancelWatch(watch) }
        end(.clientGone)
        tearDown()
    }

    private func cancelTimer() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    private func tearDown() {
        guard isOpen else { return }
        state = .closed
        cancelTimer()
        if let source { loop.deregister(source) }
        close(descriptor)
        server.forget(self)
    }
}
