import Foundation
import Runtime
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1)), .serialized) struct HTTPClientTLSTests {
    /// A server in Python's `ssl` with a certificate of its own, for `localhost` and nothing else.
    private final class Server {
        let directory: String
        let port: Int
        private let process = Process()
        /// The server ends with this pipe, so that it cannot outlive the tests.
        private let input = Pipe()

        var certificate: String { "\(directory)/cert.pem" }

        /// `setup` is Python that may change the context `c`.
        init(setup: String = "") throws {
            directory = NSTemporaryDirectory() + "lip-tls-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            let request = Process()
            request.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            request.arguments =
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
                .split(separator: " ").map(String.init) + [
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(directory)/key.pem", "-out",
                    "\(directory)/cert.pem",
                ]
            request.standardError = FileHandle.nullDevice
            try request.run()
            request.waitUntilExit()
            try #require(request.terminationStatus == 0)
            let script = """
                import os, socket, ssl, sys, threading
                threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
                c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                c.load_cert_chain('\(directory)/cert.pem', '\(directory)/key.pem')
                \(setup)
                def serve(raw):
                    try:
                        t = c.wrap_socket(raw, server_side=True)
                        while True:
                            data = b''
                            while b'\\r\\n\\r\\n' not in data:
                                more = t.recv(65536)
                                if not more: return
                                data += more
                            body = t.version().encode()
                            t.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s' % (len(body), body))
                    except OSError:
                        pass
                s = socket.create_server(('127.0.0.1', 0))
                print(s.getsockname()[1], flush=True)
                while True:
                    threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
                """
            let output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["python3", "-c", script]
            process.standardOutput = output
            process.standardInput = input
            try process.run()
            var line = ""
            while !line.hasSuffix("\n") {
                let byte = output.fileHandleForReading.readData(ofLength: 1)
                try #require(!byte.isEmpty)
                line += String(decoding: byte, as: UTF8.self)
            }
            port = try #require(Int(line.dropLast()))
        }

        func stop() {
            // Not a signal: a child inherits the blocked signals of the thread that started it.
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    private static func settings(trusting file: String?) -> HTTPClientSettings {
        var settings = HTTPClientSettings(trustEnvironmentProxy: false)
        settings.certificateAuthorityFile = file
        return settings
    }

    @Test("a certificate is accepted when its authority is trusted, and refused otherwise with nothing sent")
    func verification() async throws {
        let server = try Server()
        defer { server.stop() }
        let port = server.port
        try await withHTTPClient(settings: Self.settings(trusting: server.certificate)) { client in
            let request = HTTPClientRequest(method: "GET", url: "https://localhost:\(port)/")
            let answer = try await client.fetch(request)
            #expect(answer.text == "TLSv1.3")
            let again = try await client.fetch(request)
            #expect(again.reused)
        }
        try await withHTTPClient(settings: Self.settings(trusting: nil)) { client in
            var request = HTTPClientRequest(method: "GET", url: "https://localhost:\(port)/")
            let error = await clientError { () throws(HTTPClientError) in _ = try await client.open(request) }
            #expect(error?.kind == .certificate)
            #expect(error?.sent == false)
            request.verifiesPeer = false
            let answer = try await client.fetch(request)
            #expect(answer.status == 200)
            // A connection that nobody verified must not serve a request that wants it verified.
            request.verifiesPeer = true
            let later = await clientError { () throws(HTTPClientError) in _ = try await client.open(request) }
            #expect(later?.kind == .certificate)
        }
    }

    @Test("a certificate for another name is refused though its authority is trusted")
    func wrongName() async throws {
        let server = try Server()
        defer { server.stop() }
        let port = server.port
        try await withHTTPClient(settings: Self.settings(trusting: server.certificate)) { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(method: "GET", url: "https://127.0.0.1:\(port)/"))
            }
            #expect(error?.kind == .certificate)
        }
    }

    @Test("TLS below 1.2 is refused, 1.2 is accepted")
    func versions() async throws {
        let old = try Server(
            setup: "c.set_ciphers('ALL:@SECLEVEL=0'); c.minimum_version = c.maximum_version = ssl.TLSVersion.TLSv1_1")
        defer { old.stop() }
        let oldPort = old.port
        try await withHTTPClient(settings: Self.settings(trusting: old.certificate)) { client in
            let error = await clientError { () throws(HTTPClientError) in
                _ = try await client.open(HTTPClientRequest(method: "GET", url: "https://localhost:\(oldPort)/"))
            }
            #expect(error?.kind == .tls)
        }
        let server = try Server(setup: "c.maximum_version = ssl.TLSVersion.TLSv1_2")
        defer { server.stop() }
        let port = server.port
        try await withHTTPClient(settings: Self.settings(trusting: server.certificate)) { client in
            let answer = try await client.fetch(HTTPClientRequest(method: "GET", url: "https://localhost:\(port)/"))
            #expect(answer.text == "TLSv1.2")
        }
    }
}
