import Glibc
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPServerShutdownTests {
    /// Echoes the body.
    private static let echo: HTTPServer.Handler = { exchange in
        exchange.respond(status: 200, body: (try? await exchange.readBody(upTo: 1024)) ?? [])
    }

    private static func post(_ body: String) -> String {
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Blocks until the kernel has given the other ends all that the clients sent: nothing waits for its acknowledgement.
    private static func waitForArrival(_ clients: [HTTPTestClient]) {
        for client in clients {
            var pending: CInt = 1
            while pending > 0 { precondition(ioctl(client.descriptor, UInt(TIOCOUTQ), &pending) == 0) }
        }
    }

    @Test("shutting down lets the running request end, closes the rest and accepts nobody")
    func gracefulShutdown() async throws {
        let (started, release) = (TestGate(), TestGate())
        let group = try EventLoopGroup(count: 2, clock: ManualClock())
        defer { group.shutdown() }
        let server = HTTPServer(address: ListenAddress(host: "127.0.0.1", port: 0), group: group) { exchange in
            exchange.start(status: 200)
            started.open()
            await release.wait()
            try? await exchange.write(Array("done".utf8))
            exchange.finish()
        }
        let address = try server.bind()
        async let running: Void = server.run()
        let idle = try HTTPTestClient(to: address)
        let busy = try HTTPTestClient(to: address)
        await busy.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await started.wait()
        while server.connectionCount < 2 { await Task.yield() }
        server.beginShutdown()
        #expect(await idle.receiveAll() == ("", true))
        // Each loop closes its own listener, a turn after it has heard of the end.
        await group.settle()
        #expect(throws: SystemError.self) { try HTTPTestClient(to: address) }
        release.open()
        #expect(await busy.receive(until: "0\r\n\r\n").hasSuffix("4\r\ndone\r\n0\r\n\r\n"))
        busy.finishSending()
        try await running
        #expect(server.connectionCount == 0)
    }

    @Test("requests that have come when the server begins to stop, and that it has not looked at, are served")
    func shutdownMeetsRequests() async throws {
        let group = try EventLoopGroup(count: 1, clock: ManualClock())
        defer { group.shutdown() }
        let server = HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), group: group, handler: Self.echo)
        let address = try server.bind()
        async let running: Void = server.run()
        let (kept, new) = (try HTTPTestClient(to: address), HTTPTestClient())
        await kept.send(Self.post("first"))
        _ = await kept.receive(until: "first")
        let (stands, sent) = (TestGate(), TestGate())
        let loop = group.loops[0]
        loop.execute {
            stands.open()
            // The loop stands still until both have come, and hears of the end first.
            while !sent.isOpen { sched_yield() }
            Self.waitForArrival([kept, new])
            server.beginShutdown()
        }
        await stands.wait()
        await kept.send(Self.post("second"))
        try new.connect(to: address)
        await new.send(Self.post("third"))
        sent.open()
        for (client, body) in [(kept, "second"), (new, "third")] {
            let answer = await client.receive(until: body)
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\r\nConnection: close\r\n"))
            client.finishSending()
        }
        try await running
    }

    @Test("cut short, who reads a body or waits for a client to read goes on at once, and the answers go out")
    func cutShort() async throws {
        let (reading, writing, written) = (TestGate(), TestGate(), TestGate())
        var limits = HTTPServerLimits()
        limits.outboundBufferBytesMax = 1024
        let group = try EventLoopGroup(count: 1, clock: ManualClock())
        defer { group.shutdown() }
        let server = HTTPServer(
            address: ListenAddress(host: "127.0.0.1", port: 0), limits: limits, group: group
        ) { exchange in
            if exchange.request.method == .post {
                reading.open()
                do throws(HTTPBodyError) {
                    _ = try await exchange.readBody(upTo: 1024)
                } catch {
                    exchange.respond(status: error == .cutShort ? 503 : 500, body: Array("cut".utf8))
                }
            } else {
                exchange.start(status: 200)
                writing.open()
                // More than the kernel takes for a client that does not read.
                try? await exchange.write([UInt8](repeating: 0x78, count: 32 << 20))
                try? await exchange.write(Array("the end".utf8))
                exchange.finish()
                written.open()
            }
        }
        let address = try server.bind()
        async let running: Void = server.run()
        let (uploading, slow) = (try HTTPTestClient(to: address), try HTTPTestClient(to: address, receiveBuffer: 4096))
        await uploading.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        await slow.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reading.wait()
        await writing.wait()
        await group.settle()
        #expect(!written.isOpen)
        server.cutShort()
        await written.wait()
        let answer = await uploading.receive(until: "cut")
        #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("\r\nConnection: close\r\n"))
        uploading.finishSending()
        #expect(await slow.receive(until: "0\r\n\r\n").hasSuffix("7\r\nthe end\r\n0\r\n\r\n"))
        try await running
    }

    @Test("cancelling the server cuts every request and returns")
    func cancelled() async throws {
        let started = TestGate()
        let group = try EventLoopGroup(count: 1, clock: ManualClock())
        defer { group.shutdown() }
        let server = HTTPServer(address: ListenAddress(host: "127.0.0.1", port: 0), group: group) { exchange in
            exchange.start(status: 200)
            try? await exchange.write(Array("data".utf8))
            started.open()
            try? await exchange.loop.sleep(for: .seconds(3600))
        }
        let address = try server.bind()
        let running = Task { try await server.run() }
        let client = try HTTPTestClient(to: address)
        await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await started.wait()
        running.cancel()
        try await running.value
        let (text, _) = await client.receiveAll()
        #expect(text.hasSuffix("4\r\ndata\r\n"))
    }
}
