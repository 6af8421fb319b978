/// What a call asks of a model, found while it is validated, for checking what a leg can do.
package struct CallFeatures: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Declares tools.
    package static let tools = CallFeatures(rawValue: 1 << 0)
    /// Has tool calls or tool results in its history.
    package static let toolHistory = CallFeatures(rawValue: 1 << 1)
    package static let images = CallFeatures(rawValue: 1 << 2)
    package static let audioInput = CallFeatures(rawValue: 1 << 3)
    package static let files = CallFeatures(rawValue: 1 << 4)
    package static let audioOutput = CallFeatures(rawValue: 1 << 5)
    /// Asks for JSON after a schema.
    package static let jsonSchema = CallFeatures(rawValue: 1 << 6)
    /// Sets a reasoning effort or budget.
    package static let reasoning = CallFeatures(rawValue: 1 << 7)
    package static let logprobs = CallFeatures(rawValue: 1 << 8)
    /// Asks for more than one choice.
    package static let severalChoices = CallFeatures(rawValue: 1 << 9)
    /// Has reasoning in its history that its own dialect did not seal.
    package static let foreignReasoning = CallFeatures(rawValue: 1 << 10)
    /// Asks that several tools may be called at once.
    package static let parallelToolCalls = CallFeatures(rawValue: 1 << 11)
}
