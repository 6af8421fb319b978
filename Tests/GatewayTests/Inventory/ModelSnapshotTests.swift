import Routing
import Runtime
import Testing

@testable import Gateway

@Suite("What follows from the models that backends have") struct ModelSnapshotTests {
    private func backend(_ id: String, _ kind: String, key: Bool = true) throws -> BackendConfiguration {
        var backend = BackendConfiguration(id: id, kind: try #require(BackendKind.named(kind)))
        if key { backend.keys = [Secret("some-key-of-theirs")] }
        return backend
    }

    private func configuration(_ backends: [BackendConfiguration]) -> Configuration {
        var configuration = Configuration()
        configuration.backends = backends
        configuration.routing.defaultRoute = "\(backends[0].id):m"
        configuration.catalogue = ModelCatalogue([
            .init(
                name: "openai", kinds: ["openai-responses", "openai-legacy"],
                rows: [.init("gpt-*", contextWindow: 128_000, lacking: .audio)]),
            .init(name: "anthropic", kinds: ["anthropic"], rows: [.init("claude-*", contextWindow: 200_000)]),
        ])
        return configuration
    }

    private func route(_ model: String, _ configuration: Configuration) throws -> ResolvedRoute {
        try ModelSnapshot(configuration, created: Timestamp.now()).resolver.resolve(header: nil, model: model)
    }

    @Test("a bare name goes to the first backend that serves its vendor, in the order of the file")
    func vendors() throws {
        let all = configuration([
            try backend("local", "vllm"), try backend("chat", "openai-legacy"), try backend("claude", "anthropic"),
            try backend("responses", "openai-responses"),
        ])
        let gpt = try route("gpt-9", all)
        #expect(gpt.text == "chat:gpt-9" && gpt.source == .vendorModel)
        #expect(try route("claude-9", all).text == "claude:claude-9")
        let unknown = try route("mystery", all)
        #expect(unknown.text == "local:mystery" && unknown.source == .passed)
    }

    @Test("a backend without its key comes after those that can serve")
    func keyless() throws {
        let chat = try backend("chat", "openai-legacy", key: false)
        let responses = try backend("responses", "openai-responses")
        #expect(try route("gpt-9", configuration([chat, responses])).text == "responses:gpt-9")
        #expect(try route("gpt-9", configuration([chat])).text == "chat:gpt-9")
    }

    @Test("what one backend lists comes before its vendor, and what was found counts like what was listed")
    func listed() throws {
        let base = configuration([try backend("chat", "openai-legacy"), try backend("local", "vllm")])
        #expect(try route("gpt-oss", base).text == "chat:gpt-oss")
        let found = base.adding(["local": [BackendModel(name: "gpt-oss", contextWindow: 8192)]])
        let local = try route("gpt-oss", found)
        #expect(local.text == "local:gpt-oss" && local.source == .listedModel)
        let both = found.adding(["chat": [BackendModel(name: "gpt-oss")]])
        #expect(try route("gpt-oss", both).text == "chat:gpt-oss")
    }

    @Test("what was found is listed to clients, and adds only what the file does not say")
    func adding() throws {
        var local = try backend("local", "vllm")
        local.models = [BackendModel(name: "a", contextWindow: 10), BackendModel(name: "b")]
        local.models[1].inFlightMax = 3
        let found = configuration([local]).adding([
            "local": [
                BackendModel(name: "b", contextWindow: 20), BackendModel(name: "a", contextWindow: 30),
                BackendModel(name: "c", contextWindow: 40),
            ], "gone": [BackendModel(name: "x")],
        ])
        #expect(found.backends[0].models.map(\.name) == ["a", "b", "c"])
        #expect(found.backends[0].models.map(\.contextWindow) == [10, 20, 40])
        #expect(found.backends[0].models[1].inFlightMax == 3)
        let snapshot = try ModelSnapshot(found, generation: 1, created: Timestamp.now())
        #expect(snapshot.windows[LegID(backend: "local", model: "c")] == 40)
        #expect(snapshot.list["local:c"]?.contextWindow == 40)
    }

    @Test("the catalogue fills in windows and capabilities of which the configuration says nothing")
    func defaults() throws {
        var chat = try backend("chat", "openai-legacy")
        chat.models = [BackendModel(name: "gpt-own", contextWindow: 5)]
        chat.models[0].capabilities = .exactly([.audio])
        let configuration = configuration([chat, try backend("local", "vllm")])
        let windows = configuration.contextWindows
        #expect(windows[LegID(backend: "chat", model: "gpt-own")] == 5)
        #expect(windows[LegID(backend: "chat", model: "gpt-9")] == 128_000)
        #expect(windows[LegID(backend: "local", model: "gpt-9")] == nil)
        let table = configuration.capabilities
        #expect(table[LegID(backend: "chat", model: "gpt-own")] == .audio)
        #expect(table[LegID(backend: "chat", model: "gpt-9")] == .all.subtracting(.audio))
        #expect(table[LegID(backend: "local", model: "gpt-9")] == .all)
    }
}
