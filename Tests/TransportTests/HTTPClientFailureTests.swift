import Foundation
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientFailureTests {
    /// What a server does after it has read a request, and what the client must make of it.
    struct Ending: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sends: String
        var resets = false
        var kind: HTTPClientError.Kind
        /// The body that is delivered before the error; nil when there is no head.
        var delivered: String?
    }

    static let endings = [
        Ending(testDescription: "nothing, closed", sends: "", kind: .prematureEnd),
        Ending(testDescription: "nothing, reset", sends: "", resets: true, kind: .reset),
        Ending(testDescription: "half a head", sends: "HTTP/1.1 200 OK\r\nX-A: b", kind: .prematureEnd),
        Ending(
            testDescription: "short of its length", sends: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
            kind: .prematureEnd, delivered: "hello"),
        Ending(
            testDescription: "no last chunk",
            sends: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            kind: .prematureEnd, delivered: "hello"),
        Ending(
            testDescription: "half a chunk", sends: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhello",
            kind: .prematureEnd, delivered: "hello"),
        Ending(
            testDescription: "reset in the body",
            sends: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            resets: true, kind: .reset, delivered: "hello"),
        Ending(
            testDescription: "a bad chunk size",
            sends: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
            kind: .protocolViolation, delivered: ""),
        Ending(
            testDescription: "bad gzip",
            sends: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
            kind: .protocolViolation, delivered: ""),
        Ending(testDescription: "no HTTP at all", sends: "SSH-2.0-OpenSSH_9.2\r\n\r\n", kind: .protocolViolation),
        Ending(
            testDescription: "a head beyond the bound",
            sends: "HTTP/1.1 200 OK\r\nX-A: \(String(repeating: "a", count: 70_000))\r\n\r\n", kind: .tooLarge),
    ]

    @Test("a broken answer is a typed error after the bytes that came, never a clean end", arguments: endings)
    func brokenAnswers(ending: Ending) async throws {
        let delivered = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send(ending.sends)
            // A reset drops what the client has not read: it comes once the client has.
            if ending.resets {
                if ending.delivered != nil { _ = delivered.block() }
                connection.reset()
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            var received: [UInt8] = []
            var hasHead = false
            do throws(HTTPClientError) {
                let response = try await client.open(HTTPClientRequest(url: url, body: [1]))
                hasHead = true
                var chunk: [UInt8] = []
                while try await response.read(into: &chunk) {
                    received += chunk
                    delivered.open()
                }
                Issue.record("a broken answer ended cleanly")
            } catch {
                #expect(error.kind == ending.kind, "\(error.message)")
                #expect(error.sent)
                #expect(!error.reused)
                #expect(!error.message.isEmpty)
            }
            #expect(hasHead == (ending.delivered != nil))
            #expect(String(decoding: received, as: UTF8.self) == ending.delivered ?? "")
        }
    }

    @Test("a failure is told to every later read as well")
    func failureStays() async throws {
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let response = try await client.open(HTTPClientRequest(method: "GET", url: url))
            for _ in 0..<3 {
                let error = await clientError { () throws(HTTPClientError) in
                    _ = try await response.readAll(upTo: 100)
                }
                #expect(error?.kind == .prematureEnd)
            }
        }
    }

    @Test(
        "a connection that the provider closes just as the next request goes out is replaced, and the request sent again"
    )
    func reuseRace() async throws {
        let answered = TestLatch()
        let server = try HTTPClientTestServer { connection, number in
            _ = try connection.readRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
            if number == 0 {
                // The second request's bytes are accepted, then the connection goes without an answer.
                _ = try connection.readRequest()
                answered.open()
            } else {
                while try connection.readRequest() != nil {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\(number)")
                }
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let first = try await client.fetch(HTTPClientRequest(url: url, body: [65]))
            #expect(first.text == "0")
            let second = try await client.fetch(HTTPClientRequest(url: url, body: [66]))
            #expect(second.text == "1")
            #expect(!second.reused)
        }
        #expect(answered.block())
    }

    @Test("a request whose answer had begun on a reused connection is not sent again")
    func noRetryAfterFirstByte() async throws {
        let requests = Locked(0)
        let server = try HTTPClientTestServer { connection, _ in
            while try connection.readRequest() != nil {
                let count = requests.withLock { count in
                    count += 1
                    return count
                }
                if count == 1 {
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                } else {
                    return try connection.send("HTTP/1.1 200 OK\r\nX-")
                }
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            _ = try await client.fetch(HTTPClientRequest(url: url, body: [65]))
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(url: url, body: [66]))
            }
            #expect(error?.kind == .prematureEnd)
            #expect(error?.reused == true)
            #expect(error?.sent == true)
        }
        #expect(requests.withLock { $0 } == 2)
    }

    @Test("a refused connection is told as such, with nothing sent")
    func refusedConnection() async throws {
        let (listener, port) = try listenOnLoopback(backlog: 1)
        close(listener)
        try await withHTTPClient { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(url: "http://127.0.0.1:\(port)/", body: [1]))
            }
            #expect(error?.kind == .connect)
            #expect(error?.sent == false)
        }
    }

    @Test("a name that does not exist is told as such")
    func unknownName() async throws {
        try await withHTTPClient { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(url: "http://no-such-host.invalid/", body: [1]))
            }
            #expect(error?.kind == .resolve)
            #expect(error?.sent == false)
        }
    }

    @Test(
        "what is no request is refused before anything happens",
        arguments: [
            ("GET", "ftp://127.0.0.1/"), ("GET", "file:///etc/passwd"), ("GET", "http://"), ("GET", "http://[::1/"),
            ("G ET", "http://127.0.0.1/"), ("", "http://127.0.0.1/"), ("GET\r\nX: y", "http://127.0.0.1/"),
        ])
    func invalidRequests(method: String, url: String) async throws {
        try await withHTTPClient { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(method: method, url: url))
            }
            #expect(error?.kind == .invalidRequest)
            #expect(error?.sent == false)
        }
    }

    @Test(
        "a socket is never opened to a forbidden address, however the URL spells it",
        arguments: [
            "169.254.169.254", "2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "[::ffff:169.254.169.254]",
            "[fe80::1]", "[fd00:ec2::254]",
        ])
    func forbiddenAddress(host: String) async throws {
        try await withHTTPClient { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(method: "GET", url: "http://\(host)/latest/meta-data"))
            }
            #expect(error?.kind == .forbiddenAddress, "\(error?.message ?? "")")
            #expect(error?.sent == false)
        }
    }

    @Test("a body beyond the reader's bound ends the transfer")
    func bodyTooLarge() async throws {
        let ended = TestLatch()
        let server = try HTTPClientTestServer { connection, _ in
            _ = try connection.readRequest()
            try connection.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n\(String(repeating: "x", count: 5000))")
            if connection.waitForEnd() { ended.open() }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let response = try await client.open(HTTPClientRequest(method: "GET", url: url))
            let error = await clientError { () throws(HTTPClientError) in _ = try await response.readAll(upTo: 4000) }
            #expect(error?.kind == .tooLarge)
            await ended.wait()
        }
    }

    @Test("shutting down ends transfers in progress with an error, and later calls fail")
    func shutdown() async throws {
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
            async let error = clientError { () throws(HTTPClientError) in
                _ = try await bound.value.open(HTTPClientRequest(url: url, body: [1]))
            }
            await asked.wait()
            client.shutdown()
            #expect(await error?.kind == .shutDown)
            await ended.wait()
            let late = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(url: url))
            }
            #expect(late?.kind == .shutDown)
        }
    }
}
