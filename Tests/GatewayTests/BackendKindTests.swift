import Gateway
import Testing

@Suite("Backend kinds")
struct BackendKindTests {
    @Test("every row of the table is complete and its name unique")
    func table() {
        #expect(Set(BackendKind.table.map(\.id)).count == BackendKind.table.count)
        for kind in BackendKind.table where kind.wire != .inProcess {
            // Vertex AI and ChatGPT take access tokens, and they end.
            #expect(
                kind.needsKey == !kind.keyVariables.isEmpty || kind.addressing == .vertex || kind.isPersonal,
                "\(kind.id)")
            // That of a cloud follows from a region, a project or a customer's resource.
            let hasOwnAddress = [.bedrockConverse, .acp].contains(kind.wire) || kind.addressing != .path
            #expect(kind.defaultBaseURL != nil || hasOwnAddress || kind.id.hasPrefix("custom-"), "\(kind.id)")
            if let url = kind.defaultBaseURL {
                #expect(
                    url.hasPrefix(kind.needsKey ? "https://" : "http://localhost:") && !url.hasSuffix("/"), "\(kind.id)"
                )
            }
        }
    }

    @Test(
        "the providers have the defaults of their documentation",
        arguments: [
            ("openai-responses", "https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4o-mini"),
            ("anthropic", "https://api.anthropic.com", "ANTHROPIC_API_KEY", "claude-sonnet-4-5"),
            ("gemini", "https://generativelanguage.googleapis.com", "GEMINI_API_KEY", "gemini-2.5-flash"),
            ("openai-legacy", "https://api.openai.com/v1", "OPENAI_API_KEY", "gpt-4o-mini"),
            ("openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openai/gpt-4o-mini"),
            ("nvidia", "https://integrate.api.nvidia.com/v1", "NVIDIA_API_KEY", "nvidia/llama-3.1-nemotron-nano-8b-v1"),
            ("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "llama-3.3-70b-versatile"),
            ("perplexity", "https://api.perplexity.ai", "PERPLEXITY_API_KEY", "sonar"),
            ("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "mistral-small-latest"),
            ("ollama-cloud", "https://ollama.com/v1", "OLLAMA_API_KEY", "gpt-oss:120b"),
            ("opencode-go", "https://opencode.ai/zen/go/v1", "OPENCODE_GO_API_KEY", "glm-5"),
        ])
    func providers(_ id: String, _ url: String, _ variable: String, _ model: String) throws {
        let kind = try #require(BackendKind.named(id))
        #expect(kind.defaultBaseURL == url)
        #expect(kind.keyVariables.map(\.root) == [variable])
        #expect(kind.defaultModel == model)
    }

    @Test("numbered keys end at the first gap, except that a missing 1 is none")
    func keyNumbers() {
        func found(_ first: Int, _ variables: [String: String]) -> [String] {
            BackendKind.KeyVariables(root: "K", firstNumber: first).lookUp { variables[$0] }.map(\.value)
        }
        #expect(found(2, ["K": "a", "K_2": "b", "K_4": "d"]) == ["a", "b"])
        #expect(found(2, ["K_2": "b"]) == ["b"])
        #expect(found(2, ["K": "a", "K_1": "x", "K_2": "a"]) == ["a"])
        #expect(found(1, ["K": "a", "K_2": "b", "K_3": "c", "K_5": "e"]) == ["a", "b", "c"])
        #expect(found(1, ["K_1": " a ", "K_2": " "]) == ["a"])
        let many = Dictionary(uniqueKeysWithValues: (2...40).map { ("K_\($0)", "v\($0)") })
        #expect(found(2, many).count == 31)
    }

    @Test("a server's own prefix is cut from the model, and nothing else")
    func prefixes() throws {
        let kind = try #require(BackendKind.named("ollama"))
        #expect(kind.wireModel("ollama/qwen") == "qwen")
        #expect(kind.wireModel("ollama:qwen") == "qwen")
        #expect(kind.wireModel("ollama/") == "ollama/")
        #expect(kind.wireModel("meta/qwen") == "meta/qwen")
        #expect(try #require(BackendKind.named("openai-legacy")).wireModel("ollama/x") == "ollama/x")
    }
}
