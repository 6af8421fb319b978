import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientSendTests {
    private static func request(_ url: String) -> HTTPClientRequest {
        HTTPClientRequest(
            url: url, body: Array("bye".utf8),
            timeouts: HTTPClientTimeouts(connect: .seconds(1), head: .seconds(3), idle: .seconds(3), total: .seconds(5))
        )
    }

    @Test("a request that nobody waits for arrives, and its connection serves others", arguments: [0, 2000])
    func sent(_ answerBytes: Int) async throws {
        let server = try HTTPClientTestServer { connection, number in
            #expect(number == 0, "one connection serves both")
            #expect(try connection.readRequest()?.body == Array("bye".utf8))
            let body = String(repeating: "x", count: answerBytes)
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(answerBytes)\r\n\r\n\(body)")
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            client.send(Self.request(url))
            await client.hasTransfers(0)
            let answer = try await client.fetch(HTTPClientRequest(url: url, body: [1]))
            #expect(answer.text == "ok" && answer.reused)
        }
    }

    @Test("one that is not answered ends with its timeout")
    func unanswered() async throws {
        let ended = TestLatch()
        let came = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            came.open()
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        let clock = ManualClock()
        try await withHTTPClient(clock: clock) { client in
            client.send(Self.request(url))
            await came.wait()
            #expect(client.transferCount == 1)
            clock.advance(by: .seconds(6))
            await client.hasTransfers(0)
            await ended.wait()
        }
    }

    @Test("one with a long answer is ended")
    func longAnswer() async throws {
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "400\r\n" + String(repeating: "z", count: 1024) + "\r\n"
            while true { try connection.send(chunk) }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            client.send(Self.request(url))
            await client.hasTransfers(0)
        }
    }

    @Test("one that cannot be sent is forgotten, and so is one that the client's end overtakes")
    func lost() async throws {
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            _ = connection.waitForEnd()
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            client.send(Self.request("no address"))
            client.send(Self.request("http://169.254.169.254/"))
            await client.hasTransfers(0)
            client.send(Self.request(url))
            client.shutdown()
            #expect(client.transferCount == 0)
            client.send(Self.request(url))
            #expect(client.transferCount == 0)
        }
    }
}
