import Dialects
import Routing
import Runtime
import Transport

/// A configured upstream in the form that requests use it: immutable, shared by all loops.
package final class Backend: Sendable {
    /// The backend's place in the configuration, by which metrics are kept.
    let index: Int
    let configuration: BackendConfiguration
    /// The keys, shared by all legs of the backend.
    let keys: BackendKeys
    /// What is in flight there, shared by all legs of the backend.
    let load: BackendLoad
    /// What it is spoken to in; the first is its kind's own.
    private let speeches: [Speech]
    /// What models decide about that, the longest prefix first.
    private let flavors: [BackendKind.ModelFlavor]
    /// How requests are signed; nil where a header authenticates them.
    private let signature: AWSSignature?
    private let takesPrompts: Bool
    /// Where access tokens come from; nil where a header that never changes authenticates requests.
    let tokens: AccessTokens?
    /// What tells which application calls, where the client does not say so itself.
    private let applicationHeaders: [BackendHeader]
    /// What names the client to the backend of ChatGPT's Codex; nil elsewhere.
    private let codexHeaders: CodexHeaders?
    private let unaryTimeouts: HTTPClientTimeouts
    private let streamTimeouts: HTTPClientTimeouts

    /// One protocol that the backend is spoken to in.
    private struct Speech {
        let wire: BackendKind.Wire
        let codec: ProviderCodec
        /// One list a key, in the order of the keys; a single one for a backend without keys.
        let headers: [HTTPClientHeaders]
    }

    /// Prepares what every request to the backend shares; throws for a header that HTTP does not allow.
    init(
        _ configuration: BackendConfiguration, index: Int, retries: RetryBudget.Settings = RetryBudget.Settings()
    ) throws(HTTPClientError) {
        self.index = index
        self.configuration = configuration
        let kind = configuration.kind
        keys = BackendKeys(configuration.keys, needsKey: !configuration.hasUsableCredentials)
        load = BackendLoad(inFlightMax: configuration.inFlightMax, retries: retries)
        signature = configuration.aws?.signature
        tokens = configuration.tokens.map { AccessTokens($0, of: configuration.id) }
        codexHeaders = kind.isCodex ? CodexHeaders(configuration.headers) : nil
        takesPrompts = configuration.takesPrompts ?? kind.quirks.contains(.takesPrompts)
        flavors = (configuration.flavors + kind.flavors).sorted { $0.prefix.utf8.count > $1.prefix.utf8.count }
        applicationHeaders =
            kind.quirks.contains(.namesApplication)
            ? configuration.headers.filter { Self.applicationNames.contains($0.name.lowercased()) } : []
        var wires = [kind.wire]
        if configuration.followsResponses { wires.append(.openAIResponses) }
        for flavor in flavors where !wires.contains(flavor.wire) { wires.append(flavor.wire) }
        let credentials = configuration.keys.isEmpty ? [kind.placeholderKey] : configuration.keys.map { $0.reveal() }
        var speeches: [Speech] = []
        for wire in wires {
            let codec = ProviderCodec(wire, of: kind)
            var headers: [HTTPClientHeaders] = []
            for credential in credentials { headers.append(try Self.headers(configuration, codec, credential)) }
            speeches.append(Speech(wire: wire, codec: codec, headers: headers))
        }
        self.speeches = speeches
        let timeouts = configuration.timeouts
        streamTimeouts = HTTPClientTimeouts(
            connect: timeouts.connect, head: timeouts.responseHead, idle: timeouts.idle, total: nil)
        unaryTimeouts = HTTPClientTimeouts(
            connect: timeouts.connect, head: timeouts.responseHead, idle: timeouts.idle, total: timeouts.total)
    }

    /// How the agent is spoken to; nil where it is none.
    var agent: ACPSettings? { configuration.agent }

    /// Whether calls go out over HTTP, rather than being answered in the process.
    var isRemote: Bool { configuration.kind.wire != .inProcess }

    /// Whether a call goes out as a stream: where the client asked for one, and where a first token must be seen.
    func streams(_ call: Call, mustShowFirstToken: Bool) -> Bool {
        if call.stream { return true }
        guard call.operation.isGeneration else { return false }
        // An agent's turn has no other form.
        if configuration.kind.wire == .acp { return true }
        return switch configuration.upstreamStreaming {
        case .auto: mustShowFirstToken
        case .always: true
        case .never: false
        }
    }

    /// Why the call cannot go to a model here; nil where it can.
    func refusal(of call: Call, as model: String) -> Failure? {
        // The stub talks, and nothing else; Vertex AI has vectors and counts in forms of its own.
        if !isRemote, case .embed = call.operation { return ProviderCodec.embedsNothing }
        let codec = codec(for: call, as: model)
        if configuration.kind.addressing == .vertex, let refusal = codec.vertexRefusal(of: call) { return refusal }
        return codec.refusal(of: call)
    }

    /// Whether the backend keeps the responses that it gives, and can be asked for them again.
    var keepsResponses: Bool {
        let codec = speeches[0].codec
        return codec.dialect == .openAIResponses && !codec.isCodex
    }

    /// How a call goes out: a completion's prompt as it is where the server takes prompts; as the model's name asks; as
    /// Responses where they came so and the server has them; else as its kind speaks.
    func codec(for call: Call, as model: String) -> ProviderCodec {
        if takesPrompts, call.dialect == .openAICompletions { return .openAICompletions }
        if speeches.count == 1 { return speeches[0].codec }
        let wire = wire(for: configuration.kind.wireModel(model), call.dialect)
        return (speeches.first { $0.wire == wire } ?? speeches[0]).codec
    }

    private func wire(for model: String, _ dialect: DialectID) -> BackendKind.Wire {
        if let flavor = flavors.first(where: { model.hasPrefix($0.prefix) }) { return flavor.wire }
        let follows = dialect == .openAIResponses && configuration.followsResponses
        return follows ? .openAIResponses : configuration.kind.wire
    }

    /// The header fields of one request: what its protocol asks for, what the client chose itself, and which session it
    /// belongs to where the provider wants to know.
    func fields(
        for call: Call, as model: String, from client: HTTPHeaders, of dialect: DialectID, session: String
    ) -> [(name: String, value: String)] {
        var fields = codec(for: call, as: model).fields(from: client, of: dialect)
        let quirks = configuration.kind.quirks
        if quirks.contains(.namesApplication) {
            for name in Self.applicationNames {
                let own = applicationHeaders.first { $0.name.lowercased() == name }
                if let value = client.first(name) ?? own?.value.reveal() { fields.append((own?.name ?? name, value)) }
            }
        }
        if quirks.contains(.namesSession) {
            let name = "x-opencode-session"
            fields.append((name, client.first(name) ?? session))
        }
        if let codexHeaders { fields += codexHeaders.fields(from: client, of: dialect, session: session) }
        return fields
    }

    /// Source: OpenRouter documentation, "App attribution".
    private static let applicationNames = [
        "http-referer", "x-title", "x-openrouter-title", "x-openrouter-categories",
    ]

    /// The HTTP request that carries an encoded call.
    func request(
        _ body: [UInt8], for call: Call, in codec: ProviderCodec, as model: String, stream: Bool, lease: KeyPool.Lease?
    ) -> HTTPClientRequest {
        let speech = speeches.first { $0.codec.dialect == codec.dialect } ?? speeches[0]
        var request = HTTPClientRequest(
            url: codec.address(configuration, model: model, stream: stream, for: call),
            preparedHeaders: speech.headers[lease?.index ?? 0], body: body,
            timeouts: stream ? streamTimeouts : unaryTimeouts)
        request.verifiesPeer = configuration.verifiesTLS
        // A compressed stream arrives in lumps; whole answers gain from it.
        request.acceptsCompression = !stream
        request.awsSignature = signature
        return request
    }

    /// The HTTP request for a message to an agent that is no prompt.
    ///
    /// - Parameter timeMax: How long it may take; nil for what a unary call may.
    func request(message body: [UInt8], lease: KeyPool.Lease?, timeMax: Duration? = nil) -> HTTPClientRequest {
        let own = speeches[0]
        var timeouts = unaryTimeouts
        if let timeMax { timeouts.total = timeMax }
        var request = HTTPClientRequest(
            url: own.codec.address(configuration, model: "", stream: false),
            preparedHeaders: own.headers[lease?.index ?? 0], body: body, timeouts: timeouts)
        request.verifiesPeer = configuration.verifiesTLS
        return request
    }

    /// The request for a page of the provider's list of models, with the first key.
    func inventoryRequest(_ path: String, timeouts: HTTPClientTimeouts) -> HTTPClientRequest {
        let own = speeches[0]
        var request = HTTPClientRequest(
            method: "GET", url: own.codec.versionedBase(configuration) + path, preparedHeaders: own.headers[0],
            headers: own.codec.fields(from: HTTPHeaders(), of: .openAIChat), timeouts: timeouts)
        request.verifiesPeer = configuration.verifiesTLS
        request.awsSignature = signature
        return request
    }

    /// The HTTP request for a response that the provider keeps, with the key that it was made with.
    ///
    /// - Parameter target: What follows the path of responses, with its slash.
    func request(_ method: String, stored target: String, key: Int?, stream: Bool) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            method: method, url: configuration.chatURL + target, preparedHeaders: speeches[0].headers[key ?? 0],
            timeouts: stream ? streamTimeouts : unaryTimeouts)
        request.verifiesPeer = configuration.verifiesTLS
        request.acceptsCompression = !stream
        return request
    }

    /// A provider's failure without the secrets that it was sent, which some repeat in their explanation.
    ///
    /// What is shorter than `secretBytesMin` could stand in any text, and is no secret worth the name.
    func redacted(_ failure: Failure) -> Failure {
        failure.mappingTexts { text in
            var text = text
            for secret in configuration.keys + configuration.headers.map(\.value) + (configuration.aws?.secrets ?? [])
                + (tokens?.secrets ?? [])
            where secret.reveal().utf8.count >= Self.secretBytesMin {
                text = secret.cut(from: text)
            }
            return text
        }
    }

    /// The shortest secret that is cut out of texts, in bytes.
    private static let secretBytesMin = 8

    private static func headers(
        _ configuration: BackendConfiguration, _ codec: ProviderCodec, _ credential: String?
    ) throws(HTTPClientError) -> HTTPClientHeaders {
        var fields: [(name: String, value: String)] = [("Content-Type", "application/json")]
        let signing = configuration.aws?.credentials
        if signing == nil { fields += codec.headers(credential: credential, in: configuration.kind.keyField) }
        let isCodex = configuration.kind.isCodex
        if isCodex, let credential,
            let account = configuration.accountID ?? JSONWebToken(credential)?.chatGPTAccount
        {
            fields.append((CodexHeaders.account, account))
        }
        if let token = signing?.sessionToken { fields.append(("X-Amz-Security-Token", token.reveal())) }
        fields.append(("User-Agent", "lip/\(Version.text)"))
        let isForApplication = configuration.kind.quirks.contains(.namesApplication)
        for header in configuration.headers {
            // A client may name its application itself.
            if isForApplication, applicationNames.contains(header.name.lowercased()) { continue }
            if isCodex, CodexHeaders.names.contains(header.name.lowercased()) { continue }
            fields.removeAll { $0.name.lowercased() == header.name.lowercased() }
            fields.append((header.name, header.value.reveal()))
        }
        return try HTTPClientHeaders(fields, isForSigning: signing != nil)
    }
}
