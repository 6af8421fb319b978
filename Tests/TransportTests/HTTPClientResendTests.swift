import Foundation
import Runtime
import Testing

@testable import Transport

@Suite struct HTTPClientResendTests {
    /// What the bodies of the requests said, in the order of their arrival.
    private final class Asked: Sendable {
        private let bodies = Locked<[UInt8]>([])

        func note(_ request: TestRequest) -> UInt8 {
            let body = request.body.first ?? 0
            bodies.withLock { $0.append(body) }
            return body
        }

        func count(of body: UInt8) -> Int { bodies.withLock { $0.count { $0 == body } } }
        var count: Int { bodies.withLock { $0.count } }
    }

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    @Test("connections that die under one request after another cost none of them its answer")
    func manyDeaths() async throws {
        let asked = Asked()
        let server = try HTTPClientTestServer { connection, _ in
            guard let request = try connection.readRequest() else { return }
            _ = asked.note(request)
            try connection.send(Self.ok)
            // The next request's bytes are accepted, then the connection goes without an answer.
            if let next = try connection.readRequest() { _ = asked.note(next) }
        }
        defer { server.stop() }
        let url = server.url
        let rounds = 20
        try await withHTTPClient { client in
            for round in 0..<rounds {
                let response = try await client.open(HTTPClientRequest(url: url, body: [65]))
                #expect(response.timings.resent == (round > 0))
                #expect(!response.timings.reused)
                #expect(try await response.readAll(upTo: 10) == Array("ok".utf8))
            }
        }
        #expect(asked.count == 2 * rounds - 1)
    }

    @Test(
        "a request goes out twice at most, the second time on a new connection, however many idle ones are dead",
        arguments: [true, false])
    func twiceAtMost(newOneAnswers: Bool) async throws {
        let warm = 3
        let asked = Asked()
        let allAsked = TestLatch()
        let server = try HTTPClientTestServer { connection, number in
            guard let request = try connection.readRequest() else { return }
            if asked.note(request) == 66 {
                // The last request, on a connection of its own.
                if newOneAnswers { try connection.send(Self.ok) }
                return
            }
            if asked.count(of: 65) == warm { allAsked.open() }
            guard allAsked.block() else { return }
            try connection.send(Self.ok)
            if let next = try connection.readRequest() { _ = asked.note(next) }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let bound = LoopBound(client, on: client.loop)
                for _ in 0..<warm {
                    group.addTask { _ = try await bound.value.fetch(HTTPClientRequest(url: url, body: [65])) }
                }
                try await group.waitForAll()
            }
            #expect(client.connectionCount == warm)
            do throws(HTTPClientError) {
                let response = try await client.open(HTTPClientRequest(url: url, body: [66]))
                #expect(newOneAnswers)
                #expect(response.timings.resent)
                #expect(!response.timings.reused)
            } catch {
                #expect(!newOneAnswers)
                #expect(error.kind == .prematureEnd)
                #expect(error.sent && error.resent && !error.reused)
            }
        }
        #expect(asked.count(of: 66) == 2)
    }

    @Test("a new connection that dies before an answer is no reason to send anything again")
    func newConnection() async throws {
        let asked = Asked()
        let server = try HTTPClientTestServer { connection, _ in
            if let request = try connection.readRequest() { _ = asked.note(request) }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(url: url, body: [65]))
            }
            #expect(error?.kind == .prematureEnd)
            #expect(error?.resent == false)
        }
        #expect(asked.count == 1)
    }

    @Test("a connection that the provider closed while it was idle is not taken for a request")
    func closedWhileIdle() async throws {
        let asked = Asked()
        let closed = Locked(0)
        let server = try HTTPClientTestServer { connection, _ in
            guard let request = try connection.readRequest() else { return }
            _ = asked.note(request)
            try connection.send(Self.ok)
            connection.close()
            closed.withLock { $0 += 1 }
        }
        defer { server.stop() }
        let url = server.url
        let rounds = 5
        try await withHTTPClient { client in
            for round in 1...rounds {
                let response = try await client.open(HTTPClientRequest(url: url, body: [65]))
                #expect(!response.timings.resent)
                _ = try await response.readAll(upTo: 10)
                // On the loopback interface the end has arrived when `close` returns.
                while closed.withLock({ $0 }) < round { await Task.yield() }
            }
        }
        #expect(asked.count == rounds)
    }
}
