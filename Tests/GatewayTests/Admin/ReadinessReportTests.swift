import Routing
import Runtime
import Testing

@testable import Gateway

@Suite struct ReadinessReportTests {
    private let now = MonotonicInstant(nanoseconds: 0)

    private func backend(_ kind: String, keys: [String] = []) throws -> Backend {
        var configuration = BackendConfiguration(id: kind, kind: try #require(BackendKind.named(kind)))
        configuration.keys = keys.map { Secret($0) }
        return try Backend(configuration, index: 0)
    }

    private func report(_ backends: [Backend], isDraining: Bool = false) -> ReadinessReport {
        ReadinessReport(backends, isDraining: isDraining, at: now)
    }

    @Test("lip is ready with one usable backend, and says what the others miss")
    func ready() throws {
        let keyed = try backend("openai-legacy")
        #expect(!report([keyed]).isReady)
        let both = report([keyed, try backend("ollama")])
        #expect(both.isReady)
        #expect(
            String(decoding: both.render(), as: UTF8.self)
                == #"{"status":"ready","backends":[{"id":"openai-legacy","usable":false,"missing":"a key: set api_key, or"#
                + #" OPENAI_API_KEY in the environment"},{"id":"ollama","usable":true}]}"#)
    }

    @Test("a backend whose keys were all refused is not usable, one whose keys rest is")
    func keys() throws {
        let refused = try backend("openai-legacy", keys: ["first", "second"])
        for _ in 0..<2 {
            #expect(report([refused]).isReady)
            let lease = try #require(try refused.keys.lease(at: now))
            _ = refused.keys.failed(lease, .disable, retryAfter: nil, at: now)
        }
        #expect(!report([refused]).isReady)
        let resting = try backend("openai-legacy", keys: ["first"])
        _ = resting.keys.failed(try #require(try resting.keys.lease(at: now)), .coolDown, retryAfter: nil, at: now)
        #expect(report([resting]).isReady)
    }

    @Test("a gateway that drains is not ready, whatever it has")
    func draining() throws {
        let report = report([try backend("openai-legacy", keys: ["key"])], isDraining: true)
        #expect(!report.isReady)
        #expect(String(decoding: report.render(), as: UTF8.self).hasPrefix(#"{"status":"draining""#))
    }

    @Test("a gateway without backends is not ready")
    func empty() {
        #expect(!report([]).isReady)
    }
}
