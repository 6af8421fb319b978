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
}
