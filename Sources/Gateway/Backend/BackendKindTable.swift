import Dialects

extension BackendKind {
    /// Every kind, one row each; the order is that of the backends lip sets up when it has no file.
    package static let table: [BackendKind] =
        hosted + [azure, openAICodex] + clouds + serversOfOnesOwn + [acp] + inProcess

    /// Providers on the internet that need a key.
    private static let hosted: [BackendKind] = [
        provider(
            "openai-legacy", "https://api.openai.com/v1", key: "OPENAI_API_KEY", model: "gpt-4o-mini", chat: .openAI),
        provider(
            "openai-responses", "https://api.openai.com/v1", speaking: .openAIResponses, key: "OPENAI_API_KEY",
            model: "gpt-4o-mini"),
        provider(
            "openrouter", "https://openrouter.ai/api/v1", key: "OPENROUTER_API_KEY", firstNumber: 1,
            model: "openai/gpt-4o-mini", quirks: .namesApplication, chat: .openRouter, responses: .always,
            pinning: .body),
        provider(
            "nvidia", "https://integrate.api.nvidia.com/v1", key: "NVIDIA_API_KEY", firstNumber: 1,
            model: "nvidia/llama-3.1-nemotron-nano-8b-v1", chat: OpenAIChatFlavor(takesStreamOptions: false)),
        provider(
            "huggingface", "https://router.huggingface.co/v1", key: "HUGGINGFACE_API_KEY", firstNumber: 1,
            model: "meta-llama/Llama-3.3-70B-Instruct", pinning: .modelSuffix),
        provider(
            "mistral", "https://api.mistral.ai/v1", key: "MISTRAL_API_KEY", model: "mistral-small-latest",
            chat: .mistral),
        provider(
            "anthropic", "https://api.anthropic.com", speaking: .anthropicMessages, key: "ANTHROPIC_API_KEY",
            model: "claude-sonnet-4-5"),
        provider(
            "gemini", "https://generativelanguage.googleapis.com", speaking: .gemini, key: "GEMINI_API_KEY",
            model: "gemini-2.5-flash"),
        provider("xai", "https://api.x.ai/v1", key: "XAI_API_KEY", model: "grok-3-mini"),
        provider(
            "deepseek", "https://api.deepseek.com/v1", key: "DEEPSEEK_API_KEY", model: "deepseek-chat",
            chat: .rethinking),
        provider("groq", "https://api.groq.com/openai/v1", key: "GROQ_API_KEY", model: "llama-3.3-70b-versatile"),
        provider(
            "together", "https://api.together.xyz/v1", key: "TOGETHER_API_KEY",
            model: "meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        provider("perplexity", "https://api.perplexity.ai", key: "PERPLEXITY_API_KEY", model: "sonar"),
        provider("cerebras", "https://api.cerebras.ai/v1", key: "CEREBRAS_API_KEY", model: "llama3.1-8b"),
        provider(
            "moonshot", "https://api.moonshot.cn/v1", key: "MOONSHOT_API_KEY", model: "moonshot-v1-auto",
            chat: .rethinking),
        provider("minimax", "https://api.minimax.chat/v1", key: "MINIMAX_API_KEY", model: "MiniMax-Text-01"),
        provider(
            "qwen", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", key: "QWEN_API_KEY", model: "qwen-plus"),
        provider(
            "nebius", "https://api.studio.nebius.ai/v1", key: "NEBIUS_API_KEY",
            model: "meta-llama/Meta-Llama-3.3-70B-Instruct"),
        provider("novita", "https://api.novita.ai/v3/openai", key: "NOVITA_API_KEY", model: "deepseek/deepseek-v3"),
        provider(
            "bytedance", "https://ark.cn-beijing.volces.com/api/v3", key: "BYTEDANCE_API_KEY",
            model: "doubao-1.5-pro-32k"),
        provider(
            "zai", "https://api.z.ai/api/openai/v1", key: "ZAI_API_KEY", model: "glm-4-plus", chat: .rethinking),
        provider("canopywave", "https://api.canopywave.com/v1", key: "CANOPYWAVE_API_KEY", model: "model"),
        provider(
            "inference", "https://api.inference.net/v1", key: "INFERENCE_API_KEY", model: "inference-llama-3.1-8b"),
        provider("nanogpt", "https://nano-gpt.com/api/v1", key: "NANOGPT_API_KEY", model: "nanogpt-gpt-4o"),
        provider(
            "ollama-cloud", "https://ollama.com/v1", key: "OLLAMA_API_KEY", model: "gpt-oss:120b",
            quirks: .marksCloudModels, responses: .onRequest, prefixes: ["ollama-cloud/", "ollama-cloud:"]),
        openCode(
            "opencode-zen", "https://opencode.ai/zen/v1", keys: ["OPENCODE_API_KEY", "OPENCODE_ZEN_API_KEY"],
            model: "gpt-5-nano", prefixes: ["opencode-zen/", "opencode/"]),
        openCode(
            "opencode-go", "https://opencode.ai/zen/go/v1", keys: ["OPENCODE_GO_API_KEY"], model: "glm-5",
            prefixes: ["opencode-go/"]),
    ]

    /// OpenAI's models at Microsoft, where each customer has an address of its own.
    private static let azure: BackendKind = {
        var kind = BackendKind(id: "azure", wire: .openAIChat)
        kind.baseURLVariable = "AZURE_OPENAI_ENDPOINT"
        kind.keyVariables = [KeyVariables(root: "AZURE_OPENAI_API_KEY", firstNumber: 2)]
        kind.defaultModel = "gpt-4o-mini"
        kind.chat = .openAI
        kind.responses = .onRequest
        kind.keyField = .apiKey
        kind.addressing = .azure
        kind.strippedModelPrefixes = ["azure/"]
        return kind
    }()

    /// OpenAI's models as a ChatGPT subscription has them, with the login of OpenAI's Codex.
    private static let openAICodex: BackendKind = {
        var kind = BackendKind(id: "openai-codex", wire: .openAIResponses)
        kind.defaultBaseURL = "https://chatgpt.com/backend-api/codex"
        kind.chatPath = "/responses"
        kind.defaultModel = "gpt-5.4"
        kind.responsesFlavor = .codex
        kind.isPersonal = true
        kind.strippedModelPrefixes = ["openai-codex/", "codex/"]
        return kind
    }()

    /// Clouds whose address and credentials follow from settings of their own.
    private static let clouds = [bedrock, vertexai]

    /// Google's cloud, with the models of its partners.
    private static let vertexai: BackendKind = {
        var kind = BackendKind(id: "vertexai", wire: .gemini)
        kind.chatPath = "/v1"
        kind.defaultModel = "gemini-2.5-flash"
        kind.keyField = .bearer
        kind.addressing = .vertex
        kind.flavors = [ModelFlavor("claude-", .anthropicMessages)]
        kind.strippedModelPrefixes = ["vertexai/", "google/", "anthropic/"]
        return kind
    }()

    /// Amazon's models, whose address and credentials follow from a region and from AWS's own settings.
    private static let bedrock: BackendKind = {
        var kind = BackendKind(id: "bedrock", wire: .bedrockConverse)
        kind.chatPath = "/model"
        kind.keyVariables = [KeyVariables(root: "AWS_BEARER_TOKEN_BEDROCK", firstNumber: 2)]
        kind.defaultModel = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
        return kind
    }()

    /// Model servers that people run themselves, and the generic kind for anything else of this protocol.
    private static let serversOfOnesOwn: [BackendKind] = [
        server(
            "ollama", "http://localhost:11434/v1", chat: .compatible, responses: .onRequest,
            prefixes: ["ollama/", "ollama:"]),
        server("llamacpp", "http://localhost:8080/v1", prefixes: ["llamacpp/", "llamacpp:"]),
        server("lmstudio", "http://localhost:1234/v1", prefixes: ["lmstudio/", "lmstudio:"]),
        server("vllm", "http://localhost:8000/v1", responses: .always, prefixes: ["vllm/", "vllm:"]),
        custom("custom-openai-legacy-compatible", .openAIChat),
        custom("custom-openai-responses-compatible", .openAIResponses),
        custom("custom-anthropic-compatible", .anthropicMessages, quirks: .sealsNothing),
    ]

    /// Agents, of which every one has an address of its own; the model's name is only a name.
    private static let acp: BackendKind = {
        var kind = BackendKind(id: "acp", wire: .acp)
        kind.chatPath = "/v1/acp"
        kind.needsKey = false
        kind.defaultModel = "agent"
        return kind
    }()

    /// Kinds without an upstream.
    private static let inProcess: [BackendKind] = [stub("local-stub")]

    private static func provider(
        _ id: String, _ baseURL: String, speaking wire: Wire = .openAIChat, key: String, firstNumber: Int = 2,
        model: String, quirks: Quirks = [], chat: OpenAIChatFlavor = .compatible, responses: ResponsesSupport = .none,
        pinning: ProviderPinning = .none, prefixes: [String] = []
    ) -> BackendKind {
        var kind = BackendKind(id: id, wire: wire)
        if wire == .openAIResponses { kind.chatPath = "/responses" }
        kind.defaultBaseURL = baseURL
        kind.keyVariables = [KeyVariables(root: key, firstNumber: firstNumber)]
        kind.defaultModel = model
        kind.quirks = quirks
        kind.chat = chat
        kind.responses = responses
        kind.providerPinning = pinning
        kind.strippedModelPrefixes = prefixes
        return kind
    }

    /// OpenCode's gateways, where the model decides about the protocol (https://opencode.ai/docs/zen, "Endpoints").
    private static func openCode(
        _ id: String, _ baseURL: String, keys: [String], model: String, prefixes: [String]
    ) -> BackendKind {
        var kind = BackendKind(id: id, wire: .openAIChat)
        kind.defaultBaseURL = baseURL
        kind.keyVariables = keys.map { KeyVariables(root: $0, firstNumber: 2) }
        kind.defaultModel = model
        kind.quirks = .namesSession
        kind.flavors = [
            ModelFlavor("claude-", .anthropicMessages), ModelFlavor("gemini-", .gemini),
            ModelFlavor("gpt-", .openAIResponses),
        ]
        kind.strippedModelPrefixes = prefixes
        return kind
    }

    private static func server(
        _ id: String, _ baseURL: String, chat: OpenAIChatFlavor = .modelServer, responses: ResponsesSupport = .none,
        prefixes: [String]
    ) -> BackendKind {
        var kind = BackendKind(id: id, wire: .openAIChat)
        kind.defaultBaseURL = baseURL
        kind.needsKey = false
        kind.quirks = .takesPrompts
        kind.chat = chat
        kind.responses = responses
        kind.placeholderKey = id
        kind.strippedModelPrefixes = prefixes
        return kind
    }

    private static func custom(_ id: String, _ wire: Wire, quirks: Quirks = []) -> BackendKind {
        var kind = BackendKind(id: id, wire: wire)
        if wire == .openAIResponses { kind.chatPath = "/responses" }
        kind.quirks = quirks
        kind.needsKey = false
        return kind
    }

    private static func stub(_ id: String) -> BackendKind {
        var kind = BackendKind(id: id, wire: .inProcess)
        kind.needsKey = false
        return kind
    }
}
