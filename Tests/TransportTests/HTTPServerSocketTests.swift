import Glibc
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPServerSocketTests {
    /// Echoes the path and the body.
    private static let echo: HTTPServer.Handler = { exchange in
        do throws(HTTPBodyError) {
            let body = try await exchange.readBody(upTo: 1024 * 1024)
            exchange.respond(status: 200, headers: [("X-Path", exchange.request.pathText)], body: body)
        } catch {
            exchange.respond(status: error == .tooLarge ? 413 : error == .timeout ? 408 : 400)
        }
    }

    private static func post(_ body: String, path: String = "/", close: Bool = false) -> String {
        "POST \(path) HTTP/1.1\r\nHost: x\r\n\(close ? "Connection: close\r\n" : "")"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    @Test("a hundred requests follow one another on one connection while the clock stands still")
    func keepAlive() async throws {
        try await HTTPServerFixture.run(handler: Self.echo) { fixture in
            let client = try fixture.connect()
            for number in 0..<100 {
                await client.send(Self.post("body-\(number)"))
                let answer = await client.receive(until: "body-\(number)")
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\nDate: "))
            }
            await client.send(Self.post("last", close: true))
            let (answer, clean) = await client.receiveAll()
            #expect(answer.contains("\r\nConnection: close\r\n") && answer.hasSuffix("last"))
            #expect(clean)
        }
    }

    @Test("three pipelined requests are answered in order")
    func pipelining() async throws {
        try await HTTPServerFixture.run(handler: Self.echo) { fixture in
            let client = try fixture.connect()
            await client.send(
                Self.post("one", path: "/1") + Self.post("two", path: "/2")
                    + Self.post("three", path: "/3", close: true))
            let (text, clean) = await client.receiveAll()
            let paths = text.split(separator: "X-Path: ").dropFirst().map { $0.prefix(2) }
            #expect(paths == ["/1", "/2", "/3"])
            #expect(text.hasSuffix("three") && clean)
        }
    }

    @Test("HEAD, HTTP/1.0 and an expected continuation over a real socket")
    func variants() async throws {
        try await HTTPServerFixture.run(handler: Self.echo) { fixture in
            let head = try fixture.connect()
            await head.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let (headText, _) = await head.receiveAll()
            #expect(headText.contains("Content-Length: 0") && headText.hasSuffix("\r\n\r\n"))
            let old = try fixture.connect()
            await old.send("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nab")
            let (oldText, oldClean) = await old.receiveAll()
            #expect(oldText.hasSuffix("\r\n\r\nab") && oldClean)
            let polite = try fixture.connect()
            await polite.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(await polite.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            await polite.send("ab")
            #expect(await polite.receive(until: "ab").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    // MARK: The client leaves

    enum Leaving: String, CaseIterable {
        case reset, halfClosed
    }

    private static func leave(_ client: HTTPTestClient, _ how: Leaving) {
        switch how {
        case .reset: client.reset()
        case .halfClosed: client.finishSending()
        }
    }

    @Test("a client that leaves while its request waits cancels the handler at once", arguments: Leaving.allCases)
    func leavesWhileWaiting(_ how: Leaving) async throws {
        let (started, ended) = (TestGate(), TestGate())
        let handler: HTTPServer.Handler = { exchange in
            started.open()
            try? await exchange.loop.sleep(for: .seconds(3600))
            #expect(Task.isCancelled && exchange.isGone)
            await #expect(throws: HTTPBodyError.clientGone) { try await exchange.readBody(upTo: 100) }
            exchange.respond(status: 200)
            #expect(!exchange.hasStarted)
            ended.open()
        }
        try await HTTPServerFixture.run(handler: handler) { fixture in
            let client = try fixture.connect()
            await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await started.wait()
            Self.leave(client, how)
            await ended.wait()
            await fixture.wait { fixture.server.connectionCount == 0 }
        }
    }

    @Test(
        "a client that leaves during a stream cancels the handler, though nothing is written",
        arguments: Leaving.allCases)
    func leavesWhileStreaming(_ how: Leaving) async throws {
        let ended = TestGate()
        let handler: HTTPServer.Handler = { exchange in
            exchange.start(status: 200, headers: [("Content-Type", "text/event-stream")])
            try? await exchange.write(Array("data: 1\n\n".utf8))
            await #expect(throws: CancellationError.self) { try await exchange.loop.sleep(for: .seconds(3600)) }
            await #expect(throws: CancellationError.self) { try await exchange.write([1]) }
            exchange.enqueue([2])
            #expect(exchange.bytesOut == 9 && exchange.responseStatus == 200)
            ended.open()
        }
        try await HTTPServerFixture.run(handler: handler) { fixture in
            let client = try fixture.connect()
            await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(await client.receive(until: "data: 1\n\n\r\n").contains("9\r\ndata: 1\n\n"))
            Self.leave(client, how)
            await ended.wait()
        }
    }

    @Test("the cancellation comes in the turn in which the loop learns that the client left")
    func sameTurn() async throws {
        let (started, ended) = (TestGate(), TestGate())
        let turns = Locked(0)
        let handler: HTTPServer.Handler = { exchange in
            started.open()
            // Counts turns from the one in which the loop hears of the client.
            do {
                try await exchange.loop.sleep(for: .seconds(3600))
            } catch {
                exchange.loop.atTurnEnd { turns.withLock { $0 += exchange.isGone ? 1 : 100 } }
            }
            ended.open()
        }
        try await HTTPServerFixture.run(handler: handler) { fixture in
            let client = try fixture.connect()
            await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await started.wait()
            let loop = fixture.group.loops[0]
            let before = await Task(executorPreference: loop) { loop.jobsEnqueued }.value
            client.reset()
            await ended.wait()
            let after = await Task(executorPreference: loop) { loop.jobsEnqueued }.value
            await fixture.settle()
            #expect(turns.withLock { $0 } == 1)
            // The handler's task is the only one that had to run (and the two that read the counter).
            #expect(after - before <= 6)
        }
    }

    // MARK: Backpressure

    @Test("a client that does not read holds its own writer back, and nobody else")
    func backpressure() async throws {
        let written = Locked(0)
        let handler: HTTPServer.Handler = { exchange in
            if exchange.request.hasPath("/quick") { return exchange.respond(status: 200, body: Array("ok".utf8)) }
            exchange.start(status: 200)
            let piece = [UInt8](repeating: 65, count: 32 * 1024)
            for _ in 0..<256 {
                do { try await exchange.write(piece) } catch { return }
                written.withLock { $0 += piece.count }
            }
            exchange.finish()
        }
        try await HTTPServerFixture.run(handler: handler) { fixture in
            let slow = try fixture.connect(receiveBuffer: 4096)
            await slow.send("GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            _ = await slow.receive(atMost: 1000)
            let quick = try fixture.connect()
            // Enough rounds for the writer to have filled everything that can be filled.
            for _ in 0..<200 {
                await quick.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(await quick.receive(until: "ok").hasSuffix("ok"))
            }
            let held = written.withLock { $0 }
            #expect(held < 2 * 1024 * 1024)
            for _ in 0..<50 { await fixture.settle() }
            #expect(written.withLock { $0 } == held)
            // Once it reads, all of it arrives.
            var count = 0
            while let bytes = await slow.receive(), !bytes.isEmpty { count += bytes.count }
            #expect(count > 8 * 1024 * 1024)
            #expect(written.withLock { $0 } == 8 * 1024 * 1024)
        }
    }

    @Test("a client that stops reading a stream is cut after the stall timeout")
    func stalledReader() async throws {
        let (full, ended) = (TestGate(), TestGate())
        let handler: HTTPServer.Handler = { exchange in
            exchange.start(status: 200)
            let piece = [UInt8](repeating: 65, count: 1024 * 1024)
            for _ in 0..<16 { exchange.enqueue(piece) }
            full.open()
            await #expect(throws: CancellationError.self) { try await exchange.write(piece) }
            #expect(exchange.isGone)
            ended.open()
        }
        try await HTTPServerFixture.run(handler: handler) { fixture in
            let client = try fixture.connect(receiveBuffer: 4096)
            await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await full.wait()
            while !ended.isOpen { await fixture.advance(by: .seconds(61)) }
            #expect(await client.receiveAll().clean == false)
        }
    }

    // MARK: Early answers and deadlines

    @Test("413 in mid-upload reaches a client that is still sending, and the body is not read whole")
    func tooLarge() async throws {
        let handler: HTTPServer.Handler = { exchange in
            await #expect(throws: HTTPBodyError.tooLarge) { try await exchange.readBody(upTo: 1000) }
            exchange.respond(status: 413, body: Array("too large".utf8))
        }
        try await HTTPServerFixture.run(handler: handler) { fixture in
            for framing in ["Content-Length: 8000000", "Transfer-Encoding: chunked"] {
                let client = try fixture.connect()
                await client.send("POST / HTTP/1.1\r\nHost: x\r\n\(framing)\r\n\r\n")
                // A client that looks for an answer only after it has sent everything.
                let piece =
                    framing.hasPrefix("C")
                    ? [UInt8](repeating: 65, count: 80_000)
                    : Array("1000\r\n".utf8) + [UInt8](repeating: 65, count: 4096) + Array("\r\n".utf8)
                for _ in 0..<100 { #expect(await client.send(piece) == piece.count) }
                client.finishSending()
                let (text, clean) = await client.receiveAll()
                #expect(text.hasPrefix("HTTP/1.1 413 Content Too Large\r\n") && text.hasSuffix("too large"))
                #expect(text.contains("Connection: close"))
                #expect(clean)
            }
        }
    }

    @Test("a head that drips is answered 408 at its deadline, a body that drips too, an idle client is closed")
    func deadlines() async throws {
        try await HTTPServerFixture.run(handler: Self.echo) { fixture in
            let head = try fixture.connect()
            let body = try fixture.connect()
            let idle = try fixture.connect()
            await fixture.wait { fixture.server.connectionCount == 3 }
            await head.send("GET / HT")
            await body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
            for _ in 0..<5 {
                await fixture.advance(by: .seconds(1))
                await head.send("T")
                await body.send("a")
            }
            await fixture.advance(by: .seconds(6))
            #expect(await head.receive(until: "too long\n").hasPrefix("HTTP/1.1 408 "))
            await fixture.advance(by: .seconds(25))
            #expect(await body.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 408 "))
            await fixture.advance(by: .seconds(100))
            let (text, clean) = await idle.receiveAll()
            #expect(text.isEmpty && clean)
            await fixture.wait { fixture.server.connectionCount == 0 }
        }
    }

    @Test("a closed idle connection leaves nothing registered, whoever closes it", arguments: Leaving.allCases)
    func idleClients(_ how: Leaving) async throws {
        try await HTTPServerFixture.run(handler: Self.echo) { fixture in
            var clients: [HTTPTestClient] = []
            for _ in 0..<20 { clients.append(try fixture.connect()) }
            for client in clients {
                await client.send(Self.post("x"))
                _ = await client.receive(until: "x")
            }
            for client in clients { Self.leave(client, how) }
            await fixture.wait { fixture.server.connectionCount == 0 }
            let loop = fixture.group.loops[0]
            #expect(await Task(executorPreference: loop) { loop.sourceCount }.value == 1)
        }
    }

    // MARK: The server

    @Test("a second server on the port is an error, a new one after the first has ended is not")
    func addressInUse() async throws {
        let group = try EventLoopGroup(count: 2)
        defer { group.shutdown() }
        let first = HTTPServer(address: ListenAddress(host: "127.0.0.1", port: 0), group: group, handler: Self.echo)
        let address = try first.bind()
        #expect(address.port != 0)
        let second = HTTPServer(address: address, group: group, handler: Self.echo)
        #expect { try second.bind() } throws: { error in
            guard let error = error as? SystemError else { return false }
            return error.code == EADDRINUSE && error.description.contains("\(address)")
        }
        first.beginShutdown()
        try await first.run()
        let third = HTTPServer(address: address, group: group, handler: Self.echo)
        #expect(try third.bind() == address)
        third.beginShutdown()
        try await third.run()
    }

    @Test("IPv6, a name and every interface can be listened on", arguments: ["::1", "localhost", "", "0.0.0.0"])
    func addresses(_ host: String) async throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let server = HTTPServer(address: ListenAddress(host: host, port: 0), group: group, handler: Self.echo)
        let address = try server.bind()
        #expect(address.port != 0)
        if host == "::1" { #expect(address.description == "[::1]:\(address.port)") }
        server.beginShutdown()
        try await server.run()
    }

    @Test("a connection over the bound is answered 503, and one that ends makes room")
    func connectionBound() async throws {
        var limits = HTTPServerLimits()
        limits.connectionsMax = 2
        try await HTTPServerFixture.run(limits: limits, handler: Self.echo) { fixture in
            let first = try fixture.connect()
            await first.send(Self.post("a"))
            _ = await first.receive(until: "a")
            let second = try fixture.connect()
            await second.send(Self.post("b"))
            _ = await second.receive(until: "b")
            let third = try fixture.connect()
            await third.send(Self.post("c"))
            #expect(await third.receive(until: "connections\n").hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
            first.finishSending()
            await fixture.wait { fixture.server.connectionCount == 1 }
            let fourth = try fixture.connect()
            await fourth.send(Self.post("d"))
            #expect(await fourth.receive(until: "d").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    @Test("out of descriptors, accepting rests instead of spinning, and goes on when there are some again")
    func exhausted() async {
        await #expect(processExitsWith: .success) {
            try await HTTPServerFixture.run(handler: { $0.respond(status: 200, body: Array("ok".utf8)) }) { fixture in
                let loop = fixture.group.loops[0]
                let client = try fixture.connect()
                await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = await client.receive(until: "ok")
                let late = HTTPTestClient()
                var limit = rlimit(rlim_cur: 256, rlim_max: 256)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                var taken: [CInt] = []
                while case let copy = dup(0), copy >= 0 { taken.append(copy) }
                try late.connect(to: fixture.address)
                await late.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                // Those that are connected are served meanwhile.
                for _ in 0..<3 {
                    await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    let answer = await client.receive(until: "ok")
                    precondition(answer.hasSuffix("ok"))
                }
                let before = await Task(executorPreference: loop) { loop.jobsEnqueued }.value
                await fixture.settle()
                await fixture.settle()
                let after = await Task(executorPreference: loop) { loop.jobsEnqueued }.value
                precondition(after - before <= 1, "the acceptor ran without anything to accept")
                precondition(fixture.server.connectionCount == 1)
                for copy in taken { close(copy) }
                await fixture.advance(by: .milliseconds(100))
                let answer = await late.receive(until: "ok")
                precondition(answer.hasSuffix("ok"))
            }
        }
    }

    @Test("clients that come, go, break off and drip at random leave nothing behind")
    func unruly() async throws {
        let handler: HTTPServer.Handler = { exchange in
            if exchange.request.hasPath("/stream") {
                exchange.start(status: 200)
                for _ in 0..<20 {
                    do { try await exchange.write([UInt8](repeating: 66, count: 20_000)) } catch { return }
                }
                exchange.finish()
            } else {
                await Self.echo(exchange)
            }
        }
        try await HTTPServerFixture.run(loops: 2, handler: handler) { fixture in
            await withTaskGroup { group in
                for seed in 0..<8 {
                    group.addTask { await Self.misbehave(fixture, seed: UInt64(seed)) }
                }
            }
            await fixture.wait { fixture.server.connectionCount == 0 }
            let client = try fixture.connect()
            await client.send(Self.post("still here"))
            #expect(await client.receive(until: "still here").hasPrefix("HTTP/1.1 200 OK"))
        }
    }

    private static func misbehave(_ fixture: HTTPServerFixture, seed: UInt64) async {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func random(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        for _ in 0..<30 {
            guard let client = try? fixture.connect() else { continue }
            let request = [post("hello"), "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n", post("a") + post("b"), "GET\n"][
                random(4)]
            switch random(5) {
            case 0:
                await client.send(request)
                _ = await client.receive()
            case 1:
                await client.send(String(request.prefix(random(UInt64(request.count)))))
            case 2:
                await client.send(request)
                client.reset()
            case 3:
                await client.send(request)
                client.finishSending()
                _ = await client.receiveAll()
            default:
                for byte in request.utf8.prefix(30) { await client.send([byte]) }
                client.reset()
            }
        }
    }
}
