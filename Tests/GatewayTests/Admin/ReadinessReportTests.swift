import Routing
import Runtime
import Testing

@testable import Gateway

@Suite struct ReadinessReportTests {
    private let now = MonotonicInstant(nanoseconds: 0)

    private func keyed(_ keys: [String]) throws -> Backend {
        var configuration = BackendConfiguration(id: "keyed", kind: try #require(BackendKind.named("openai-legacy")))
        configuration.keys = keys.map { Secret($0) }
        return try Backend(configuration, index: 0)
    }

    private func text(_ report: ReadinessReport) -> String {
        String(decoding: report.render(), as: UTF8.self)
    }

    @Test("lip is ready with one usable backend, and says what the others miss")
    func ready() throws {
        let keyless = try Backend(
            BackendConfiguration(id: "local", kind: try #require(BackendKind.named("ollama"))), index: 1)
        #expect(!ReadinessReport([try keyed([])], isDraining: false, at: now).isReady)
        let report = ReadinessReport([try keyed([]), keyless], isDraining: false, at: now)
        #expect(report.isReady)
        #expect(
            text(report)
                == #"{"status":"ready","backends":[{"id":"keyed","usable":false,"missing":"a key: set api_key, or"#
                + #" OPENAI_API_KEY in the environment"},{"id":"local","usable":true}]}"#)
    }

    @Test("a backend whose every key was refused is not usable, one with a key left is")
    func refusedKeys() throws {
        let backend = try keyed(["one", "two"])
        for isReady in [true, false] {
            let lease = try #require(try backend.keys.lease(at: now))
            _ = backend.keys.failed(lease, .disable, retryAfter: nil, at: now)
            #expect(ReadinessReport([backend], isDraining: false, at: now).isReady == isReady)
        }
    }

    @Test("a backend whose only credential is a header is not usable while that is refused, until a success")
    func refusedHeader() throws {
        for (kind, headers, word) in [
            ("openai-legacy", [BackendHeader(name: "Authorization", value: Secret("Bearer x"))], "Authorization"),
            ("ollama", [], "without one"),
        ] {
            var configuration = BackendConfiguration(id: "b", kind: try #require(BackendKind.named(kind)))
            configuration.headers = headers
            let backend = try Backend(configuration, index: 0)
            #expect(ReadinessReport([backend], isDraining: false, at: now).isReady)
            #expect(try backend.keys.lease(at: now) == nil)
            _ = backend.keys.failed(nil, .disable, retryAfter: nil, at: now)
            let report = ReadinessReport([backend], isDraining: false, at: now)
            #expect(!report.isReady)
            #expect(report.rows[0].missing?.contains(word) == true)
            #expect(try backend.keys.lease(at: now) == nil, "it is tried all the same")
            backend.keys.succeeded(nil)
            #expect(ReadinessReport([backend], isDraining: false, at: now).isReady)
        }
    }

    @Test("a gateway that drains is not ready, whatever it has")
    func draining() throws {
        let report = ReadinessReport([try keyed(["key"])], isDraining: true, at: now)
        #expect(!report.isReady)
        #expect(text(report).hasPrefix(#"{"status":"draining""#))
    }

    @Test("a gateway without backends is not ready")
    func empty() {
        #expect(!ReadinessReport([], isDraining: false, at: now).isReady)
    }
}
