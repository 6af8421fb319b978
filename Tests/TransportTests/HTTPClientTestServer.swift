import CLinux
import Foundation
import Runtime
import Testing

@testable import Transport

/// A server of a test: every connection is served by `script` on a thread of its own, with blocking calls.
final class HTTPClientTestServer: Sendable {
    let port: Int
    private let listener: CInt
    private let connections = Locked<[CInt]>([])
    private let running = DispatchGroup()

    /// `script` gets the connection and its number, from 0; the connection is closed when it returns or throws.
    init(backlog: CInt = 64, _ script: @escaping @Sendable (TestConnection, Int) throws -> Void) throws {
        let (listener, port) = try listenOnLoopback(backlog: backlog)
        self.listener = listener
        self.port = port
        running.enter()
        let thread = Thread { [running, connections] in
            defer { running.leave() }
            var count = 0
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                connections.withLock { $0.append(descriptor) }
                let number = count
                count += 1
                running.enter()
                Thread.detachNewThread {
                    let connection = TestConnection(descriptor)
                    // A script that fails ends its connection; the client's side of the test tells what was wrong.
                    try? script(connection, number)
                    // Under the lock: `stop` must not touch a number that another file has by then.
                    connections.withLock { open in
                        open.removeAll { $0 == descriptor }
                        connection.close()
                    }
                    running.leave()
                }
            }
        }
        thread.start()
    }

    /// Serves every request of every connection with what `answer` returns.
    convenience init(answering answer: @escaping @Sendable (TestRequest) -> String) throws {
        try self.init { connection, _ in
            while let request = try connection.readRequest() { try connection.send(answer(request)) }
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// Ends everything and waits until all threads have left.
    func stop() {
        shutdown(listener, CInt(SHUT_RDWR))
        connections.withLock { open in
            for descriptor in open { shutdown(descriptor, CInt(SHUT_RDWR)) }
        }
        running.wait()
        close(listener)
    }
}

/// A request as the test server read it.
struct TestRequest: Sendable {
    var line: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    func first(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Blocking reads and writes on one accepted connection; reads give up after 20 s.
final class TestConnection: @unchecked Sendable {
    // Safety: used by the thread that serves the connection, and closed by it.
    let descriptor: CInt
    private var buffered: [UInt8] = []
    private var isOpen = true

    struct Broken: Error {}

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
    }

    /// The next request, or nil when the client has closed.
    func readRequest() throws -> TestRequest? {
        var request: TestRequest
        guard let head = try readHead() else { return nil }
        let lines = head.split(separator: "\r\n").map(String.init)
        guard let line = lines.first else { throw Broken() }
        request = TestRequest(line: line, headers: [], body: [])
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw Broken() }
            request.headers.append((String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces)))
        }
        let length = request.first("content-length").flatMap(Int.init) ?? 0
        while buffered.count < length { guard try fill() else { throw Broken() } }
        request.body = Array(buffered.prefix(length))
        buffered.removeFirst(length)
        return request
    }

    private func readHead() throws -> String? {
        while true {
            let text = String(decoding: buffered, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = String(text[..<end.lowerBound])
                buffered.removeFirst(head.utf8.count + 4)
                return head
            }
            guard try fill() else { return nil }
        }
    }

    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0 { throw Broken() }
        buffered.append(contentsOf: chunk.prefix(count))
        return count > 0
    }

    /// Waits until the client has closed or reset the connection; false when it stays open.
    func waitForEnd() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count == 0 || (count < 0 && errno != EAGAIN) { return true }
            if count < 0 { return false }
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Broken() }
            sent += count
        }
    }

    /// Bytes that the kernel takes now, without waiting.
    func sendWithoutWaiting(_ bytes: [UInt8]) throws -> Int {
        let count = Glibc.send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT))
        if count < 0, errno != EAGAIN { throw Broken() }
        return max(count, 0)
    }

    /// Waits until the kernel takes bytes again.
    func waitForRoom() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&entry, 1, 20_000)
    }

    /// Ends the connection with a reset.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        _ = Glibc.close(descriptor)
    }
}

/// Something that happens once, which threads and tasks wait for.
final class TestLatch: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Locked(State())
    private let semaphore = DispatchSemaphore(value: 0)

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            let waiting = state.waiting
            state.waiting.removeAll()
            return waiting
        }
        semaphore.signal()
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

    /// For the server's threads; false after 20 s.
    func block() -> Bool {
        defer { semaphore.signal() }
        return semaphore.wait(timeout: .now() + 20) == .success
    }
}

/// A listening socket on 127.0.0.1 and its port.
func listenOnLoopback(backlog: CInt) throws -> (CInt, Int) {
    let listener = try SystemError.check("socket", socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
            guard bind(listener, raw, length) == 0, listen(listener, backlog) == 0 else { return CInt(-1) }
            return getsockname(listener, raw, &length)
        }
    }
    _ = try SystemError.check("bind", result)
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
}

/// Runs `body` with a client on a loop, and checks that the client leaves nothing on the loop.
///
/// Time stands still unless the test moves it, so that whatever waits for a timer by mistake never ends.
@discardableResult
func withHTTPClient<Result: Sendable>(
    settings: HTTPClientSettings = HTTPClientSettings(trustEnvironmentProxy: false),
    clock: any MonotonicClock = ManualClock(),
    _ body: @escaping @Sendable (HTTPClient) async throws -> Result
) async throws -> Result {
    let group = try EventLoopGroup(count: 1, clock: clock)
    defer { group.shutdown() }
    let loop = group.loops[0]
    return try await Task(executorPreference: loop) {
        let sources = loop.sourceCount
        let client = HTTPClient(loop: loop, settings: settings)
        defer { client.shutdown() }
        let result = try await body(client)
        client.shutdown()
        #expect(loop.sourceCount == sources)
        #expect(loop.pendingTimerCount == 0)
        #expect(client.transferCount == 0)
        return result
    }.value
}

extension HTTPClient {
    /// The whole answer to a request.
    func fetch(_ request: HTTPClientRequest) async throws -> (
        status: Int, text: String, reused: Bool, headers: HTTPHeaders
    ) {
        let response = try await open(request)
        let body = try await response.readAll(upTo: 64 << 20)
        return (response.status, String(decoding: body, as: UTF8.self), response.timings.reused, response.headers)
    }
}

/// The error that `body` throws.
func clientError(_ body: () async throws(HTTPClientError) -> Void) async -> HTTPClientError? {
    do {
        try await body()
        return nil
    } catch {
        return error
    }
}
