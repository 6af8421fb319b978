import Dialects
import Transport

/// How a backend is spoken to: its dialect, with its kind's departures from it.
///
/// The closed set of provider sides, as ``Frontend`` is of the clients'.
enum ProviderCodec: Sendable {
    case openAIChat(OpenAIChatFlavor)
    /// Only for calls that came so, at servers that take prompts.
    case openAICompletions
    case openAIResponses(OpenAIResponsesFlavor)
    case anthropicMessages(AnthropicFlavor)
    case gemini(GeminiFlavor)
    case bedrockConverse
    /// In a session, which only an attempt has.
    case acp(ACPSession)

    init(_ wire: BackendKind.Wire, of kind: BackendKind) {
        switch wire {
        case .openAIChat, .inProcess: self = .openAIChat(kind.chat)
        case .openAIResponses:
            self = .openAIResponses(
                kind.wire == .openAIChat
                    ? OpenAIResponsesFlavor(takesTopK: kind.chat.takesTopK) : kind.responsesFlavor)
        case .anthropicMessages:
            let isVertex = kind.addressing == .vertex
            self = .anthropicMessages(
                isVertex ? .vertex : kind.quirks.contains(.sealsNothing) ? .compatible : .anthropic)
        case .gemini: self = .gemini(kind.addressing == .vertex ? .vertex : .gemini)
        case .bedrockConverse: self = .bedrockConverse
        case .acp: self = .acp(.unopened)
        }
    }

    var dialect: DialectID {
        switch self {
        case .openAIChat: .openAIChat
        case .openAICompletions: .openAICompletions
        case .openAIResponses: .openAIResponses
        case .anthropicMessages: .anthropicMessages
        case .gemini: .gemini
        case .bedrockConverse: .bedrockConverse
        case .acp: .acp
        }
    }

    /// Whether it is the backend of ChatGPT's Codex.
    var isCodex: Bool {
        if case .openAIResponses(let flavor) = self { return flavor.isCodex }
        return false
    }

    /// Whether streams come in Amazon's binary framing rather than as server-sent events.
    var streamsAmazonEvents: Bool {
        switch self {
        case .bedrockConverse: true
        case .openAIChat, .openAICompletions, .openAIResponses, .anthropicMessages, .gemini, .acp: false
        }
    }

    /// Whether streams are lines of JSON rather than server-sent events.
    var streamsJSONLines: Bool {
        if case .acp = self { return true }
        return false
    }

    /// The call as the provider gets it; throws what it cannot express.
    func encode(
        _ call: Call, as model: String, stream: Bool, parameters: RouteParameters
    ) throws(Failure) -> EncodedRequest {
        if let failure = refusal(of: call) { throw failure }
        guard call.operation.isGeneration else {
            var encoded = try encode(operation: call, as: model)
            // A count is of what would be sent, whatever the options.
            if case .embed = call.operation { encoded.droppedFields += parameters.options.map(\.path) }
            return encoded
        }
        var encoded = try encode(conversation: call, as: model, stream: stream, parameters: parameters)
        if !encoded.droppedFields.isEmpty, parameters != .none {
            // What the route said in place of the client is lost as the route's.
            let spelling = call.body().spelling
            for option in parameters.options {
                guard let place = encoded.droppedFields.firstIndex(of: spelling[option.field]) else { continue }
                encoded.droppedFields[place] = option.path
            }
        }
        return encoded
    }

    private func encode(
        conversation call: Call, as model: String, stream: Bool, parameters: RouteParameters
    ) throws(Failure) -> EncodedRequest {
        switch self {
        case .openAIChat(let flavor):
            return OpenAIChatRequestEncoder.encode(
                call, as: model, stream: stream, parameters: parameters, flavor: flavor)
        case .openAICompletions:
            return try OpenAICompletionsRequestEncoder.encode(
                call, as: model, stream: stream, parameters: parameters)
        case .openAIResponses(let flavor):
            return try OpenAIResponsesRequestEncoder.encode(
                call, as: model, stream: stream, parameters: parameters, flavor: flavor)
        case .anthropicMessages(let flavor):
            return try AnthropicRequestEncoder.encode(
                call, as: model, stream: stream, parameters: parameters, flavor: flavor)
        case .gemini(let flavor):
            return try GeminiRequestEncoder.encode(
                call, as: model, stream: stream, parameters: parameters, flavor: flavor)
        case .bedrockConverse: return BedrockConverseRequestEncoder.encode(call, as: model, parameters: parameters)
        case .acp(let session):
            return try ACPRequestEncoder.encode(call, in: session, parameters: parameters)
        }
    }

    /// A reader of the provider's streamed answer; readers of one loop share a parser.
    func makeDecoder(for call: Call, parser: JSONParser) -> any AnswerDecoder {
        switch self {
        case .openAIChat: OpenAIChatEventDecoder(choiceCount: call.choiceCount, parser: parser)
        case .openAICompletions: OpenAICompletionsEventDecoder(choiceCount: call.choiceCount, parser: parser)
        case .openAIResponses(let flavor):
            OpenAIResponsesEventDecoder(choiceCount: call.choiceCount, parser: parser, flavor: flavor)
        case .anthropicMessages: AnthropicEventDecoder(choiceCount: call.choiceCount, parser: parser)
        case .gemini: GeminiEventDecoder(choiceCount: call.choiceCount, parser: parser)
        case .bedrockConverse: BedrockConverseEventDecoder(choiceCount: call.choiceCount, parser: parser)
        case .acp(let session): ACPEventDecoder(session, parser: parser)
        }
    }

    /// The events of the provider's whole answer, the last of which is `.ended`; throws where it is none.
    func events(ofWhole body: [UInt8], limits: JSONLimits) throws(Failure) -> [Event] {
        switch self {
        case .openAIChat: try OpenAIChatUnaryDecoder.decode(body, limits: limits)
        case .openAICompletions: try OpenAICompletionsUnaryDecoder.decode(body, limits: limits)
        case .openAIResponses: try OpenAIResponsesUnaryDecoder.decode(body, limits: limits)
        case .anthropicMessages: try AnthropicUnaryDecoder.decode(body, limits: limits)
        case .gemini: try GeminiUnaryDecoder.decode(body, limits: limits)
        case .bedrockConverse: try BedrockConverseUnaryDecoder.decode(body, limits: limits)
        case .acp: preconditionFailure("an agent's answer is read as a stream")
        }
    }

    /// The failure that an answer with an error status is.
    func failure(status: Int, headers: HTTPHeaders, body: [UInt8], retryAfter: Duration?) -> Failure {
        switch self {
        case .openAIChat, .openAICompletions, .openAIResponses, .anthropicMessages, .gemini, .acp:
            ProviderErrorReader.failure(status: status, body: body, retryAfter: retryAfter)
        case .bedrockConverse:
            BedrockConverseErrors.failure(
                status: status, body: body, errorType: headers.firstBytes("x-amzn-errortype"), retryAfter: retryAfter)
        }
    }

    // MARK: Addresses and credentials

    /// The address of a call, below a base URL that may or may not end with the API's version.
    func address(_ configuration: BackendConfiguration, model: String, stream: Bool) -> String {
        switch configuration.kind.addressing {
        case .azure: return AzureAddress.address(configuration, model: model, of: self)
        case .vertex: return VertexAddress.address(configuration, model: model, stream: stream, of: self)
        case .path: break
        }
        let base = configuration.baseURL
        return switch self {
        case .openAIChat: configuration.chatURL
        case .openAIResponses: base + "/responses"
        case .openAICompletions: base + "/completions"
        case .anthropicMessages: base.hasSuffix("/v1") ? base + "/messages" : base + "/v1/messages"
        case .gemini:
            geminiBase(configuration) + GeminiPath.target(model: model, stream: stream)
        case .bedrockConverse: base + BedrockConversePath.target(model: model, stream: stream)
        case .acp: base.hasSuffix("/v1") ? base + "/acp" : configuration.chatURL
        }
    }

    /// The address below which the API's version has its paths, its list of models among them, with a slash at the end.
    func versionedBase(_ configuration: BackendConfiguration) -> String {
        let base = configuration.baseURL
        return switch self {
        case .openAIChat, .openAICompletions, .openAIResponses, .acp: base + "/"
        case .bedrockConverse: (configuration.aws?.controlURL ?? base) + "/"
        case .anthropicMessages: base.hasSuffix("/v1") ? base + "/" : base + "/v1/"
        case .gemini: geminiBase(configuration)
        }
    }

    /// Google's base URL with the API's version, which the configuration may or may not name.
    func geminiBase(_ configuration: BackendConfiguration) -> String {
        let base = configuration.baseURL
        return (Self.namesVersion(base) ? base : base + "/v1beta") + "/"
    }

    /// The header fields that authenticate a request.
    func headers(credential: String?, in field: BackendKind.KeyField) -> [(name: String, value: String)] {
        switch field {
        case .ofProtocol: break
        case .apiKey: return credential.map { [("api-key", $0)] } ?? []
        case .bearer: return credential.map { [("Authorization", "Bearer \($0)")] } ?? []
        }
        switch self {
        case .openAIChat, .openAICompletions, .openAIResponses:
            return credential.map { [("Authorization", "Bearer \($0)")] } ?? []
        case .anthropicMessages:
            // Tokens of a subscription are bearer tokens, keys of the API are not.
            let isToken = credential?.hasPrefix("sk-ant-oat") ?? false
            let field = credential.map { isToken ? ("Authorization", "Bearer \($0)") : ("x-api-key", $0) }
            return [field].compactMap(\.self)
        case .gemini:
            return credential.map { [("x-goog-api-key", $0)] } ?? []
        case .bedrockConverse:
            // A key of Bedrock's own; without one the request is signed.
            return credential.map { [("Authorization", "Bearer \($0)")] } ?? []
        case .acp:
            // Of the server in front of the agent; how the agent itself authenticates is a step of its protocol.
            return [("Accept", "application/x-ndjson, application/json")]
                + (credential.map { [("Authorization", "Bearer \($0)")] } ?? [])
        }
    }

    /// Source: Anthropic API reference, "Versions".
    private static let anthropicVersion = "2023-06-01"

    /// The header fields of one request: the protocol's version, and what a client of the same protocol chose.
    func fields(from client: HTTPHeaders, of dialect: DialectID) -> [(name: String, value: String)] {
        guard case .anthropicMessages(let flavor) = self else { return [] }
        let isCarried = dialect == .anthropicMessages
        let version = isCarried ? client.first("anthropic-version") : nil
        // Where the body tells the version, it is another one.
        var fields = flavor.versionInBody == nil ? [("anthropic-version", version ?? Self.anthropicVersion)] : []
        if isCarried { fields += client.all("anthropic-beta").map { ("anthropic-beta", $0) } }
        return fields
    }

    private static func namesVersion(_ base: String) -> Bool {
        let last = base.split(separator: "/").last ?? ""
        return last.hasPrefix("v1") && last.utf8.count <= 8
    }
}
