import CLinux
import Glibc
import Runtime
import Synchronization

/// One loop's listening socket and the connections that came through it; belongs to the loop.
final class HTTPListener: FileDescriptorHandler {
    /// Connections accepted in one turn, so that those that are open get their turn too.
    private static let acceptsPerTurnMax = 64
    /// How long accepting rests when the process is out of descriptors or memory.
    private static let exhaustionPause = Duration.milliseconds(100)
    /// Connections over the bound that are told so at a time; more are closed without a word.
    private static let refusalsMax = 64

    private let loop: EventLoop
    private let limits: HTTPServerLimits
    private let handler: HTTPServer.Handler
    private let open: ConnectionCount
    private let signal: LoopSignal
    private let scratch = HTTPServerScratch()
    /// -1 once closed.
    private var descriptor: CInt
    private var source: SourceID?
    private var connections: [ObjectIdentifier: HTTPConnection] = [:]
    private var refusalCount = 0
    private var isStopping = false
    private var isCutShort = false
    private var pause: TimerID?

    init(
        descriptor: CInt, loop: EventLoop, limits: HTTPServerLimits, open: ConnectionCount,
        handler: @escaping HTTPServer.Handler
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.limits = limits
        self.open = open
        self.handler = handler
        signal = LoopSignal(on: loop)
    }

    deinit {
        if descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Accepts and serves until `beginShutdown` and the end of the last connection, or until cancelled.
    func run() async throws {
        if isStopping { return closeSocket() }
        source = try loop.register(descriptor, for: .read, handler: self)
        await withDiscardingTaskGroup { group in
            while !isStopping {
                do { try await signal.wait() } catch { break }
                // When the server stops too: whom the kernel has let in by then would be reset with its request.
                acceptConnections(&group)
            }
            closeSocket()
        }
    }

    /// Accepts no more after those who have connected, ends idle connections and has the others end after their answer.
    func beginShutdown() {
        isStopping = true
        signal.signal()
        for connection in connections.values { connection.shutdownBegan() }
    }

    /// Has the connections end what is under way.
    func cutShort() {
        if !isStopping { beginShutdown() }
        isCutShort = true
        for connection in connections.values { connection.cutShort() }
    }

    func descriptorIsReady(_ ready: Readiness) {
        signal.signal()
    }

    private func closeSocket() {
        if let pause { loop.cancel(pause) }
        pause = nil
        if let source { loop.deregister(source) }
        source = nil
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    // MARK: Accepting

    private func acceptConnections(_ group: inout DiscardingTaskGroup) {
        for _ in 0..<Self.acceptsPerTurnMax where descriptor >= 0 {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let flags = LIP_SOCK_CLOEXEC | LIP_SOCK_NONBLOCK
            let accepted = withUnsafeMutablePointer(to: &storage) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { accept4(descriptor, $0, &length, flags) }
            }
            if accepted < 0 {
                if errno == ECONNABORTED || errno == EINTR { continue }
                if errno != EAGAIN { pauseAccepting() }
                return
            }
            let address = SocketAddress(storage) ?? SocketAddress(ipv4: 0, port: 0)
            admit(accepted, from: address, &group)
        }
    }

    /// The socket stays readable while nothing can be accepted, so the loop must not hear of it for a while.
    private func pauseAccepting() {
        guard let source, pause == nil else { return }
        loop.modify(source, interest: [])
        pause = loop.schedule(after: Self.exhaustionPause) { [weak self] in
            guard let self else { return }
            pause = nil
            if let source = self.source { loop.modify(source, interest: .read) }
        }
    }

    private func admit(_ accepted: CInt, from address: SocketAddress, _ group: inout DiscardingTaskGroup) {
        let isAdmitted = open.enter(atMost: limits.connectionsMax)
        if !isAdmitted, refusalCount >= Self.refusalsMax {
            Glibc.close(accepted)
            return
        }
        let connection = HTTPConnection(
            descriptor: accepted, remoteAddress: address, loop: loop, limits: limits, scratch: scratch)
        connections[ObjectIdentifier(connection)] = connection
        if !isAdmitted {
            refusalCount += 1
            connection.refuseForLoad()
        } else if isStopping {
            connection.shutdownBegan()
            if isCutShort { connection.cutShort() }
        }
        let bound = LoopBound((self, connection), on: loop)
        group.addTask(executorPreference: loop) {
            let (listener, connection) = bound.value
            await connection.serve(listener.handler)
            listener.ended(connection, wasAdmitted: isAdmitted)
        }
    }

    private func ended(_ connection: HTTPConnection, wasAdmitted: Bool) {
        connections.removeValue(forKey: ObjectIdentifier(connection))
        if wasAdmitted { open.leave() } else { refusalCount -= 1 }
    }
}

/// The connections open over all loops of a server; any thread.
final class ConnectionCount: Sendable {
    private let count = Atomic<Int>(0)

    /// Counts one in unless the bound is reached.
    func enter(atMost bound: Int) -> Bool {
        let (previous, _) = count.add(1, ordering: .relaxed)
        if previous < bound { return true }
        count.subtract(1, ordering: .relaxed)
        return false
    }

    func leave() {
        count.subtract(1, ordering: .relaxed)
    }

    var current: Int { count.load(ordering: .relaxed) }
}
