import CLinux
import Foundation
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTimeoutTests {
    static let timeouts = HTTPClientTimeouts(
        connect: .seconds(10), head: .seconds(60), idle: .seconds(20), total: nil)

    @Test("a connection that nobody accepts fails after the connect timeout")
    func connectTimeout() async throws {
        // With its queue full, the kernel drops what asks for a connection.
        let (listener, port) = try listenOnLoopback(backlog: 0)
        defer { close(listener) }
        let fillers = try fillQueue(port: port)
        defer { for filler in fillers { close(filler) } }
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            let bound = LoopBound(client, on: client.loop)
            async let error = clientError { () throws(HTTPClientError) in
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/", body: [1])
                request.timeouts = Self.timeouts
                _ = try await bound.value.open(request)
            }
            await client.hasTransfers(1)
            clock.advance(by: .seconds(9))
            await client.turns(3)
            #expect(client.transferCount == 1)
            clock.advance(by: .seconds(1))
            let failure = await error
            #expect(failure?.kind == .timeout(.connect))
            #expect(failure?.sent == false)
        }
    }

    @Test("a provider that does not answer fails after the head timeout, and its connection is closed")
    func headTimeout() async throws {
        let asked = TestLatch()
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            asked.open()
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            let bound = LoopBound(client, on: client.loop)
            async let error = clientError { () throws(HTTPClientError) in
                _ = try await bound.value.open(HTTPClientRequest(url: url, body: [1], timeouts: Self.timeouts))
            }
            await asked.wait()
            clock.advance(by: .seconds(59))
            await client.turns(3)
            #expect(client.transferCount == 1)
            clock.advance(by: .seconds(1))
            let failure = await error
            #expect(failure?.kind == .timeout(.head))
            #expect(failure?.sent == true)
            await ended.wait()
        }
    }

    @Test("a stream may last for ever as long as bytes come, and fails when they stop for the idle timeout")
    func idleTimeout() async throws {
        let next = (0..<5).map { _ in TestLatch() }
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for latch in next {
                _ = latch.block()
                try connection.send("1\r\nx\r\n")
            }
            _ = connection.waitForEnd()
        }
        defer { server.stop() }
        let url = server.url
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            let response = try await client.open(
                HTTPClientRequest(method: "GET", url: url, timeouts: Self.timeouts))
            var chunk: [UInt8] = []
            for latch in next {
                clock.advance(by: .seconds(19))
                await client.turns(2)
                latch.open()
                let more = try await response.read(into: &chunk)
                #expect(more && chunk == [UInt8(ascii: "x")])
            }
            clock.advance(by: .seconds(20))
            let error = await clientError { () throws(HTTPClientError) in _ = try await response.read(into: &chunk) }
            #expect(error?.kind == .timeout(.idle))
        }
    }

    @Test("a unary call fails after its total timeout though bytes keep coming")
    func totalTimeout() async throws {
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx")
            _ = connection.waitForEnd()
        }
        defer { server.stop() }
        let url = server.url
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            var request = HTTPClientRequest(method: "GET", url: url, timeouts: Self.timeouts)
            request.timeouts.total = .seconds(15)
            let response = try await client.open(request)
            var chunk: [UInt8] = []
            let more = try await response.read(into: &chunk)
            #expect(more)
            clock.advance(by: .seconds(15))
            let error = await clientError { () throws(HTTPClientError) in _ = try await response.read(into: &chunk) }
            #expect(error?.kind == .timeout(.total))
        }
    }

    @Test("the timer of one request does not end the next one on the same handle")
    func timersOfPooledTransfers() async throws {
        let server = try HTTPClientTestServer { connection, _ in
            while try connection.readRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            }
        }
        defer { server.stop() }
        let url = server.url
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            for _ in 0..<20 {
                let answer = try await client.fetch(HTTPClientRequest(url: url, body: [1], timeouts: Self.timeouts))
                #expect(answer.text == "x")
                clock.advance(by: .seconds(4))
                await client.turns(2)
                // One timer for the handle and one for libcurl at most, kept from request to request.
                #expect(client.loop.pendingTimerCount <= 2)
            }
        }
    }

    @Test("deadlines follow the phases, and only the running one counts")
    func deadlines() {
        let start = MonotonicInstant(nanoseconds: 0)
        func at(_ seconds: Int) -> MonotonicInstant { start + .seconds(seconds) }
        var deadlines = TransferDeadlines(
            timeouts: HTTPClientTimeouts(
                connect: .seconds(10), head: .seconds(60), idle: .seconds(20), total: .seconds(300)), start: start)
        #expect(deadlines.next == at(10))
        #expect(deadlines.expired(at: at(9)) == nil)
        #expect(deadlines.expired(at: at(10)) == .connect)
        deadlines.connected(at: at(5))
        #expect(deadlines.next == at(65))
        #expect(deadlines.expired(at: at(65)) == .head)
        deadlines.headReceived(at: at(30))
        #expect(deadlines.next == at(50))
        deadlines.bytesReceived(at: at(45))
        #expect(deadlines.expired(at: at(64)) == nil)
        #expect(deadlines.expired(at: at(65)) == .idle)
        deadlines.heldBack()
        #expect(deadlines.next == at(300))
        #expect(deadlines.expired(at: at(200)) == nil)
        deadlines.resumed(at: at(200))
        #expect(deadlines.next == at(220))
        // A turn's time may be older than the clock that the event before was measured with.
        deadlines.bytesReceived(at: at(60))
        #expect(deadlines.next == at(220))
        #expect(deadlines.expired(at: at(300)) == .idle)
        deadlines.bytesReceived(at: at(290))
        #expect(deadlines.next == at(300))
        #expect(deadlines.expired(at: at(300)) == .total)
    }

    @Test("without bounds there is no deadline after the connection")
    func unbounded() {
        var deadlines = TransferDeadlines(
            timeouts: HTTPClientTimeouts(head: nil, idle: nil), start: MonotonicInstant(nanoseconds: 0))
        deadlines.connected(at: MonotonicInstant(nanoseconds: 1))
        #expect(deadlines.next == .distantFuture)
        deadlines.headReceived(at: MonotonicInstant(nanoseconds: 2))
        #expect(deadlines.next == .distantFuture)
        #expect(deadlines.expired(at: .distantFuture) == nil)
    }

    /// Connects without waiting until the listener's queue takes no more.
    private func fillQueue(port: Int) throws -> [CInt] {
        var fillers: [CInt] = []
        for _ in 0..<64 {
            let filler = try SystemError.check(
                "socket", socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0))
            fillers.append(filler)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(filler, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            // On loopback a connection stands when the call returns, unless it was dropped.
            if connected == 0 { continue }
            var entry = pollfd(fd: filler, events: Int16(POLLOUT), revents: 0)
            if poll(&entry, 1, 20) == 0 { return fillers }
        }
        throw SystemError(operation: "fill the queue", code: 0)
    }
}

extension HTTPClient {
    /// Lets the loop run its queue so many times.
    func turns(_ count: Int) async {
        for _ in 0..<count { await Task.yield() }
    }

    /// Waits until so many transfers are in progress.
    func hasTransfers(_ count: Int) async {
        while transferCount != count { await Task.yield() }
    }
}
