import Foundation
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientProxyTests {
    private static func settings(_ environment: [String: String]) -> HTTPClientSettings {
        var settings = HTTPClientSettings(trustEnvironmentProxy: false)
        settings.proxies = ProxyEnvironment { environment[$0] }
        return settings
    }

    @Test("an http URL goes through the proxy of the environment, in absolute form")
    func forwardProxy() async throws {
        let proxy = try HTTPClientTestServer { request in
            let body = request.line
            return "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        defer { proxy.stop() }
        try await withHTTPClient(settings: Self.settings(["http_proxy": proxy.url])) { client in
            let answer = try await client.fetch(HTTPClientRequest(method: "GET", url: "http://model.invalid:8000/v1"))
            #expect(answer.text == "GET http://model.invalid:8000/v1 HTTP/1.1")
        }
    }

    @Test("without trust in the environment, and for exceptions, the connection is direct")
    func direct() async throws {
        let asked = Locked(0)
        let proxy = try HTTPClientTestServer { _ in
            asked.withLock { $0 += 1 }
            return "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        }
        defer { proxy.stop() }
        let server = try HTTPClientTestServer { request in
            let body = request.line
            return "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        }
        defer { server.stop() }
        let url = server.url
        #expect(HTTPClientSettings(trustEnvironmentProxy: false).proxies == .none)
        for settings in [
            HTTPClientSettings(trustEnvironmentProxy: false),
            Self.settings(["http_proxy": proxy.url, "no_proxy": "example.com,127.0.0.1"]),
            Self.settings(["HTTP_PROXY": proxy.url]), Self.settings(["https_proxy": proxy.url]),
        ] {
            try await withHTTPClient(settings: settings) { client in
                let answer = try await client.fetch(HTTPClientRequest(method: "GET", url: "\(url)/v1"))
                #expect(answer.text == "GET /v1 HTTP/1.1")
            }
        }
        #expect(asked.withLock { $0 } == 0)
    }

    @Test("an https URL is tunnelled, and a proxy that refuses is a failure to connect with nothing sent")
    func refusedTunnel() async throws {
        let asked = Locked<[String]>([])
        let proxy = try HTTPClientTestServer { request in
            asked.withLock { $0.append(request.line) }
            return "HTTP/1.1 403 Forbidden\r\nX-Proxy: 1\r\nContent-Length: 0\r\n\r\n"
        }
        defer { proxy.stop() }
        try await withHTTPClient(settings: Self.settings(["HTTPS_PROXY": proxy.url])) { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(url: "https://model.invalid/v1", body: [1]))
            }
            #expect(error?.kind == .connect)
            #expect(error?.sent == false)
        }
        #expect(asked.withLock { $0 } == ["CONNECT model.invalid:443 HTTP/1.1"])
    }

    @Test(
        "behind a proxy, forbidden hosts are refused by the URL's text",
        arguments: [
            "http://2852039166/", "http://[::ffff:169.254.169.254]/", "http://metadata.google.internal/",
        ])
    func forbiddenBehindProxy(url: String) async throws {
        let asked = Locked(0)
        let proxy = try HTTPClientTestServer { _ in
            asked.withLock { $0 += 1 }
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        }
        defer { proxy.stop() }
        try await withHTTPClient(settings: Self.settings(["http_proxy": proxy.url])) { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(method: "GET", url: url))
            }
            #expect(error?.kind == .forbiddenAddress)
        }
        #expect(asked.withLock { $0 } == 0)
    }

    @Test("the environment is read by curl's rules")
    func environment() {
        func proxies(_ environment: [String: String]) -> ProxyEnvironment { ProxyEnvironment { environment[$0] } }
        #expect(proxies([:]) == .none)
        #expect(proxies(["HTTP_PROXY": "http://a"]).http == nil)
        #expect(proxies(["http_proxy": "http://a", "ALL_PROXY": "http://b"]).http == "http://a")
        #expect(proxies(["ALL_PROXY": "http://b"]).http == "http://b")
        #expect(proxies(["HTTPS_PROXY": "http://b", "https_proxy": "http://a"]).https == "http://a")
        #expect(proxies(["https_proxy": "", "HTTPS_PROXY": "http://b"]).https == "http://b")
        #expect(proxies(["all_proxy": "http://c"]).https == "http://c")
        #expect(proxies(["NO_PROXY": "x"]).exceptions == "x")
    }
}
