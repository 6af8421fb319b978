/// A sort of upstream: how it is reached and spoken to.
///
/// Every kind is a row of ``BackendKind/table``.
package struct BackendKind: Sendable, Hashable {
    /// The name used in `backends[].kind`.
    package var id: String
    package var wire: Wire
    /// Nil where the file must name one, and for in-process kinds.
    package var defaultBaseURL: String?
    /// Appended to the base URL for chat requests.
    package var chatPath = "/chat/completions"
    /// Families of environment variables that may hold keys; the first family with a key is used.
    package var keyVariables: [KeyVariables] = []
    /// Whether requests without a key are bound to be refused.
    package var needsKey = true
    /// What keyless servers are sent as a key, since clients of theirs always send one.
    package var placeholderKey: String?
    /// The model of a derived default route.
    package var defaultModel = "model"
    package var quirks: Quirks = []
    /// Whether the selector's `provider` parameter pins a sub-provider, and how.
    package var providerPinning = ProviderPinning.none
    /// Cut from the front of a model name before it is sent, since the server does not know them.
    package var strippedModelPrefixes: [String] = []

    /// What a kind speaks.
    package enum Wire: Sendable, Hashable {
        /// OpenAI Chat Completions over HTTP with a bearer key.
        case openAIChat
        /// OpenAI Responses over HTTP with a bearer key.
        case openAIResponses
        /// Anthropic Messages over HTTP with `x-api-key`.
        case anthropicMessages
        /// Gemini's generateContent over HTTP with `x-goog-api-key`.
        case gemini
        /// Amazon Bedrock's Converse over HTTP, signed or with a bearer key.
        case bedrockConverse
        /// Answered inside the process.
        case inProcess
        /// A known kind that this version cannot speak to.
        case unsupported
    }

    /// A family of environment variables: the root itself, then numbered ones.
    package struct KeyVariables: Sendable, Hashable {
        package var root: String
        /// The first number that follows the bare root, 1 or 2.
        package var firstNumber: Int

        package init(root: String, firstNumber: Int) {
            self.root = root
            self.firstNumber = firstNumber
        }
    }

    /// Departures from the protocol that a request encoder heeds.
    package struct Quirks: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Does not accept `stream_options`.
        package static let dropsStreamOptions = Quirks(rawValue: 1 << 0)
        /// Wants `max_tokens` where the protocol has `max_completion_tokens`.
        package static let usesMaxTokens = Quirks(rawValue: 1 << 1)
        /// Takes `static_referer` and `static_title` as `HTTP-Referer` and `X-Title`.
        package static let namesApplication = Quirks(rawValue: 1 << 2)
        /// Gives thinking without a seal, and takes it back so.
        package static let sealsNothing = Quirks(rawValue: 1 << 3)
        /// Has OpenAI's legacy completions, for any model.
        package static let takesPrompts = Quirks(rawValue: 1 << 4)
        /// Has Mistral's members in requests for embeddings.
        package static let embedsLikeMistral = Quirks(rawValue: 1 << 5)
    }

    /// Where a pinned sub-provider goes.
    package enum ProviderPinning: Sendable, Hashable {
        case none
        /// Into the body: `provider: {order: [slug], allow_fallbacks: false}`.
        case body
        /// Behind the model: `model:slug`.
        case modelSuffix
    }

    package init(id: String, wire: Wire) {
        self.id = id
        self.wire = wire
    }

    /// The kind with this name, supported or not; nil for an unknown one.
    package static func named(_ id: String) -> BackendKind? {
        table.first { $0.id == id }
    }

    /// Kinds that this version can speak to, in the order of the table.
    package static var supported: [BackendKind] {
        table.filter { $0.wire != .unsupported }
    }

    /// Whether its servers can be asked for their models.
    package var listsModels: Bool {
        switch wire {
        case .openAIChat, .openAIResponses, .anthropicMessages, .gemini: true
        // Amazon lists models at another address than it serves them.
        case .bedrockConverse, .inProcess, .unsupported: false
        }
    }

    /// The model name as this kind's server knows it.
    package func wireModel(_ model: String) -> String {
        for prefix in strippedModelPrefixes where model.hasPrefix(prefix) && model.utf8.count > prefix.utf8.count {
            return String(model.dropFirst(prefix.count))
        }
        return model
    }
}

extension BackendKind.KeyVariables {
    /// The largest number looked for.
    package static let numberMax = 32

    /// The variables that hold a key, in order: the bare name, then the numbered ones up to the first gap.
    ///
    /// Where the numbers begin with 1, a missing 1 is no gap. Blank values count as missing, repeated values once.
    package func lookUp(_ variable: (String) -> String?) -> [(name: String, value: String)] {
        var found: [(name: String, value: String)] = []
        func take(_ name: String) -> Bool {
            guard let value = variable(name).map(Self.trimmed), !value.isEmpty else { return false }
            if !found.contains(where: { $0.value == value }) { found.append((name, value)) }
            return true
        }
        _ = take(root)
        for number in firstNumber...Self.numberMax {
            if !take("\(root)_\(number)"), number != 1 { break }
        }
        return found
    }

    private static func trimmed(_ text: String) -> String {
        let isBlank: (Character) -> Bool = { $0.isWhitespace }
        guard let start = text.firstIndex(where: { !isBlank($0) }), let end = text.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(text[start...end])
    }
}
