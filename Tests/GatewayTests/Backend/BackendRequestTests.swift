import Dialects
import Routing
import Runtime
import Testing

@testable import Gateway
@testable import Transport

/// Where requests go and what stands in their heads, by kind.
@Suite("Requests of the kinds")
struct BackendRequestTests {
    private func backend(
        _ kind: String, _ change: (inout BackendConfiguration) -> Void = { _ in }
    ) throws -> Backend {
        var configuration = BackendConfiguration(id: "b", kind: try #require(BackendKind.named(kind)))
        configuration.keys = [Secret("the-key-of-tests")]
        change(&configuration)
        return try Backend(configuration, index: 0)
    }

    private func call(_ dialect: DialectID) throws -> Call {
        let body =
            switch dialect {
            case .openAIResponses: #"{"model":"m","input":"hi"}"#
            case .anthropicMessages: #"{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}"#
            case .openAICompletions: #"{"model":"m","prompt":"hi"}"#
            case .gemini: #"{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}"#
            default: #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#
            }
        return try Translation.decode(Array(body.utf8), from: dialect)
    }

    private func request(
        _ backend: Backend, _ model: String, from dialect: DialectID = .openAIChat, stream: Bool = false
    ) throws -> HTTPClientRequest {
        let call = try call(dialect)
        let codec = backend.codec(for: call, as: model)
        return backend.request(
            [], for: call, in: codec, as: backend.wireModel(model, provider: nil), stream: stream, lease: nil)
    }

    private func lines(_ request: HTTPClientRequest) throws -> [String] {
        try #require(request.preparedHeaders).list.lines
    }

    // MARK: Parameters of the route

    @Test("a kind names the route parameters that it has no place for, and so do its requests")
    func placelessParameters() throws {
        let values = [
            "temperature": "0.5", "top_p": "0.5", "max_output_tokens": "2000", "reasoning_effort": "low",
            "parallel_tool_calls": "no", "verbosity": "low",
        ]
        for kind in BackendKind.table where kind.wire != .inProcess && kind.flavors.isEmpty {
            let backend = try backend(kind.id) {
                $0.baseURL = "http://h"
                if kind.wire == .acp { $0.agent = ACPSettings(clientVersion: "1") }
            }
            for (name, value) in values {
                let leaf = try Selector.parse("b:m?\(name)=\(value)").arms[0].legs[0]
                let call = try call(.openAIChat)
                let encoded = try backend.codec(for: call, as: "m").encode(
                    call, as: "m", stream: false, parameters: RouteParameters(leaf))
                let isNamed = encoded.droppedFields.contains("route.\(name)")
                // Of a model may be known more than of its kind.
                if kind.placelessParameters.contains(name) {
                    #expect(isNamed, "\(kind.id) \(name) \(encoded.droppedFields)")
                }
                let plain = try backend.codec(for: call, as: "m").encode(
                    call, as: "m", stream: false, parameters: .none)
                // Of no tools none are called, one by one or at once.
                let isIdle = name == "parallel_tool_calls" && kind.wire == .anthropicMessages
                #expect(
                    encoded.body != plain.body || isNamed || isIdle, "\(kind.id) \(name) \(encoded.droppedFields)")
            }
        }
    }

    @Test(
        "a sub-provider that cannot be pinned is named as left out",
        arguments: [
            ("vllm", "m", true), ("local-stub", "m", true), ("anthropic", "m", true), ("openrouter", "m", false),
            ("huggingface", "m", false), ("huggingface", "m:fastest", true),
        ])
    func pinnedProvider(kind: String, model: String, isLost: Bool) throws {
        let backend = try backend(kind)
        let leaf = try Selector.parse("b:\(model)?provider=deepinfra&foo=1").arms[0].legs[0]
        let lost = backend.placelessParameters(of: leaf)
        #expect(lost == ["route.foo"] + (isLost ? ["route.provider"] : []))
        #expect(backend.placelessParameters(of: try Selector.parse("b:m?provider=").arms[0].legs[0]) == [])
        var encoded = EncodedRequest(body: Array(#"{"provider":{"order":["x"]}}"#.utf8))
        try backend.pin("deepinfra", in: &encoded)
        #expect(encoded.droppedFields == (kind == "openrouter" ? ["route.provider"] : []))
    }

    @Test("a request that is carried names the route's parameters that its protocol has no place for")
    func carriedParameters() throws {
        let leaf = try Selector.parse("b:m?verbosity=low&parallel_tool_calls=no&reasoning_effort=low").arms[0].legs[0]
        func lost(_ kind: String, _ dialect: DialectID) throws -> [String] {
            let (backend, call) = (try backend(kind) { $0.baseURL = "http://h" }, try call(dialect))
            return try backend.codec(for: call, as: "m").encode(
                call, as: "m", stream: false, parameters: RouteParameters(leaf)
            ).droppedFields
        }
        #expect(
            try lost("vllm", .openAICompletions) == [
                "route.reasoning_effort", "route.parallel_tool_calls", "route.verbosity",
            ])
        #expect(try lost("anthropic", .anthropicMessages).contains("route.verbosity"))
        #expect(try lost("gemini", .gemini).contains("route.verbosity"))
        #expect(try lost("openai-legacy", .openAIChat) == [])
    }

    // MARK: Agents

    @Test(
        "an agent's address ends with its path, whether or not the version was said",
        arguments: ["http://agent:7000", "http://agent:7000/v1"])
    func agentAddress(_ base: String) throws {
        let backend = try backend("acp") {
            $0.baseURL = base
            $0.agent = ACPSettings(clientVersion: "1")
        }
        for request in [try request(backend, "agent"), backend.request(message: [1], lease: nil)] {
            #expect(request.url == "http://agent:7000/v1/acp")
            let lines = try lines(request)
            #expect(lines.contains("Authorization: Bearer the-key-of-tests"))
            #expect(lines.contains("Accept: application/x-ndjson, application/json"))
        }
        #expect(backend.request(message: [], lease: nil).timeouts.total == .seconds(600))
        #expect(backend.request(message: [], lease: nil, timeMax: .seconds(5)).timeouts.total == .seconds(5))
    }

    @Test("an agent's answer is always a stream, and one of lines")
    func agentForms() throws {
        let backend = try backend("acp") {
            $0.agent = ACPSettings(clientVersion: "1")
            $0.upstreamStreaming = .never
        }
        let call = try call(.openAIChat)
        #expect(backend.streams(call, mustShowFirstToken: false))
        let codec = backend.codec(for: call, as: "agent")
        func isStream(_ type: ContentType, in codec: ProviderCodec) -> Bool {
            if case .stream = codec.form(of: type) { true } else { false }
        }
        let chat = ProviderCodec.openAIChat(.openAI)
        for (type, agents, others) in [
            (.missing, true, true), (.json, true, false), (.jsonLines, true, false), (.eventStream, false, true),
            (.amazonEventStream, false, false), (.other("text/html"), false, false),
        ] as [(ContentType, Bool, Bool)] {
            #expect(isStream(type, in: codec) == agents, "\(type)")
            #expect(isStream(type, in: chat) == others, "\(type)")
        }
        #expect(isStream(.amazonEventStream, in: .bedrockConverse))
        #expect(!codec.hasEmbeddings && !codec.countsTokens(of: .anthropicMessages))
    }

    // MARK: Azure

    @Test(
        "Azure has the deployment and the version in the address, and the key in a field of its own",
        arguments: [
            (
                "2024-10-21", DialectID.openAIChat,
                "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"
            ),
            ("2025-04-01-preview", .openAIResponses, "/openai/responses?api-version=2025-04-01-preview"),
            ("v1", .openAIChat, "/openai/v1/chat/completions"), ("v1", .openAIResponses, "/openai/v1/responses"),
        ])
    func azure(_ version: String, _ dialect: DialectID, _ path: String) throws {
        let backend = try backend("azure") {
            $0.baseURL = "https://r.openai.azure.com"
            $0.apiVersion = version
            $0.responsesAPI = .enabled
        }
        let request = try request(backend, "azure/my gpt", from: dialect)
        #expect(request.url == "https://r.openai.azure.com\(path)")
        let lines = try lines(request)
        #expect(lines.contains("api-key: the-key-of-tests"))
        #expect(!lines.contains { $0.hasPrefix("Authorization") })
    }

    @Test("a deployment's name cannot lead anywhere else")
    func azureTraversal() throws {
        let backend = try backend("azure") { $0.baseURL = "https://r.openai.azure.com" }
        let url = try request(backend, "../../x?y#z").url
        #expect(url.hasPrefix("https://r.openai.azure.com/openai/deployments/..%2F..%2Fx%3Fy%23z/chat/"))
    }

    // MARK: Responses after the client

    @Test(
        "a server with both of OpenAI's protocols is spoken to in the client's",
        arguments: [
            ("openrouter", BackendConfiguration.ResponsesAPI.auto, true), ("openrouter", .disabled, false),
            ("vllm", .auto, true), ("vllm", .disabled, false), ("ollama", .auto, false), ("ollama", .enabled, true),
            ("ollama-cloud", .auto, false), ("lmstudio", .enabled, false),
        ])
    func responses(_ kind: String, _ setting: BackendConfiguration.ResponsesAPI, _ follows: Bool) throws {
        let backend = try backend(kind) {
            $0.baseURL = "http://h/v1"
            $0.responsesAPI = setting
        }
        let asked = try request(backend, "m", from: .openAIResponses)
        #expect(asked.url == (follows ? "http://h/v1/responses" : "http://h/v1/chat/completions"))
        #expect(try lines(asked).contains("Authorization: Bearer the-key-of-tests"))
        #expect(try request(backend, "m", from: .anthropicMessages).url == "http://h/v1/chat/completions")
        #expect(try request(backend, "m").url == "http://h/v1/chat/completions")
    }

    // MARK: Flavours by model

    @Test(
        "OpenCode's models decide about the protocol, and the file before them",
        arguments: [
            ("claude-sonnet-4-5", "/messages", "x-api-key: the-key-of-tests"),
            ("gemini-3-pro", "/models/gemini-3-pro:streamGenerateContent?alt=sse", "x-goog-api-key: the-key-of-tests"),
            ("gpt-5", "/responses", "Authorization: Bearer the-key-of-tests"),
            ("opencode/gpt-5", "/responses", "Authorization: Bearer the-key-of-tests"),
            ("kimi-k2", "/chat/completions", "Authorization: Bearer the-key-of-tests"),
            ("gpt-oss-120b", "/chat/completions", "Authorization: Bearer the-key-of-tests"),
            ("minimax-m2", "/messages", "x-api-key: the-key-of-tests"),
        ])
    func openCode(_ model: String, _ path: String, _ line: String) throws {
        let backend = try backend("opencode-zen") {
            $0.flavors = [.init("gpt-oss", .openAIChat), .init("minimax-", .anthropicMessages)]
        }
        for dialect in [DialectID.openAIChat, .openAIResponses, .anthropicMessages] {
            let request = try request(backend, model, from: dialect, stream: true)
            #expect(request.url == "https://opencode.ai/zen/v1\(path)")
            #expect(try lines(request).contains(line))
        }
    }

    // MARK: Vertex AI

    @Test(
        "Vertex AI has project, location and publisher in the address, and a bearer token",
        arguments: [
            ("gemini-2.5-pro", true, "google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
            ("gemini-2.5-pro", false, "google/models/gemini-2.5-pro:generateContent"),
            ("claude-opus-4@20250514", true, "anthropic/models/claude-opus-4@20250514:streamRawPredict"),
            ("anthropic/claude-opus-4@20250514", false, "anthropic/models/claude-opus-4@20250514:rawPredict"),
        ])
    func vertex(_ model: String, _ stream: Bool, _ path: String) throws {
        let backend = try backend("vertexai") {
            $0.google = GooglePlace(project: "p", location: "europe-west1")
            $0.baseURL = GooglePlace(project: "p", location: "europe-west1").vertexURL
        }
        let request = try request(backend, model, stream: stream)
        #expect(
            request.url
                == "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/publishers/\(path)"
        )
        #expect(try lines(request).contains("Authorization: Bearer the-key-of-tests"))
        let fields = backend.fields(
            for: try call(.openAIChat), as: model, from: HTTPHeaders(), of: .openAIChat, session: "s")
        #expect(fields.isEmpty)
    }

    @Test("Vertex AI's host follows from the location")
    func vertexHosts() {
        #expect(GooglePlace(project: "p", location: "global").vertexURL == "https://aiplatform.googleapis.com")
        #expect(GooglePlace(project: "p", location: "eu").vertexURL == "https://aiplatform.eu.rep.googleapis.com")
    }

    // MARK: Header fields of a request

    @Test("OpenRouter learns of the client's application, else of the configured one")
    func application() throws {
        let backend = try backend("openrouter") {
            $0.headers = [
                BackendHeader(name: "HTTP-Referer", value: Secret("https://static.example")),
                BackendHeader(name: "X-Title", value: Secret("Static")),
                BackendHeader(name: "X-Team", value: Secret("team")),
            ]
        }
        let chat = try call(.openAIChat)
        func fields(_ client: HTTPHeaders) -> [String] {
            backend.fields(for: chat, as: "m", from: client, of: .openAIChat, session: "s").map { "\($0): \($1)" }
        }
        #expect(fields(HTTPHeaders()) == ["HTTP-Referer: https://static.example", "X-Title: Static"])
        var client = HTTPHeaders()
        client.append("x-title", "Mine")
        #expect(fields(client) == ["HTTP-Referer: https://static.example", "X-Title: Mine"])
        let prepared = try lines(request(backend, "m"))
        #expect(prepared.contains("X-Team: team"))
        #expect(!prepared.contains { $0.hasPrefix("X-Title") || $0.hasPrefix("HTTP-Referer") })
        #expect(
            try self.backend("openai-legacy").fields(for: chat, as: "m", from: client, of: .openAIChat, session: "s")
                .isEmpty)
    }

    @Test("OpenCode learns of the client's session, else of lip's")
    func session() throws {
        let backend = try backend("opencode-go")
        let chat = try call(.openAIChat)
        var client = HTTPHeaders()
        #expect(
            backend.fields(for: chat, as: "m", from: client, of: .openAIChat, session: "ours").map(\.value) == ["ours"])
        client.append("X-OpenCode-Session", "theirs")
        #expect(
            backend.fields(for: chat, as: "m", from: client, of: .openAIChat, session: "ours").map(\.value)
                == ["theirs"])
    }

    @Test(
        "Ollama's cloud knows its models by their ending",
        arguments: [
            ("gpt-oss:120b", "gpt-oss:120b-cloud"), ("gpt-oss:120b-cloud", "gpt-oss:120b-cloud"),
            ("ollama-cloud/glm-4.6", "glm-4.6:cloud"), ("glm-4.6:cloud", "glm-4.6:cloud"),
            ("org/kimi:1t", "org/kimi:1t-cloud"),
        ])
    func cloudModels(_ model: String, _ wire: String) throws {
        #expect(try #require(BackendKind.named("ollama-cloud")).wireModel(model) == wire)
    }
}
