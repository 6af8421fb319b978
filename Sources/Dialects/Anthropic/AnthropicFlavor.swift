/// How one provider's Messages API differs from Anthropic's own.
package struct AnthropicFlavor: Sendable, Equatable {
    /// How a model is told to reason.
    package enum Thinking: String, Sendable {
        /// After the model's name; as a budget where the name says nothing.
        case byModel
        /// `thinking.budget_tokens`.
        case budget
        /// `thinking: {"type":"adaptive"}` and `output_config.effort`.
        case adaptive
        /// Not at all.
        case none
    }

    /// The output limit where the call states none, in tokens; this dialect demands one.
    package var defaultMaxTokens: Int
    package var thinking: Thinking
    /// Whether thinking without a seal is refused in the history, as Anthropic does; servers that seal nothing need theirs.
    package var refusesUnsealedThinking: Bool
    /// Whether `output_config.format` is understood.
    package var takesOutputFormat: Bool
    /// The version that stands in the body as `anthropic_version`, where the address names the model; nil where a header
    /// tells it, and the body the model (Anthropic documentation, "Claude on Vertex AI").
    package var versionInBody: String?

    package init(
        defaultMaxTokens: Int = 4096, thinking: Thinking = .byModel, refusesUnsealedThinking: Bool = true,
        takesOutputFormat: Bool = true, versionInBody: String? = nil
    ) {
        self.versionInBody = versionInBody
        self.defaultMaxTokens = defaultMaxTokens
        self.thinking = thinking
        self.refusesUnsealedThinking = refusesUnsealedThinking
        self.takesOutputFormat = takesOutputFormat
    }

    /// Anthropic itself.
    package static let anthropic = AnthropicFlavor()
    /// Vertex AI.
    package static let vertex = AnthropicFlavor(versionInBody: "vertex-2023-10-16")
    /// Servers of other vendors that speak Anthropic's protocol.
    package static let compatible = AnthropicFlavor(refusesUnsealedThinking: false)
}
