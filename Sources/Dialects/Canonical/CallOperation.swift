/// What a call asks for; whatever it is, the call goes through the same route, legs and records.
package enum CallOperation: Sendable, Equatable {
    /// The next turn of a conversation.
    case generate
    /// A vector for each of the call's messages.
    case embed(EmbeddingOptions)
    /// How many tokens the call would take.
    ///
    /// `isWrapped` is whether the request stood in a member of its own, which only Gemini's clients do.
    case countTokens(isWrapped: Bool)

    /// Whether the answer is a conversation's turn: streamed on demand, with output that commits and binds.
    package var isGeneration: Bool { self == .generate }
}
