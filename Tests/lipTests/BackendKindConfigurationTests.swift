import Gateway
import Runtime
import Testing

@testable import lip

@Suite("Configuration of kinds")
struct BackendKindConfigurationTests {
    private func backend(_ row: String, _ host: TestHost = TestHost()) throws -> BackendConfiguration {
        let loaded = host.load("backends:\n  - { \(row) }\n")
        try #require(loaded.errors.map(\.message) == [])
        return try #require(loaded.configuration.backends.first)
    }

    private func error(_ row: String, _ host: TestHost = TestHost()) -> String? {
        host.load("backends:\n  - { \(row) }\n").errors.first?.message
    }

    @Test("azure takes address, key and version from the environment, the file first")
    func azureEnvironment() throws {
        let host = TestHost(variables: [
            "AZURE_OPENAI_ENDPOINT": "https://r.openai.azure.com/", "AZURE_OPENAI_API_KEY": "k",
            "AZURE_OPENAI_API_VERSION": "2024-10-21",
        ])
        let backend = try backend("id: azure", host)
        #expect(backend.baseURL == "https://r.openai.azure.com" && backend.apiVersion == "2024-10-21")
        #expect(backend.keys.map { $0.reveal() } == ["k"])
        let stated = try self.backend("id: azure, base_url: 'https://s.example', api_version: v1, api_key: l", host)
        #expect(stated.baseURL == "https://s.example" && stated.apiVersion == "v1")
        #expect(stated.keys.map { $0.reveal() } == ["l"])
    }

    @Test(
        "an address of azure may be given with the path that people copy with it",
        arguments: [
            ("https://r.example/openai/v1/", "v1"), ("https://r.example/openai", "2025-04-01-preview"),
            ("https://r.example", "2025-04-01-preview"),
        ])
    func azureAddress(_ url: String, _ version: String) throws {
        let backend = try backend("id: azure, base_url: '\(url)', api_key: k")
        #expect(backend.baseURL == "https://r.example" && backend.apiVersion == version)
    }

    @Test("azure without an address is an error that names the variable")
    func azureWithoutAddress() {
        #expect(error("id: azure, api_key: k") == "kind azure needs a base_url")
        let host = TestHost(variables: ["AZURE_OPENAI_ENDPOINT": "http://169.254.169.254/"])
        #expect(error("id: azure, api_key: k", host)?.hasPrefix("AZURE_OPENAI_ENDPOINT: ") == true)
        #expect(
            error("id: azure, base_url: 'https://r.example', api_key: k, api_version: '2024/10'")?.hasPrefix(
                "expected a version") == true)
    }

    @Test("a start without a file takes azure in when the environment has its address as well as its key")
    func azureWithoutFile() {
        var host = TestHost(variables: ["AZURE_OPENAI_API_KEY": "k"])
        #expect(host.load("").configuration.backends.map(\.id) == ["local-stub"])
        host.variables["AZURE_OPENAI_ENDPOINT"] = "https://r.openai.azure.com"
        let loaded = host.load("")
        #expect(loaded.configuration.backends.map(\.id) == ["azure"])
        #expect(loaded.configuration.backends.first?.baseURL == "https://r.openai.azure.com")
    }

    @Test("responses_api is for kinds with both of OpenAI's protocols")
    func responses() throws {
        #expect(try backend("id: vllm").followsResponses)
        #expect(try !backend("id: vllm, responses_api: disabled").followsResponses)
        #expect(try backend("id: ollama, responses_api: enabled").followsResponses)
        #expect(error("id: lmstudio, responses_api: enabled") == #"unknown key "responses_api""#)
        #expect(error("id: vllm, responses_api: maybe")?.hasPrefix("expected one of auto") == true)
    }

    @Test("flavors maps prefixes of models to protocols")
    func flavors() throws {
        let backend = try backend("id: opencode-zen, api_key: k, flavors: { minimax-: anthropic, qwen: chat }")
        #expect(backend.flavors == [.init("minimax-", .anthropicMessages), .init("qwen", .openAIChat)])
        #expect(
            error("id: opencode-go, api_key: k, flavors: { a: antropic }")?.hasPrefix("expected one of chat") == true)
        #expect(error("id: groq, api_key: k, flavors: { a: chat }") == #"unknown key "flavors""#)
    }

    @Test("OpenCode's keys come from the first family that has any")
    func openCodeKeys() throws {
        let both = TestHost(variables: ["OPENCODE_API_KEY": "a", "OPENCODE_ZEN_API_KEY": "b"])
        #expect(try backend("id: opencode-zen", both).keys.map { $0.reveal() } == ["a"])
        let one = TestHost(variables: ["OPENCODE_ZEN_API_KEY": "b", "OPENCODE_ZEN_API_KEY_2": "c"])
        #expect(try backend("id: opencode-zen", one).keys.map { $0.reveal() } == ["b", "c"])
    }
}

@Suite("Configuration of Vertex AI")
struct VertexConfigurationTests {
    private static let login =
        #"{"type":"authorized_user","client_id":"i","client_secret":"s","refresh_token":"r","quota_project_id":"q"}"#

    private func load(_ row: String, _ host: TestHost = TestHost()) -> LoadedConfiguration {
        host.load("backends:\n  - { id: vertexai\(row.isEmpty ? "" : ", ")\(row) }\n")
    }

    @Test("project, location and credentials come from the file, the environment and the credentials, in this order")
    func places() throws {
        var host = TestHost(
            variables: ["GOOGLE_APPLICATION_CREDENTIALS": "/c.json"], files: ["/c.json": Self.login])
        let bare = try #require(load("", host).configuration.backends.first)
        #expect(bare.google == GooglePlace(project: "q", location: "us-central1"))
        #expect(bare.baseURL == "https://us-central1-aiplatform.googleapis.com")
        #expect(bare.tokens != nil && bare.hasUsableCredentials && bare.keyOrigin == .credentials("/c.json"))
        host.variables["VERTEX_PROJECT"] = "v"
        host.variables["VERTEX_LOCATION"] = "global"
        #expect(
            load("", host).configuration.backends.first?.google == GooglePlace(project: "v", location: "global"))
        #expect(
            load("project: mine, location: eu", host).configuration.backends.first?.google
                == GooglePlace(project: "mine", location: "eu"))
    }

    @Test("an access token may stand in for credentials")
    func accessToken() throws {
        let backend = try #require(load("project: p, access_token: ya29.x").configuration.backends.first)
        #expect(backend.keys.map { $0.reveal() } == ["ya29.x"] && backend.tokens == nil && backend.keyOrigin == .file)
    }

    @Test("a start without a file takes Vertex AI in when its project and credentials are in the environment")
    func withoutFile() {
        var host = TestHost(
            variables: ["GOOGLE_APPLICATION_CREDENTIALS": "/c.json"], files: ["/c.json": Self.login])
        #expect(host.load("").configuration.backends.map(\.id) == ["local-stub"])
        host.variables["VERTEX_PROJECT"] = "v"
        #expect(host.load("").configuration.backends.map(\.id) == ["vertexai"])
    }

    @Test(
        "what cannot be used is told",
        arguments: [
            ("", "kind vertexai needs a project"), ("project: 'a b'", "expected a name of letters"),
            ("project: p, credentials_file: /none.json", "the file cannot be read: No such file or directory"),
            ("project: p, credentials_file: /bad.json", "the file is no usable credentials of Google: not JSON"),
            (
                "project: p, credentials_file: /c.json, access_token: x",
                "access_token and credentials_file are two ways"
            ),
            ("project: p, access_token: x, base_url: 'http://v.example'", "http is taken for a loopback address only"),
            ("project: p, access_token: x, flavors: { a: chat }", #"unknown key "flavors""#),
        ])
    func errors(_ row: String, _ message: String) {
        let host = TestHost(files: ["/bad.json": "no", "/c.json": Self.login])
        #expect(load(row, host).errors.first?.message.hasPrefix(message) == true)
    }
}
