/// How an answer is to be shaped; nil means that the client left it to the provider.
package struct CallOptions: Sendable, Equatable {
    package var temperature: Double?
    package var topP: Double?
    package var topK: Int?
    /// The limit of output tokens, reasoning included.
    package var maxOutputTokens: Int?
    /// Sequences that end the output.
    package var stop: [String]
    /// How many alternatives to make.
    package var choiceCount: Int?
    package var seed: Int?
    package var presencePenalty: Double?
    package var frequencyPenalty: Double?
    /// Token id to bias, as source text.
    package var logitBias: RawJSON?
    package var logprobs: Bool?
    package var topLogprobs: Int?
    /// `minimal`, `low`, `medium`, `high` or a word that a provider added.
    package var reasoningEffort: String?
    /// Tokens that may be spent on reasoning.
    package var reasoningBudgetTokens: Int?
    package var parallelToolCalls: Bool?
    package var responseFormat: ResponseFormat?
    /// Kinds of output, such as `text` and `audio`.
    package var modalities: [String]
    /// Voice and format of audio output, as source text.
    package var audio: RawJSON?
    /// Expected output that speeds up generation, as source text.
    package var prediction: RawJSON?
    /// Settings of the provider's web search, as source text.
    package var webSearch: RawJSON?
    package var verbosity: String?
    package var serviceTier: String?
    package var store: Bool?
    /// The client's labels, as source text.
    package var metadata: RawJSON?
    package var user: String?
    package var safetyIdentifier: String?
    package var promptCacheKey: String?

    package init() {
        stop = []
        modalities = []
    }
}

/// The form that the answer's text must have.
package enum ResponseFormat: Sendable, Equatable {
    case text
    /// Any JSON object.
    case jsonObject
    /// JSON after a schema.
    case jsonSchema(name: String?, description: String?, schema: RawJSON?, strict: Bool?)
    /// A form that only its own dialect knows, whole.
    case other(type: String, RawJSON)
}

/// The fields of a call that a request spells at one place, for naming them in the client's own words.
package enum CallField: String, Sendable, Hashable, CaseIterable {
    case temperature, topP, topK, maxOutputTokens, stop, choiceCount, seed, presencePenalty, frequencyPenalty
    case logitBias, logprobs, topLogprobs, reasoningEffort, reasoningBudgetTokens, parallelToolCalls, responseFormat
    case modalities, audio, prediction, webSearch, verbosity, serviceTier, store, metadata, user, safetyIdentifier
    case promptCacheKey, toolChoice, tools, instructions
}
