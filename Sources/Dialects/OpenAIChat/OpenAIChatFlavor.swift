/// How one provider's chat completions differ from OpenAI's own.
package struct OpenAIChatFlavor: Sendable, Equatable {
    /// The name of the output limit where the client did not choose one itself.
    package enum OutputLimitMember: String, Sendable {
        case maxCompletionTokens = "max_completion_tokens"
        case maxTokens = "max_tokens"
    }

    /// The name of the output limit in requests that come from another dialect, or from a route parameter.
    package var outputLimitMember: OutputLimitMember
    /// Whether `stream_options` is understood; if so, usage is always asked for in streams.
    package var takesStreamOptions: Bool
    /// Whether prompt-cache markers of other dialects are understood (OpenRouter).
    package var takesCacheMarkers: Bool
    /// Whether `top_k` of other dialects is understood (vLLM, OpenRouter and others; not OpenAI).
    package var takesTopK: Bool
    /// How the provider's embeddings differ from OpenAI's.
    package var embeddings: OpenAIEmbeddingsFlavor

    package init(
        outputLimitMember: OutputLimitMember = .maxTokens, takesStreamOptions: Bool = true,
        takesCacheMarkers: Bool = false, takesTopK: Bool = false,
        embeddings: OpenAIEmbeddingsFlavor = .openAI
    ) {
        self.outputLimitMember = outputLimitMember
        self.takesStreamOptions = takesStreamOptions
        self.takesCacheMarkers = takesCacheMarkers
        self.takesTopK = takesTopK
        self.embeddings = embeddings
    }

    /// OpenAI itself.
    package static let openAI = OpenAIChatFlavor(outputLimitMember: .maxCompletionTokens)
    /// Servers that follow OpenAI's older interface.
    package static let compatible = OpenAIChatFlavor()
}
