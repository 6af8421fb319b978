import Dialects
import Routing
import Runtime
import Testing
import Transport

@testable import Gateway

@Suite struct BackendTests {
    private func backend(
        _ kind: String, keys: [String] = [], headers: [BackendHeader] = []
    ) throws -> Backend {
        var configuration = BackendConfiguration(id: "b", kind: try #require(BackendKind.named(kind)))
        configuration.keys = keys.map { Secret($0) }
        configuration.headers = headers
        return try Backend(configuration, index: 0)
    }

    @Test("a pinned sub-provider goes behind the model where the kind wants it there, unless one stands there already")
    func modelSuffix() throws {
        let kind = try #require(BackendKind.table.first { $0.providerPinning == .modelSuffix })
        let backend = try backend(kind.id, keys: ["key"])
        #expect(backend.wireModel("org/model", provider: "fast") == "org/model:fast")
        #expect(backend.wireModel("org/model:cheap", provider: "fast") == "org/model:cheap")
        #expect(backend.wireModel("org/model", provider: nil) == "org/model")
        #expect(try self.backend("openai-legacy").wireModel("m", provider: "fast") == "m")
    }

    @Test("a sub-provider is pinned in the body, and the client's own pin stays")
    func bodyPin() throws {
        let kind = try #require(BackendKind.table.first { $0.providerPinning == .body })
        let backend = try backend(kind.id, keys: ["key"])
        func pinned(_ body: String) throws -> String {
            var request = EncodedRequest(body: Array(body.utf8))
            try backend.pin("fast", in: &request)
            return String(decoding: request.body, as: UTF8.self)
        }
        #expect(
            try pinned(#"{"model":"m"}"#)
                == #"{"model":"m","provider":{"order":["fast"],"allow_fallbacks":false}}"#)
        #expect(try pinned(#"{"provider":{"order":["mine"]}}"#) == #"{"provider":{"order":["mine"]}}"#)
    }

    @Test("a backend whose own header authorises it needs no key")
    func headerCredential() throws {
        let now = MonotonicInstant(nanoseconds: 0)
        let header = BackendHeader(name: "Authorization", value: Secret("Basic abcdefgh"))
        #expect(try backend("openai-legacy", headers: [header]).keys.lease(at: now) == nil)
        #expect(throws: KeyPool.Shortage.missing) {
            try backend("openai-legacy").keys.lease(at: now)
        }
    }

    @Test("keys and header values are cut out of every text of a failure, the short ones left")
    func redaction() throws {
        let backend = try backend(
            "openai-legacy", keys: ["0123456789abcdef", "one"],
            headers: [BackendHeader(name: "x-team", value: Secret("team-secret"))])
        let failure = Failure(
            .providerError, "0123456789abcdef is one of team-secret", code: "0123456789abcdef", type: "team-secret",
            parameter: "x0123456789abcdefx")
        let shown = backend.redacted(failure)
        #expect(shown.message == "<redacted> is one of <redacted>")
        #expect(shown.code == "<redacted>" && shown.type == "<redacted>" && shown.parameter == "x<redacted>x")
        #expect(shown.kind == failure.kind && shown.status == failure.status)
    }
}
