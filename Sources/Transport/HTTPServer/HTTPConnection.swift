import CLinux
import Glibc
import Runtime

/// A client's socket with its machine: carries out, on one loop, what `HTTPConnectionMachine` decides.
///
/// One task serves the connection (`serve`), parked on `signal` between requests; the loop's events change the machine and
/// wake or cancel that task. Bytes to send are gathered and sent once a turn. Everything here happens on `loop`.
final class HTTPConnection: FileDescriptorHandler, TurnEndHandler {
    let loop: EventLoop
    private(set) var machine: HTTPConnectionMachine
    private let scratch: HTTPServerScratch
    private let remoteAddress: SocketAddress
    private let signal: LoopSignal
    /// -1 once closed.
    private var descriptor: CInt
    private var source: SourceID?
    private var interest = Readiness.none
    /// The kernel's buffer was full at the last send; the loop says when it is not.
    private var isWriteBlocked = false
    private var isFlushScheduled = false
    private var timer: TimerID?
    private var timerDeadline = MonotonicInstant.distantFuture
    /// The task inside `serve`, valid for as long as `serve` runs.
    private var task: UnsafeCurrentTask?
    /// Counts requests, so that an exchange that is kept too long cannot write into the next one's answer.
    private(set) var requestCount = 0

    init(
        descriptor: CInt, remoteAddress: SocketAddress, loop: EventLoop, limits: HTTPServerLimits,
        scratch: HTTPServerScratch
    ) {
        self.loop = loop
        self.descriptor = descriptor
        self.remoteAddress = remoteAddress
        self.scratch = scratch
        signal = LoopSignal(on: loop)
        machine = HTTPConnectionMachine(limits: limits, at: loop.now)
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    // MARK: The task

    /// Serves requests until the connection is closed; the task that calls it is the one that is cancelled when the client
    /// leaves.
    func serve(_ handler: HTTPServer.Handler) async {
        guard watch() else { return }
        let bound = LoopBound(self, on: loop)
        // The task's executor preference keeps the closure on the loop.
        await withUnsafeCurrentTask { task in
            let connection = bound.value
            connection.task = task
            while await connection.serveNext(handler) {}
            connection.task = nil
        }
        // Cancelled from above: what is ready is sent if the kernel takes it, and then the client sees the end.
        if descriptor >= 0 {
            flush()
            perform(machine.abandon().subtracting(.reset))
        }
    }

    /// Serves one request, or waits for something to happen; false when there is nothing more to do.
    private func serveNext(_ handler: HTTPServer.Handler) async -> Bool {
        if Task.isCancelled { return false }
        guard let head = machine.takeRequest() else {
            if machine.isClosed { return false }
            do { try await signal.wait() } catch { return false }
            return true
        }
        requestCount += 1
        await handler(HTTPExchange(connection: self, request: request(head)))
        perform(machine.handlerReturned(dateLine: scratch.dateLine, at: loop.now))
        return true
    }

    private func request(_ head: HTTPRequestParser.Head) -> HTTPRequestHead {
        HTTPRequestHead(
            method: head.method, version: head.line.version, headers: head.headers, remoteAddress: remoteAddress,
            methodRange: head.line.method, targetRange: head.line.target, pathRange: head.line.path,
            queryRange: head.line.query)
    }

    private func watch() -> Bool {
        guard descriptor >= 0 else { return false }
        interest = .read.with(.peerClosed)
        do {
            source = try loop.register(descriptor, for: interest, handler: self)
        } catch {
            closeDescriptor(resetting: false)
            return false
        }
        // A connection that was refused before it was watched has something to send.
        perform([])
        return true
    }

    // MARK: The handler's side, called by `HTTPExchange`

    /// Lets an exchange tell the machine something; `perform` has to follow where that can lead to an action.
    func changeMachine<Result>(_ body: (inout HTTPConnectionMachine, MonotonicInstant) -> Result) -> Result {
        body(&machine, loop.now)
    }

    /// Carries actions out, then brings interest, timer and output in line with the machine.
    func perform(_ actions: HTTPConnectionMachine.Actions) {
        if actions.contains(.close) { closeDescriptor(resetting: actions.contains(.reset)) }
        if actions.contains(.shutdownWriting), descriptor >= 0 { shutdown(descriptor, CInt(SHUT_WR)) }
        if actions.contains(.cancelHandler) { task?.cancel() }
        if !actions.isDisjoint(with: [.startHandler, .wakeHandler, .close]) { signal.signal() }
        guard descriptor >= 0 else { return }
        updateInterest()
        if !machine.outbound.isEmpty, !isWriteBlocked {
            scheduleFlush()
        } else if !isFlushScheduled {
            updateTimer()
        }
    }

    /// The `Date` line for now.
    var dateLine: [UInt8] { scratch.dateLine }

    /// Waits until the machine has changed; ends with an error when the task is cancelled.
    func waitForChange() async throws {
        try await signal.wait()
    }

    /// Sends now instead of at the end of the turn, for a writer that has filled the buffer.
    func flushNow() {
        if !isWriteBlocked { flush() }
    }

    /// The server stops.
    func shutdownBegan() {
        // A request that has arrived by now, and that nobody has looked at yet, is still served.
        if machine.phase == .idle, descriptor >= 0, machine.wantsRead { receive() }
        perform(machine.shutdownBegan(at: loop.now))
    }

    /// The server stops now.
    func cutShort() {
        perform(machine.cutShort(at: loop.now))
    }

    /// Answers 503 and closes: the server has as many connections as it may.
    func refuseForLoad() {
        perform(machine.refuse(HTTPRefusal(status: 503, reason: "too many connections"), at: loop.now))
    }

    // MARK: The loop's side

    func descriptorIsReady(_ ready: Readiness) {
        if ready.contains(.failed) {
            perform(machine.failed())
            return
        }
        if ready.contains(.peerClosed), machine.wantsPeerClosed {
            perform(machine.clientFinished(at: loop.now))
            return
        }
        if ready.contains(.write), isWriteBlocked {
            isWriteBlocked = false
            flush()
        }
        if ready.contains(.read), descriptor >= 0, machine.wantsRead { receive() }
    }

    private func receive() {
        let buffer = scratch.receiveBuffer
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            perform(machine.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: loop.now))
        } else if count == 0 {
            perform(machine.clientFinished(at: loop.now))
        } else if errno != EAGAIN, errno != EINTR {
            perform(machine.failed())
        }
    }

    private func scheduleFlush() {
        if isFlushScheduled { return }
        isFlushScheduled = true
        loop.atTurnEnd(self)
    }

    func turnIsEnding() {
        isFlushScheduled = false
        guard descriptor >= 0 else { return }
        if isWriteBlocked { perform([]) } else { flush() }
    }

    private func flush() {
        guard descriptor >= 0, !machine.outbound.isEmpty else { return }
        let count = machine.outbound.withPending {
            send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if count >= 0 {
            // Less than offered means that the kernel's buffer is full: the next send would only say so.
            isWriteBlocked = count < machine.outbound.count
            perform(machine.sent(count, at: loop.now))
        } else if errno == EAGAIN {
            isWriteBlocked = true
            perform([])
        } else if errno == EINTR {
            scheduleFlush()
        } else {
            perform(machine.failed())
        }
    }

    private func updateInterest() {
        var wanted = Readiness.none
        if machine.wantsRead { wanted = wanted.with(.read) }
        if machine.wantsPeerClosed { wanted = wanted.with(.peerClosed) }
        if isWriteBlocked { wanted = wanted.with(.write) }
        guard wanted != interest, let source else { return }
        interest = wanted
        loop.modify(source, interest: wanted)
    }

    /// Arms the timer when the machine's deadline has come nearer.
    ///
    /// One that has moved away is looked at again when the timer fires, so that a request costs no timer operation.
    private func updateTimer() {
        let deadline = machine.deadline
        guard deadline < timerDeadline else { return }
        if let timer { loop.cancel(timer) }
        timerDeadline = deadline
        timer = loop.schedule(at: deadline) { self.timerFired() }
    }

    private func timerFired() {
        timer = nil
        timerDeadline = .distantFuture
        guard descriptor >= 0 else { return }
        guard machine.deadline <= loop.now else { return perform([]) }
        perform(machine.deadlinePassed(at: loop.now, untakenBytes: untakenBytes))
    }

    /// What the socket holds that the client has not acknowledged, in bytes.
    private var untakenBytes: Int { max(0, Int(lip_untaken_bytes(descriptor))) }

    private func closeDescriptor(resetting: Bool) {
        guard descriptor >= 0 else { return }
        if let source { loop.deregister(source) }
        source = nil
        if let timer { loop.cancel(timer) }
        timer = nil
        if resetting {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        Glibc.close(descriptor)
        descriptor = -1
    }
}
