import Dialects
import Gateway
import Routing
import Testing

@testable import lip

@Suite struct AgentConfigurationTests {
    private func load(_ row: String) -> LoadedConfiguration {
        TestHost(variables: [:], files: [:]).load("backends: [{id: coder, kind: acp\(row)}]\n")
    }

    @Test("an agent needs an address, and nothing else")
    func defaults() throws {
        let loaded = load(#", base_url: "http://127.0.0.1:7000""#)
        #expect(loaded.errors.isEmpty && loaded.warnings.isEmpty)
        let backend = try #require(loaded.configuration.backends.first)
        #expect(backend.agent == ACPSettings(directory: "/", clientVersion: Version.text))
        #expect(backend.defaultModel == "agent")
        #expect(backend.hasUsableCredentials && backend.keys.isEmpty)
        #expect(backend.effectiveCapabilities == .exactly([.streaming, .vision, .documents, .reasoning]))
        #expect(load("").errors.map(\.message) == ["kind acp needs a base_url"])
    }

    @Test("directory and way to authenticate")
    func settings() throws {
        let loaded = load(#", base_url: "http://a", cwd: "/srv/a b", auth_method: login, capabilities: [tools]"#)
        #expect(loaded.errors.isEmpty)
        let backend = try #require(loaded.configuration.backends.first)
        #expect(backend.agent?.directory == "/srv/a b")
        #expect(backend.agent?.authMethod == "login")
        #expect(backend.effectiveCapabilities == .exactly([.tools]))
    }

    @Test(
        "mistakes are told with their place",
        arguments: [
            (
                ", cwd: work",
                "1:62 backends[0].cwd: expected an absolute path at the agent's side, such as /srv, found \"work\""
            ),
            (
                #", auth_method: "a\u0007""#,
                "1:70 backends[0].auth_method: expected the id of a method that the agent offers"
            ),
            (
                ", upstream_streaming: never",
                "1:77 backends[0].upstream_streaming: an agent's answers are always streams"
            ),
            (", models: discover", "1:65 backends[0].models: backends of kind acp cannot be asked for their models"),
            (", region: x", "1:57 backends[0]: unknown key \"region\""),
        ])
    func mistakes(_ row: String, _ message: String) throws {
        let errors = load(#", base_url: "http://a""# + row).errors
        #expect(errors.count == 1)
        let error = try #require(errors.first)
        let mark = try #require(error.mark)
        let shown = "\(mark.line):\(mark.column) \(error.path): \(error.message)"
        #expect(shown.hasPrefix(message), "\(shown)")
    }

    @Test("its keys are no other kind's")
    func others() {
        let loaded = TestHost(variables: [:], files: [:]).load("backends: [{id: a, kind: vllm, cwd: /}]\n")
        #expect(loaded.errors.first?.suggestion == "only kind acp has it")
    }
}
