import Foundation
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientCancellationTests {
    @Test("cancelling while the head is awaited ends the transfer in the same turn and closes the connection")
    func duringHead() async throws {
        let asked = TestLatch()
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            asked.open()
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let bound = LoopBound(client, on: client.loop)
            let task = Task(executorPreference: client.loop) {
                await clientError { () throws(HTTPClientError) in
                    _ = try await bound.value.open(HTTPClientRequest(url: url, body: [1]))
                }
            }
            await asked.wait()
            task.cancel()
            let counts = Locked<[Int]>([])
            client.loop.atTurnEnd { counts.withLock { $0.append(bound.value.transferCount) } }
            let error = await task.value
            #expect(error?.kind == .cancelled)
            #expect(error?.sent == true)
            await ended.wait()
            while counts.withLock({ $0.isEmpty }) { await client.turns(1) }
            #expect(counts.withLock { $0 } == [0])
        }
    }

    @Test("an opening ends its own transfer while the head is awaited, and nothing afterwards")
    func opening() async throws {
        let asked = TestLatch()
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, number in
            _ = try connection.readRequest()
            if number == 0 {
                asked.open()
                if connection.waitForEnd() { ended.open() }
            } else {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let bound = LoopBound((client, HTTPClientOpening()), on: client.loop)
            let task = Task(executorPreference: client.loop) {
                await clientError { () throws(HTTPClientError) in
                    let (client, opening) = bound.value
                    _ = try await client.open(HTTPClientRequest(url: url, body: [1]), as: opening)
                }
            }
            await asked.wait()
            bound.run { $0.1.cancel() }
            #expect(await task.value?.kind == .cancelled)
            await ended.wait()
            // The next request takes the same pooled transfer, which the old opening must not reach.
            let opening = bound.value.1
            let response = try await client.open(HTTPClientRequest(url: url, body: [1]))
            opening.cancel()
            #expect(try await response.readAll(upTo: 9) == [UInt8(ascii: "x")])
        }
    }

    @Test(
        "cancelling while bytes are awaited closes the connection, with a handler for each read and with one for all",
        arguments: [false, true])
    func duringBody(sharesHandler: Bool) async throws {
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        let reading = TestLatch()
        try await withHTTPClient { client in
            let bound = LoopBound(client, on: client.loop)
            let task = Task(executorPreference: client.loop) {
                await clientError { () throws(HTTPClientError) in
                    let response = try await bound.value.open(HTTPClientRequest(url: url, body: [1]))
                    func readTwice() async throws(HTTPClientError) {
                        var chunk: [UInt8] = []
                        _ = try await response.read(into: &chunk)
                        reading.open()
                        _ = try await response.read(into: &chunk)
                    }
                    guard sharesHandler else { return try await readTwice() }
                    var failure: HTTPClientError?
                    await response.withReads {
                        do throws(HTTPClientError) { try await readTwice() } catch { failure = error }
                    }
                    if let failure { throw failure }
                }
            }
            await reading.wait()
            await client.turns(2)
            task.cancel()
            #expect(await task.value?.kind == .cancelled)
            #expect(client.transferCount == 0)
            await ended.wait()
        }
    }

    @Test("cancelling while the connection is being made ends the attempt")
    func duringConnect() async throws {
        // A TLS client waits for a server hello that never comes: the connection phase stays open.
        let asked = TestLatch()
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            var byte: UInt8 = 0
            guard recv(connection.descriptor, &byte, 1, 0) == 1 else { return }
            asked.open()
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let port = server.port
        try await withHTTPClient { client in
            let bound = LoopBound(client, on: client.loop)
            let task = Task(executorPreference: client.loop) {
                await clientError { () throws(HTTPClientError) in
                    _ = try await bound.value.open(HTTPClientRequest(url: "https://127.0.0.1:\(port)/", body: [1]))
                }
            }
            await asked.wait()
            task.cancel()
            let error = await task.value
            #expect(error?.kind == .cancelled)
            #expect(error?.sent == false)
            await ended.wait()
        }
    }

    @Test("a task that is cancelled before it calls gets no transfer, and nothing goes out")
    func beforeOpen() async throws {
        let server = try HTTPClientTestServer { _, _ in Issue.record("the client connected") }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let bound = LoopBound(client, on: client.loop)
            let task = Task(executorPreference: client.loop) {
                withUnsafeCurrentTask { $0?.cancel() }
                return await clientError { () throws(HTTPClientError) in
                    _ = try await bound.value.open(HTTPClientRequest(url: url, body: [1]))
                }
            }
            let error = await task.value
            #expect(error?.kind == .cancelled)
            #expect(error?.sent == false)
        }
    }

    @Test("cancel() wakes the reader, is idempotent, and every later read fails")
    func explicitCancel() async throws {
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let response = try await client.open(HTTPClientRequest(method: "GET", url: url))
            let bound = LoopBound(response, on: client.loop)
            async let error = clientError { () throws(HTTPClientError) in
                _ = try await bound.value.readAll(upTo: 100)
            }
            await client.turns(2)
            response.cancel()
            response.cancel()
            #expect(client.transferCount == 0)
            #expect(await error?.kind == .cancelled)
            let later = await clientError { () throws(HTTPClientError) in _ = try await response.readAll(upTo: 100) }
            #expect(later?.kind == .cancelled)
            await ended.wait()
        }
    }

    @Test("a response that is dropped unread ends its transfer")
    func dropped() async throws {
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let status = try await client.open(HTTPClientRequest(method: "GET", url: url)).status
            #expect(status == 200)
            #expect(client.transferCount == 0)
            await ended.wait()
        }
    }

    @Test("the handle of a cancelled transfer serves the next request from a clean state")
    func handleAfterCancel() async throws {
        let server = try HTTPClientTestServer { connection, number in
            _ = try connection.readRequest()
            if number == 0 {
                try connection.send("HTTP/1.1 500 Oops\r\nX-Old: 1\r\nContent-Length: 9\r\n\r\nold")
                _ = connection.waitForEnd()
            } else {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew")
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let response = try await client.open(
                HTTPClientRequest(url: url, headers: [("X-Mine", "1")], body: [1, 2, 3]))
            response.cancel()
            let answer = try await client.fetch(HTTPClientRequest(method: "GET", url: url))
            #expect(answer.status == 200)
            #expect(answer.text == "new")
            #expect(answer.headers.first("x-old") == nil)
        }
    }

    @Test("a slow reader holds the provider back, within the bound, and then gets every byte in order")
    func backpressure() async throws {
        let stuck = TestLatch()
        let total = 24 << 20
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            var sent = 0
            var block = [UInt8](repeating: 0, count: 1 << 16)
            while sent < total {
                // Each position's byte follows from it, whatever part of a block the kernel takes.
                for position in 0..<block.count { block[position] = UInt8(truncatingIfNeeded: (sent + position) / 251) }
                let count = try connection.sendWithoutWaiting(Array(block.prefix(total - sent)))
                if count > 0 {
                    sent += count
                } else {
                    // Nobody reads and no buffer is left between the two ends.
                    stuck.open()
                    connection.waitForRoom()
                }
            }
        }
        defer { server.stop() }
        let url = server.url
        var settings = HTTPClientSettings(trustEnvironmentProxy: false)
        settings.receiveBufferBytesMax = 100_000
        let bound = settings.receiveBufferBytesMax + settings.socketReadBytesMax
        try await withHTTPClient(settings: settings) { client in
            var request = HTTPClientRequest(method: "GET", url: url)
            request.acceptsCompression = false
            let response = try await client.open(request)
            while !response.isHeldBack { await client.turns(1) }
            await stuck.wait()
            var received = 0
            var largest = 0
            var isRight = true
            var chunk: [UInt8] = []
            while try await response.read(into: &chunk) {
                largest = max(largest, chunk.count)
                for position in stride(from: 0, to: chunk.count, by: 97) {
                    isRight = isRight && chunk[position] == UInt8(truncatingIfNeeded: (received + position) / 251)
                }
                received += chunk.count
            }
            #expect(received == total)
            #expect(isRight)
            #expect(largest > 50_000)
            #expect(largest <= bound)
        }
    }

    @Test("the idle timeout stands still while the reader holds the provider back")
    func idleWhileHeldBack() async throws {
        let stuck = TestLatch()
        let total = 16 << 20
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let block = [UInt8](repeating: 7, count: 1 << 16)
            var sent = 0
            while sent < total {
                let count = try connection.sendWithoutWaiting(Array(block.prefix(total - sent)))
                if count > 0 {
                    sent += count
                } else {
                    stuck.open()
                    connection.waitForRoom()
                }
            }
        }
        defer { server.stop() }
        let url = server.url
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            let response = try await client.open(HTTPClientRequest(method: "GET", url: url))
            while !response.isHeldBack { await client.turns(1) }
            await stuck.wait()
            clock.advance(by: .seconds(3600))
            await client.turns(3)
            let body = try await response.readAll(upTo: total)
            #expect(body.count == total)
        }
    }

    @Test("a body that is left and then ends gives its connection back")
    func leftBody() async throws {
        let goOn = TestLatch()
        let server = try HTTPClientTestServer { connection, number in
            #expect(number == 0, "one connection serves both")
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            guard goOn.block() else { return }
            try connection.send("1\r\ny\r\n0\r\n\r\n")
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            try await Self.leave(client, url)
            #expect(client.transferCount == 1)
            goOn.open()
            await client.hasTransfers(0)
            let answer = try await client.fetch(HTTPClientRequest(url: url, body: [1]))
            #expect(answer.text == "ok" && answer.reused)
        }
    }

    @Test("a body that is left and has much more to say is ended")
    func leftLongBody() async throws {
        let left = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            guard left.block() else { return }
            let chunk = "400\r\n" + String(repeating: "z", count: 1024) + "\r\n"
            while true { try connection.send(chunk) }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            try await Self.leave(client, url)
            left.open()
            await client.hasTransfers(0)
        }
    }

    @Test("a body that is left and does not end is ended a second later")
    func leftSilentBody() async throws {
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n")
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            try await Self.leave(client, url)
            clock.advance(by: .milliseconds(900))
            await client.turns(5)
            #expect(client.transferCount == 1)
            clock.advance(by: .milliseconds(200))
            await client.hasTransfers(0)
            await ended.wait()
        }
    }

    /// Reads one piece of an answer and leaves the rest.
    private static func leave(_ client: HTTPClient, _ url: String) async throws {
        let response = try await client.open(HTTPClientRequest(url: url, body: [1]))
        var chunk: [UInt8] = []
        #expect(try await response.read(into: &chunk))
        #expect(chunk == Array("x".utf8))
        response.letFinish()
        let error = await clientError { () throws(HTTPClientError) in _ = try await response.read(into: &chunk) }
        #expect(error?.kind == .cancelled)
    }
}
