/// How one provider's Responses differ from OpenAI's own.
package struct OpenAIResponsesFlavor: Sendable, Equatable {
    /// Whether calls of other dialects, which are not kept unless they ask for it, say so: here the default is to keep.
    package var takesStore: Bool
    /// Whether `top_k` of other dialects is understood (vLLM and others; not OpenAI).
    package var takesTopK: Bool

    package init(takesStore: Bool = true, takesTopK: Bool = false) {
        self.takesStore = takesStore
        self.takesTopK = takesTopK
    }

    /// OpenAI itself.
    package static let openAI = OpenAIResponsesFlavor()
}
