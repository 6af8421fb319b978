import Gateway

/// What people call the kinds of backends who do not know lip's own names: the vendor, its models, its products.
enum BackendKindWords {
    /// Each kind with its other names, in small letters and digits only.
    private static let names: [(kind: String, words: [String])] = [
        ("openai-legacy", ["openai", "openaichat", "chatcompletions", "chatgpt", "gpt"]),
        ("openai-responses", ["responses"]),
        ("openai-codex", ["codex"]),
        ("azure", ["azureopenai", "azureai", "openaiazure", "microsoft", "foundry"]),
        ("anthropic", ["claude", "anthropicmessages", "messages"]),
        ("gemini", ["google", "googleai", "googlegemini", "googlegenai", "genai", "aistudio", "googleaistudio"]),
        ("vertexai", ["vertex", "googlevertex", "googlevertexai", "googlecloud", "gcp"]),
        ("bedrock", ["aws", "amazon", "awsbedrock", "amazonbedrock", "bedrockconverse"]),
        ("xai", ["grok"]),
        ("mistral", ["mistralai", "codestral"]),
        ("moonshot", ["kimi", "moonshotai"]),
        ("zai", ["glm", "zhipu", "zhipuai", "bigmodel"]),
        ("qwen", ["alibaba", "dashscope", "aliyun", "tongyi"]),
        ("bytedance", ["doubao", "volcengine", "ark"]),
        ("perplexity", ["pplx", "sonar"]),
        ("huggingface", ["hf"]),
        ("nvidia", ["nim", "nvidianim"]),
        ("together", ["togetherai"]),
        ("opencode-zen", ["opencode", "zen"]),
        ("llamacpp", ["llama", "llamaserver", "ggml"]),
        (
            "custom-openai-legacy-compatible",
            [
                "custom", "generic", "compatible", "openaicompatible", "openailike", "litellm", "localai", "sglang",
                "tgi",
            ]
        ),
        ("custom-anthropic-compatible", ["anthropiccompatible"]),
        ("acp", ["agent", "agentclientprotocol"]),
        ("local-stub", ["stub", "mock", "echo", "fake"]),
    ]

    /// The kinds that have other names.
    static var kinds: [String] { names.map(\.kind) }

    /// `did you mean "x"?` for a word that is no kind: the kind that goes by it, else the nearest name; nil for neither.
    static func didYouMean(_ word: String) -> String? {
        let letters = word.lowercased().filter { $0.isLetter || $0.isNumber }
        if let known = names.first(where: { $0.words.contains(letters) }) {
            return "did you mean \(quoted(known.kind))?"
        }
        return Suggestion.didYouMean(word, among: BackendKind.table.map(\.id))
    }
}
