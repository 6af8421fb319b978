import Runtime
import Testing

@testable import Gateway

@Suite struct ReadinessReportTests {
    private func configuration(keys: [String]) throws -> Configuration {
        var keyed = BackendConfiguration(id: "keyed", kind: try #require(BackendKind.named("openai-legacy")))
        keyed.keys = keys.map { Secret($0) }
        var configuration = Configuration()
        configuration.backends = [keyed]
        return configuration
    }

    @Test("lip is ready with one usable backend, and says what the others miss")
    func ready() throws {
        var configuration = try configuration(keys: [])
        #expect(!ReadinessReport(configuration, isDraining: false).isReady)
        configuration.backends.append(
            BackendConfiguration(id: "local", kind: try #require(BackendKind.named("ollama"))))
        let report = ReadinessReport(configuration, isDraining: false)
        #expect(report.isReady)
        #expect(
            String(decoding: report.render(), as: UTF8.self)
                == #"{"status":"ready","backends":[{"id":"keyed","usable":false,"missing":"a key: set api_key, or"#
                + #" OPENAI_API_KEY in the environment"},{"id":"local","usable":true}]}"#)
    }

    @Test("a gateway that drains is not ready, whatever it has")
    func draining() throws {
        let report = ReadinessReport(try configuration(keys: ["key"]), isDraining: true)
        #expect(!report.isReady)
        #expect(String(decoding: report.render(), as: UTF8.self).hasPrefix(#"{"status":"draining""#))
    }

    @Test("a gateway without backends is not ready")
    func empty() {
        #expect(!ReadinessReport(Configuration(), isDraining: false).isReady)
    }
}
