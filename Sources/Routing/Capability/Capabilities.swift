import Dialects

/// What a model can do, as far as it decides whether a call may go there.
package struct Capabilities: OptionSet, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let tools = Capabilities(rawValue: 1 << 0)
    package static let vision = Capabilities(rawValue: 1 << 1)
    package static let documents = Capabilities(rawValue: 1 << 2)
    /// Hears or speaks.
    package static let audio = Capabilities(rawValue: 1 << 3)
    /// Answers after a JSON schema.
    package static let structuredOutputs = Capabilities(rawValue: 1 << 4)
    package static let reasoning = Capabilities(rawValue: 1 << 5)
    package static let logprobs = Capabilities(rawValue: 1 << 6)
    package static let parallelToolCalls = Capabilities(rawValue: 1 << 7)
    /// Never asked for: a provider that cannot stream is asked for a whole answer by `upstream_streaming`.
    package static let streaming = Capabilities(rawValue: 1 << 8)

    /// What is assumed of a model of which nothing was said.
    package static let all = Capabilities(rawValue: (1 << 9) - 1)
    /// What a call can do without: the option is left out where the model does not have it.
    package static let soft: Capabilities = [.reasoning, .parallelToolCalls]

    /// What agents have unless something else is said of them: their own tools and formats are no business of clients', and
    /// what they are shown, and their thoughts, they have as models do.
    package static let ofAgents: Capabilities = [.streaming, .vision, .documents, .reasoning]

    /// The names that configurations and messages use, in the order in which they are told.
    private static let named: [(name: String, capability: Capabilities)] = [
        ("tools", .tools), ("vision", .vision), ("documents", .documents), ("audio", .audio),
        ("structured_outputs", .structuredOutputs), ("reasoning", .reasoning), ("logprobs", .logprobs),
        ("parallel_tool_calls", .parallelToolCalls), ("streaming", .streaming),
    ]

    /// Every name there is.
    package static let allNames = named.map(\.name)

    /// The capability of this name; nil if there is none.
    package init?(name: String) {
        guard let known = Self.named.first(where: { $0.name == name }) else { return nil }
        self = known.capability
    }

    /// The names of what is in the set.
    package var names: [String] { Self.named.filter { contains($0.capability) }.map(\.name) }

    /// What a call asks of a model, hard and soft.
    package init(requiredBy features: CallFeatures) {
        self = []
        for (feature, capability) in Self.required where features.contains(feature) { insert(capability) }
    }

    // What the history holds is not asked for: models without tools read old calls as text.
    private static let required: [(CallFeatures, Capabilities)] = [
        (.tools, .tools), (.images, .vision), (.files, .documents), (.audioInput, .audio), (.audioOutput, .audio),
        (.jsonSchema, .structuredOutputs), (.reasoning, .reasoning), (.logprobs, .logprobs),
        (.parallelToolCalls, .parallelToolCalls),
    ]
}
