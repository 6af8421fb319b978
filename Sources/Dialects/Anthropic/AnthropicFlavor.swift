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

    package init(
        defaultMaxTokens: Int = 4096, thinking: Thinking = .byModel, refusesUnsealedThinking: Bool = true,
        takesOutputFormat: Bool = true
    ) {
        self.defaultMaxTokens = defaultMaxTokens
        self.thinking = thinking
        self.refusesUnsealedThinking = refusesUnsealedThinking
        self.takesOutputFormat = takesOutputFormat
    }

    /// Anthropic itself.
    package static let anthropic = AnthropicFlavor()
    /// Servers of other vendors that speak Anthropic's protocol.
    package static let compatible = AnthropicFlavor(refusesUnsealedThinking: false)
}
