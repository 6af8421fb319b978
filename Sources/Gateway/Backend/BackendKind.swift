import Dialects

/// A sort of upstream: how it is reached and spoken to.
///
/// Every kind is a row of ``BackendKind/table``.
package struct BackendKind: Sendable, Hashable {
    /// The name used in `backends[].kind`.
    package var id: String
    package var wire: Wire
    /// Nil where the file must name one, and for in-process kinds.
    package var defaultBaseURL: String?
    /// The environment variable that may hold the base URL.
    package var baseURLVariable: String?
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
    /// How its chat completions differ from OpenAI's.
    package var chat = OpenAIChatFlavor.compatible
    /// Whether it has OpenAI's Responses beside Chat Completions, unless `responses_api` says otherwise.
    package var responses = ResponsesSupport.none
    /// How its Responses differ from OpenAI's, where they are what it speaks.
    package var responsesFlavor = OpenAIResponsesFlavor.openAI
    /// Whether it is used with one person's own login: never without being configured, and by that person alone.
    package var isPersonal = false
    /// What it speaks to models whose names begin so, in place of ``wire``; the longest prefix counts.
    package var flavors: [ModelFlavor] = []
    /// Where a key goes.
    package var keyField = KeyField.ofProtocol
    /// How the address of a call is put together.
    package var addressing = Addressing.path
    /// Whether the selector's `provider` parameter pins a sub-provider, and how.
    package var providerPinning = ProviderPinning.none
    /// Cut from the front of a model name before it is sent, since the server does not know them.
    package var strippedModelPrefixes: [String] = []

    /// What a kind speaks.
    package enum Wire: String, Sendable, Hashable, CaseIterable {
        /// OpenAI Chat Completions over HTTP with a bearer key.
        case openAIChat = "chat"
        /// OpenAI Responses over HTTP with a bearer key.
        case openAIResponses = "responses"
        /// Anthropic Messages over HTTP with `x-api-key`.
        case anthropicMessages = "anthropic"
        /// Gemini's generateContent over HTTP with `x-goog-api-key`.
        case gemini
        /// Amazon Bedrock's Converse over HTTP, signed or with a bearer key.
        case bedrockConverse = "bedrock"
        /// The Agent Client Protocol over HTTP: JSON-RPC requests, answered in lines of JSON.
        case acp
        /// Answered inside the process.
        case inProcess = "in_process"

        /// What `flavors` may name.
        package static let ofFlavors: [Wire] = [.openAIChat, .openAIResponses, .anthropicMessages, .gemini]
    }

    /// What is spoken to the models whose names begin in some way.
    package struct ModelFlavor: Sendable, Hashable {
        package var prefix: String
        package var wire: Wire

        package init(_ prefix: String, _ wire: Wire) {
            self.prefix = prefix
            self.wire = wire
        }
    }

    /// Whether a server of Chat Completions has Responses as well.
    package enum ResponsesSupport: Sendable, Hashable {
        /// It has none, and cannot be told otherwise.
        case none
        /// It may; the file must say so.
        case onRequest
        /// It has: calls that clients make in Responses go out so.
        case always
    }

    /// The header field of a key.
    package enum KeyField: Sendable, Hashable {
        /// The one of the protocol.
        case ofProtocol
        /// `api-key` (Azure OpenAI REST reference, "Authentication").
        case apiKey
        /// `Authorization: Bearer`, whatever the protocol.
        case bearer
    }

    /// How the address of a call is put together.
    package enum Addressing: Sendable, Hashable {
        /// The base URL and a path of the protocol.
        case path
        /// The resource, the deployment and the API's version (Azure OpenAI).
        case azure
        /// Project, location, publisher and model (Vertex AI).
        case vertex
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

    /// What sets a kind apart beside its protocol.
    package struct Quirks: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Learns which application calls by `HTTP-Referer` and `X-Title`: the client's own, else `static_referer` and
        /// `static_title`.
        package static let namesApplication = Quirks(rawValue: 1 << 0)
        /// Gives thinking without a seal, and takes it back so.
        package static let sealsNothing = Quirks(rawValue: 1 << 1)
        /// Has OpenAI's legacy completions, for any model.
        package static let takesPrompts = Quirks(rawValue: 1 << 2)
        /// Wants `x-opencode-session` with each request.
        package static let namesSession = Quirks(rawValue: 1 << 3)
        /// Knows its models by names that end in `-cloud`, or `:cloud` where they have no tag.
        package static let marksCloudModels = Quirks(rawValue: 1 << 4)
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

    /// Whether the base URL follows from what else the file says, such as a region.
    package var addressFollows: Bool { wire == .bedrockConverse || addressing == .vertex }

    /// Whether it is the backend of ChatGPT's Codex.
    package var isCodex: Bool { responsesFlavor.isCodex }

    /// The kind with this name; nil for an unknown one.
    package static func named(_ id: String) -> BackendKind? {
        table.first { $0.id == id }
    }

    /// Whether its servers can be asked for their models.
    package var listsModels: Bool {
        switch wire {
        case .openAIChat, .anthropicMessages, .gemini, .bedrockConverse: true
        // Codex has a list of a form of its own, for each version of its client.
        case .openAIResponses: !isCodex
        // An agent has none.
        case .acp, .inProcess: false
        }
    }

    /// The route parameters that no model of this kind has a place for; they are left out and named.
    package var placelessParameters: Set<String> {
        var names: Set<String> =
            switch wire {
            case .openAIChat, .inProcess: []
            case .openAIResponses:
                isCodex ? ["temperature", "top_p", "topP", "max_output_tokens", "max_tokens"] : []
            case .anthropicMessages: ["verbosity"]
            case .gemini, .bedrockConverse: ["verbosity"]
            case .acp:
                [
                    "temperature", "top_p", "topP", "max_output_tokens", "max_tokens", "reasoning_effort", "verbosity",
                ]
            }
        if providerPinning == .none { names.insert("provider") }
        return names
    }

    /// The model name as this kind's server knows it.
    package func wireModel(_ model: String) -> String {
        var name = model
        for prefix in strippedModelPrefixes where model.hasPrefix(prefix) && model.utf8.count > prefix.utf8.count {
            name = String(model.dropFirst(prefix.count))
            break
        }
        guard quirks.contains(.marksCloudModels), !name.hasSuffix("-cloud"), !name.hasSuffix(":cloud") else {
            return name
        }
        let lastSegment = name.split(separator: "/").last ?? ""
        return name + (lastSegment.contains(":") ? "-cloud" : ":cloud")
    }
}
