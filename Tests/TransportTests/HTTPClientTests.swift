import CLinux
import Foundation
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPClientTests {
    @Test("two hundred calls in a row share one connection, and none waits for a timer")
    func sequentialReuse() async throws {
        let server = try HTTPClientTestServer { connection, number in
            while let request = try connection.readRequest() {
                let body = "\(number) \(request.line) \(String(decoding: request.body, as: UTF8.self))"
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            for round in 0..<200 {
                let answer = try await client.fetch(HTTPClientRequest(url: "\(url)/v1", body: Array("n\(round)".utf8)))
                #expect(answer.text == "0 POST /v1 HTTP/1.1 n\(round)")
                #expect(answer.reused == (round > 0))
            }
        }
    }

    @Test("a body arrives whole whatever frames it")
    func framing() async throws {
        let server = try HTTPClientTestServer { connection, _ in
            while let request = try connection.readRequest() {
                switch request.line {
                case "GET /length HTTP/1.1":
                    try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel")
                    try connection.send("lo")
                case "GET /chunked HTTP/1.1":
                    try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-end\r\n\r\n")
                    try connection.send("2\r\nhe\r\n3\r\nl")
                    try connection.send("lo\r\n0\r\nx-end: yes\r\n\r\n")
                case "GET /close HTTP/1.1":
                    try connection.send("HTTP/1.1 200 OK\r\n\r\nhello")
                    return
                default:
                    try connection.send("HTTP/1.1 204 No Content\r\n\r\n")
                }
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            for path in ["length", "chunked", "close"] {
                let response = try await client.open(HTTPClientRequest(method: "GET", url: "\(url)/\(path)"))
                #expect(try await response.readAll(upTo: 100) == Array("hello".utf8))
                #expect(response.trailers.first("x-end") == (path == "chunked" ? "yes" : nil))
            }
            let empty = try await client.fetch(HTTPClientRequest(method: "GET", url: "\(url)/none"))
            #expect(empty.status == 204 && empty.text.isEmpty)
        }
    }

    @Test("an upstream sees the method, headers and body that the caller gave, and nothing that curl likes to add")
    func requestOnTheWire() async throws {
        let seen = Locked<[TestRequest]>([])
        let server = try HTTPClientTestServer { request in
            seen.withLock { $0.append(request) }
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        }
        defer { server.stop() }
        let url = server.url
        let large = [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20)
        try await withHTTPClient { client in
            let prepared = try HTTPClientHeaders([("Authorization", "Bearer k"), ("Content-Type", "application/json")])
            _ = try await client.fetch(
                HTTPClientRequest(
                    url: "\(url)/a?b=c", preparedHeaders: prepared, headers: [("X-One", "1"), ("X-Empty", "")],
                    body: large))
            _ = try await client.fetch(HTTPClientRequest(method: "GET", url: "\(url)/g"))
            _ = try await client.fetch(HTTPClientRequest(method: "DELETE", url: "\(url)/d", preparedHeaders: prepared))
            _ = try await client.fetch(HTTPClientRequest(method: "PUT", url: "\(url)/p", body: [65]))
            _ = try await client.fetch(HTTPClientRequest(url: "\(url)/empty"))
            let head = try await client.fetch(HTTPClientRequest(method: "HEAD", url: "\(url)/h"))
            #expect(head.text.isEmpty)
            _ = try await client.fetch(HTTPClientRequest(url: "\(url)/last", body: [66]))
        }
        let requests = seen.withLock { $0 }
        #expect(
            requests.map(\.line) == [
                "POST /a?b=c HTTP/1.1", "GET /g HTTP/1.1", "DELETE /d HTTP/1.1", "PUT /p HTTP/1.1",
                "POST /empty HTTP/1.1", "HEAD /h HTTP/1.1", "POST /last HTTP/1.1",
            ])
        #expect(requests[0].body == large)
        #expect(requests[0].first("authorization") == "Bearer k")
        #expect(requests[0].first("content-type") == "application/json")
        #expect(requests[0].first("x-one") == "1")
        #expect(requests[0].first("x-empty") == "")
        #expect(requests[1].first("authorization") == nil)
        #expect(requests[1].first("x-one") == nil)
        #expect(requests[2].first("authorization") == "Bearer k")
        #expect(requests[3].body == [65])
        #expect(requests[4].first("content-length") == "0")
        #expect(requests[6].body == [66])
        for request in requests {
            #expect(request.first("expect") == nil)
            #expect(request.first("user-agent") == nil)
            #expect(
                request.line == "POST /a?b=c HTTP/1.1"
                    || request.first("content-type") != "application/x-www-form-urlencoded")
        }
        #expect(requests[3].first("content-type") == nil)
    }

    @Test(
        "headers that would split a request or frame it twice are refused",
        arguments: [
            ("X-A", "b\r\nX-B: c"), ("X-A", "b\nc"), ("X-A", "b\0c"), ("X A", "b"), ("X-A:", "b"), ("", "b"),
            ("Content-Length", "3"), ("transfer-encoding", "chunked"), ("Connection", "close"),
            ("Expect", "100-continue"),
        ])
    func refusedHeaders(name: String, value: String) async throws {
        try await withHTTPClient { client in
            let request = HTTPClientRequest(url: "http://127.0.0.1:9", headers: [("X-Good", "1"), (name, value)])
            let error = await clientError { () throws(HTTPClientError) in _ = try await client.open(request) }
            #expect(error?.kind == .invalidRequest)
        }
        #expect(throws: HTTPClientError.self) { _ = try HTTPClientHeaders([(name, value)]) }
    }

    @Test("interim answers are skipped and the final head is returned in order, duplicates included")
    func interimAnswers() async throws {
        let server = try HTTPClientTestServer { _ in
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                + "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nX-A: 1\r\nx-a:2 \r\nContent-Length: 2\r\n\r\nno"
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let answer = try await client.fetch(HTTPClientRequest(url: url, body: [1]))
            #expect(answer.status == 429)
            #expect(answer.text == "no")
            #expect(answer.headers.first("retry-after") == "7")
            #expect(answer.headers.all("X-A") == ["1", "2"])
            #expect(answer.headers.first("link") == nil)
        }
    }

    @Test("a redirect is an answer and is not followed")
    func redirect() async throws {
        let stranger = Locked(0)
        let other = try HTTPClientTestServer { _ in
            stranger.withLock { $0 += 1 }
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        }
        defer { other.stop() }
        let target = other.url
        let server = try HTTPClientTestServer { _ in
            "HTTP/1.1 307 Temporary Redirect\r\nLocation: \(target)/steal\r\nContent-Length: 0\r\n\r\n"
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let answer = try await client.fetch(
                HTTPClientRequest(url: url, headers: [("Authorization", "Bearer secret")], body: [1]))
            #expect(answer.status == 307)
            #expect(answer.headers.first("location") == "\(target)/steal")
        }
        #expect(stranger.withLock { $0 } == 0)
    }

    @Test("a compressed answer arrives decoded, though it is asked for only where the caller allows it")
    func compression() async throws {
        // gzip of "compressed hello", made with Python's gzip.compress(…, mtime=0).
        let gzip: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 75, 206, 207, 45, 40, 74, 45, 46, 78, 77, 81, 200, 72, 205, 201, 201, 7, 0,
            182, 1, 153, 70, 16, 0, 0, 0,
        ]
        let codings = Locked<[String?]>([])
        let server = try HTTPClientTestServer { connection, _ in
            while let request = try connection.readRequest() {
                codings.withLock { $0.append(request.first("accept-encoding")) }
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(gzip.count)\r\n\r\n")
                try connection.send(gzip)
            }
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            var request = HTTPClientRequest(method: "GET", url: url)
            let compressed = try await client.fetch(request)
            #expect(compressed.text == "compressed hello")
            request.acceptsCompression = false
            let unasked = try await client.fetch(request)
            #expect(unasked.text == "compressed hello")
        }
        let seen = codings.withLock { $0 }
        #expect(seen.count == 2)
        #expect(seen[0]?.contains("gzip") == true && seen[0]?.contains("br") == true)
        #expect(seen[1] == "identity")
    }

    @Test("a request over a Unix socket reaches the server that listens there")
    func unixSocket() async throws {
        let path = "/tmp/lip-client-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sock"
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0 && listen(listener, 4) == 0)
        defer {
            close(listener)
            unlink(path)
        }
        Thread.detachNewThread {
            let connection = TestConnection(accept(listener, nil, nil))
            _ = try? connection.readRequest()
            try? connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            _ = connection.waitForEnd()
            connection.close()
        }
        try await withHTTPClient { client in
            var request = HTTPClientRequest(method: "GET", url: "http://plugin/run")
            request.unixSocketPath = path
            let answer = try await client.fetch(request)
            #expect(answer.text == "hi")
        }
    }

    @Test("a signed request carries an AWS signature over its scope, and the next one without it carries none")
    func awsSignature() async throws {
        let seen = Locked<[String?]>([])
        let server = try HTTPClientTestServer { request in
            seen.withLock { $0.append(request.first("authorization")) }
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            var request = HTTPClientRequest(url: "\(url)/model", body: Array("{}".utf8))
            request.awsSignature = AWSSignature(
                accessKey: "AKIDEXAMPLE", secretKey: "s3cret", region: "eu-west-1", service: "bedrock")
            _ = try await client.fetch(request)
            request.awsSignature = nil
            _ = try await client.fetch(request)
        }
        let signatures = seen.withLock { $0 }
        #expect(signatures[0]?.hasPrefix("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") == true)
        #expect(signatures[0]?.contains("/eu-west-1/bedrock/aws4_request") == true)
        #expect(signatures[0]?.contains("s3cret") == false)
        #expect(signatures[1] == nil)
    }

    /// The signatures were made with Python's hmac and hashlib, after AWS's description alone.
    @Test(
        "a signature covers the path as AWS encodes it, the session token, and nothing that is not sent",
        arguments: [
            (
                "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.anthropic.claude-sonnet-4-5-20250929-v1%3A0",
                "6364ee442c21dc5d38ca2005fce3021e933044342ca835aeb3fc6fd2532f246a"
            ),
            ("amazon.nova-lite-v1", "7d8483a62624f9a9e4abbc9230e1b1ceda6ca848e4181f3325a5cba81ca5cd09"),
        ])
    func awsCanonicalRequest(_ model: String, _ signature: String) async throws {
        let seen = Locked<[(target: String, authorization: String?)]>([])
        let server = try HTTPClientTestServer { request in
            let target = request.line.split(separator: " ")[1]
            seen.withLock { $0.append((String(target), request.first("authorization"))) }
            return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let headers = try HTTPClientHeaders(
                [
                    ("Content-Type", "application/json"), ("User-Agent", "lip/test"), ("Host", "bedrock.example"),
                    ("X-Amz-Date", "20261120T120000Z"), ("X-Amz-Security-Token", "IQoJb3JpZ2luX2VjE+/="),
                ], isForSigning: true)
            var request = HTTPClientRequest(
                url: "\(url)/model/\(model)/converse-stream", preparedHeaders: headers,
                body: Array(#"{"messages":[]}"#.utf8))
            request.awsSignature = AWSSignature(
                accessKey: "AKIDEXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", region: "us-east-1",
                service: "bedrock")
            _ = try await client.fetch(request)
            // The same handle goes to another path afterwards.
            _ = try await client.fetch(HTTPClientRequest(url: "\(url)/other%3A", body: [1]))
        }
        let requests = seen.withLock { $0 }
        #expect(requests.map(\.target) == ["/model/\(model)/converse-stream", "/other%3A"])
        #expect(
            requests[0].authorization
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/bedrock/aws4_request, "
                + "SignedHeaders=content-type;host;user-agent;x-amz-date;x-amz-security-token, Signature=\(signature)")
        #expect(requests[1].authorization == nil)
    }

    @Test("fields that libcurl would sign wrongly are refused, and so are lists made for the other sort of request")
    func unsignable() async throws {
        func refusal(_ fields: [(name: String, value: String)]) -> String? {
            do {
                _ = try HTTPClientHeaders(fields, isForSigning: true)
                return nil
            } catch {
                return error.message
            }
        }
        #expect(refusal([("X-A", "1"), ("x-a", "2")])?.contains("twice") == true)
        #expect(refusal([("X-A", " ")])?.contains("empty") == true)
        try await withHTTPClient { client in
            for (isForSigning, isSigned) in [(true, false), (false, true)] {
                var request = HTTPClientRequest(
                    url: "http://127.0.0.1:9/", preparedHeaders: try HTTPClientHeaders([], isForSigning: isForSigning))
                request.awsSignature =
                    isSigned ? AWSSignature(accessKey: "a", secretKey: "b", region: "c", service: "d") : nil
                let failure = await #expect(throws: HTTPClientError.self) { _ = try await client.fetch(request) }
                #expect(failure?.kind == .invalidRequest)
            }
        }
    }

    @Test("many transfers at once are told apart")
    func concurrent() async throws {
        let server = try HTTPClientTestServer { request in
            "HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n\(String(decoding: request.body, as: UTF8.self))"
        }
        defer { server.stop() }
        let url = server.url
        try await withHTTPClient { client in
            let bound = LoopBound(client, on: client.loop)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        for round in 0..<5 {
                            let body = Array("\(number)/\(round)".utf8)
                            let answer = try await bound.value.fetch(HTTPClientRequest(url: url, body: body))
                            #expect(answer.text == "\(number)/\(round)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
