/// How one provider's Responses differ from OpenAI's own.
package struct OpenAIResponsesFlavor: Sendable, Hashable {
    /// Whether calls of other dialects, which are not kept unless they ask for it, say so: here the default is to keep.
    package var takesStore: Bool
    /// Whether `top_k` of other dialects is understood (vLLM and others; not OpenAI).
    package var takesTopK: Bool
    /// Whether it is the backend of ChatGPT's Codex, which takes little of the protocol and keeps nothing: see
    /// ``OpenAIResponsesCodex``.
    package var isCodex: Bool

    package init(takesStore: Bool = true, takesTopK: Bool = false, isCodex: Bool = false) {
        self.takesStore = takesStore
        self.takesTopK = takesTopK
        self.isCodex = isCodex
    }

    /// OpenAI itself.
    package static let openAI = OpenAIResponsesFlavor()
    /// The backend of ChatGPT's Codex.
    package static let codex = OpenAIResponsesFlavor(isCodex: true)
}
