import CLinux
import Glibc
import Runtime
import Testing

@testable import Transport

/// A server on port 0 with its loops, for the length of one test.
final class HTTPServerFixture: Sendable {
    let server: HTTPServer
    let address: ListenAddress
    let clock: ManualClock
    let group: EventLoopGroup

    private init(server: HTTPServer, address: ListenAddress, clock: ManualClock, group: EventLoopGroup) {
        self.server = server
        self.address = address
        self.clock = clock
        self.group = group
    }

    /// Runs `body` against a server with `handler`; both have ended when it returns.
    static func run(
        limits: HTTPServerLimits = HTTPServerLimits(), loops: Int = 1, handler: @escaping HTTPServer.Handler,
        _ body: @Sendable (HTTPServerFixture) async throws -> Void
    ) async throws {
        let clock = ManualClock()
        let group = try EventLoopGroup(count: loops, clock: clock)
        defer { group.shutdown() }
        let server = HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), limits: limits, group: group, handler: handler)
        let fixture = HTTPServerFixture(server: server, address: try server.bind(), clock: clock, group: group)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await server.run() }
            do {
                try await body(fixture)
            } catch {
                tasks.cancelAll()
                throw error
            }
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        // Nothing may be left behind: no descriptor, no timer.
        for loop in group.loops {
            let left = await Task(executorPreference: loop) { loop.sourceCount + loop.pendingTimerCount }.value
            #expect(left == 0, "sources or timers outlived the server")
        }
    }

    func connect(receiveBuffer: CInt? = nil) throws -> HTTPTestClient {
        try HTTPTestClient(to: address, receiveBuffer: receiveBuffer)
    }

    /// Advances the clock once the loop has handled everything that was under way.
    func advance(by duration: Duration) async {
        await settle()
        clock.advance(by: duration)
        await settle()
    }

    /// Lets every loop go through a few whole turns.
    func settle() async {
        await group.settle()
    }

    /// Waits on the loops' turns until a condition holds.
    func wait(until condition: @Sendable () -> Bool) async {
        while !condition() { await settle() }
    }
}

extension EventLoopGroup {
    /// Lets every loop go through a few whole turns.
    func settle() async {
        for loop in loops {
            for _ in 0..<3 {
                await withCheckedContinuation { continuation in
                    loop.execute { loop.atTurnEnd { continuation.resume() } }
                }
            }
        }
    }
}

/// A client that speaks raw bytes over a blocking socket; reads give up after ten seconds.
final class HTTPTestClient: Sendable {
    let descriptor: CInt

    /// A socket that is not connected yet.
    init(receiveBuffer: CInt? = nil) {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    convenience init(to address: ListenAddress, receiveBuffer: CInt? = nil) throws {
        self.init(receiveBuffer: receiveBuffer)
        try connect(to: address)
    }

    func connect(to address: ListenAddress) throws {
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = address.port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &target.sin_addr)
        let result = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        _ = try SystemError.check("connect", result)
    }

    deinit { Glibc.close(descriptor) }

    /// Sends everything, or as much as a broken connection takes; returns how much.
    @discardableResult
    func send(_ text: String) async -> Int {
        await send(Array(text.utf8))
    }

    @discardableResult
    func send(_ bytes: [UInt8]) async -> Int {
        await onThread { [descriptor] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
                }
                if count <= 0 { break }
                sent += count
            }
            return sent
        }
    }

    func finishSending() {
        Glibc.shutdown(descriptor, CInt(SHUT_WR))
    }

    /// Closes so that the server sees a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        // The descriptor itself stays until deinit: connecting to AF_UNSPEC drops the connection.
        var nowhere = sockaddr()
        nowhere.sa_family = sa_family_t(AF_UNSPEC)
        Glibc.connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// Up to `count` bytes as they come; empty at the end; nil on an error.
    func receive(atMost count: Int = 65536) async -> [UInt8]? {
        await onThread { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: count)
            let received = recv(descriptor, &buffer, count, 0)
            return received < 0 ? nil : Array(buffer[..<received])
        }
    }

    /// Everything until the connection ends, and whether it ended without an error.
    func receiveAll() async -> (text: String, clean: Bool) {
        var all: [UInt8] = []
        while let bytes = await receive() {
            if bytes.isEmpty { return (String(decoding: all, as: UTF8.self), true) }
            all += bytes
        }
        return (String(decoding: all, as: UTF8.self), false)
    }

    /// Everything until the text ends with `ending`, the connection ends or nothing comes.
    func receive(until ending: String) async -> String {
        var all: [UInt8] = []
        while let bytes = await receive(), !bytes.isEmpty {
            all += bytes
            if all.count >= ending.utf8.count, all.suffix(ending.utf8.count).elementsEqual(ending.utf8) { break }
        }
        return String(decoding: all, as: UTF8.self)
    }
}

/// Runs blocking work on a thread of its own, so that it holds up no task.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
        let work = Unmanaged.passRetained(ThreadWork { continuation.resume(returning: body()) })
        var thread = pthread_t()
        precondition(pthread_create(&thread, nil, runThreadWork, work.toOpaque()) == 0)
        pthread_detach(thread)
    }
}

private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runThreadWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let context { Unmanaged<ThreadWork>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}

/// An event that one side of a test sends and the other waits for.
final class TestGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
