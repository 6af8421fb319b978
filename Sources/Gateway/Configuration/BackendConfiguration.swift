import Dialects
import Routing
import Runtime

/// One upstream that legs may name (`backends[]`), with the defaults of its kind filled in.
package struct BackendConfiguration: Sendable {
    /// The name that selectors use.
    package var id: String
    package var kind: BackendKind
    /// `http` or `https`, without a trailing slash; empty for an in-process kind.
    package var baseURL: String
    /// The keys to use, in order; empty for a kind that needs none, or when none was found.
    package var keys: [Secret] = []
    package var keyOrigin = KeyOrigin.none
    /// The region and what requests are signed with; nil for kinds outside of Amazon's cloud.
    package var aws: AWSAccess?
    /// The project and location; nil for kinds outside of Google's cloud.
    package var google: GooglePlace?
    /// What access tokens are got with; nil where keys or nothing authenticate requests.
    package var tokens: TokenSource?
    /// The account of ``keys`` (`account_id`), where the keys do not tell it; only a ChatGPT login has one.
    package var accountID: String?
    /// How the agent is spoken to; nil for kinds that are none.
    package var agent: ACPSettings?
    /// The models it is known to serve, in the order of the file; empty when the file names none.
    package var models: [BackendModel] = []
    /// The file that lists ``models``, where another one does.
    package var modelsFile: String?
    /// How the provider is asked for further models; nil where it is not.
    package var discovery: ModelDiscovery?
    /// Headers added to each request to this backend, replacing the gateway's own of the same name.
    package var headers: [BackendHeader] = []
    /// Whether the server has OpenAI's legacy completions (`completions`); nil for what its kind has.
    package var takesPrompts: Bool?
    /// Whether calls that clients make in OpenAI's Responses go out so (`responses_api`), where the kind leaves a choice.
    package var responsesAPI = ResponsesAPI.auto
    /// What is spoken to models whose names begin so (`flavors`), before what the kind says.
    package var flavors: [BackendKind.ModelFlavor] = []
    /// The version of the API that requests ask for (`api_version`); only Azure has one.
    package var apiVersion = BackendConfiguration.azureVersionUnlessSaid
    package var upstreamStreaming = UpstreamStreaming.auto
    /// The most attempts in flight there, over all models (`max_in_flight`); nil is no bound.
    package var inFlightMax: Int?
    /// What its models can do (`capabilities`); nil where nothing was said.
    package var capabilities: CapabilityRule?
    package var timeouts = BackendTimeouts()
    /// Whether the upstream's certificate is checked (`verify_tls`).
    package var verifiesTLS = true
    /// What an in-process stub answers; nil for every other kind.
    package var stub: StubConfiguration?

    package init(id: String, kind: BackendKind) {
        self.id = id
        self.kind = kind
        self.baseURL = kind.defaultBaseURL ?? ""
        // It knows nothing else.
        if kind.isCodex { upstreamStreaming = .always }
    }

    /// The last dated version of Azure's API, which knows all that came before the one without dates (Azure OpenAI
    /// documentation, "API version lifecycle").
    package static let azureVersionUnlessSaid = "2025-04-01-preview"

    /// Where chat requests go, at kinds whose addresses are the base URL and a path.
    package var chatURL: String { baseURL + kind.chatPath }

    /// Whether calls of Responses go out as such, where the model's name does not decide.
    package var followsResponses: Bool {
        switch responsesAPI {
        case .auto: kind.responses == .always
        case .enabled: kind.responses != .none
        case .disabled: false
        }
    }

    /// The model that stands for this backend where only the backend is known: its first listed one, else its kind's.
    package var defaultModel: String { models.first?.name ?? kind.defaultModel }

    /// What the models can do of which nothing else is said; nil where nothing is known of them all.
    package var effectiveCapabilities: CapabilityRule? {
        let own: Capabilities
        if kind.wire == .acp {
            own = .ofAgents
        } else if let stub {
            // It answers with text and its one tool, whatever it is asked.
            own = stub.toolName == nil ? [.streaming] : [.streaming, .tools]
        } else {
            return capabilities
        }
        return .exactly(capabilities?.applied(to: own) ?? own)
    }

    /// Whether requests can be authenticated: a key is there or none is needed.
    package var hasUsableCredentials: Bool {
        !keys.isEmpty || !kind.needsKey || tokens != nil || headers.contains { $0.name.lowercased() == "authorization" }
    }

    /// ``keys``, or what a keyless server is sent in their place; empty when no credential goes out.
    package var effectiveKeys: [Secret] {
        keys.isEmpty ? (kind.placeholderKey.map { [Secret($0)] } ?? []) : keys
    }
}

extension BackendConfiguration {
    /// Where a backend's keys were found.
    package enum KeyOrigin: Sendable, Hashable {
        /// In `api_key` or `api_keys`.
        case file
        /// In these environment variables.
        case environment([String])
        /// In this profile of Amazon's shared files.
        case profile(String)
        /// In this file, of which access tokens come.
        case credentials(String)
        /// Nowhere: the kind needs none, or they are missing.
        case none
    }

    /// Whether a server of Chat Completions is asked for Responses by clients of these (`responses_api`).
    package enum ResponsesAPI: String, Sendable, CaseIterable {
        /// Where servers of the kind are known to have them.
        case auto
        case enabled
        case disabled
    }

    /// How unary calls go out (`upstream_streaming`).
    package enum UpstreamStreaming: String, Sendable, CaseIterable {
        /// As the client asked, except where a first token must be seen.
        case auto
        /// Always as a stream, which is collected for the client.
        case always
        /// Never as a stream, unless the client asked for one.
        case never
    }
}

/// A model that a backend lists (`backends[].models[]`).
package struct BackendModel: Sendable, Hashable {
    /// The name that goes on the wire.
    package var name: String
    /// The largest context in tokens, where declared (`context_window`).
    package var contextWindow: Int?
    /// The most attempts in flight, where bounded (`max_in_flight`).
    package var inFlightMax: Int?
    /// What it can do (`capabilities`), in place of what is said of its backend or correcting that; nil where nothing was
    /// said.
    package var capabilities: CapabilityRule?

    package init(name: String, contextWindow: Int? = nil) {
        self.name = name
        self.contextWindow = contextWindow
    }
}

/// A header that goes with each request to a backend; its value may hold a secret and is treated as one.
package struct BackendHeader: Sendable, Hashable {
    package var name: String
    package var value: Secret

    package init(name: String, value: Secret) {
        self.name = name
        self.value = value
    }
}

/// How long the phases of an upstream request may take (`backends[].timeouts`).
package struct BackendTimeouts: Sendable, Hashable {
    /// Until the connection, with TLS, stands (`connect`).
    package var connect = Duration.seconds(10)
    /// From the request until the answer's head (`response_head`).
    package var responseHead = Duration.seconds(300)
    /// Between two pieces of the answer (`idle`).
    package var idle = Duration.seconds(120)
    /// Between two events of a stream that say something of the answer (`output_idle`): models that think for long send
    /// comments and pings meanwhile, and these are none.
    package var outputIdle = Duration.seconds(900)
    /// For the whole of a unary call (`total`); a stream has no such bound.
    package var total = Duration.seconds(600)

    package init() {}
}

/// What the in-process `local-stub` answers.
package struct StubConfiguration: Sendable, Hashable {
    package var text = "[local-stub] deterministic assistant text"
    package var inputTokens = 0
    package var outputTokens = 0
    /// When set, the answer ends with a call of this tool (id `stub-tool-1`, arguments `{}`).
    package var toolName: String?
    /// Fails a stream right after its text, to try failures after the commit.
    package var failsAfterText = false

    package init() {}
}
