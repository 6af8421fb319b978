/// The vectors of a call's inputs, in their order.
package struct EmbeddingAnswer: Sendable, Equatable {
    package var vectors: [EmbeddingVector]
    /// The model as the provider names it; nil where it does not.
    package var model: String?
    /// What the inputs took; nil where the provider does not say.
    package var usage: Usage?

    package init(vectors: [EmbeddingVector], model: String? = nil, usage: Usage? = nil) {
        self.vectors = vectors
        self.model = model
        self.usage = usage
    }
}
