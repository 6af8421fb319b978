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
    private let codec: ProviderCodec
    /// How requests are signed; nil where a header authenticates them.
    private let signature: AWSSignature?
    private let takesPrompts: Bool
    /// One list a key, in the order of the keys; a single one for a backend without keys.
    private let headers: [HTTPClientHeaders]
    private let unaryTimeouts: HTTPClientTimeouts
    private let streamTimeouts: HTTPClientTimeouts

    /// Prepares what every request to the backend shares; throws for a header that HTTP does not allow.
    init(
        _ configuration: BackendConfiguration, index: Int, retries: RetryBudget.Settings = RetryBudget.Settings()
    ) throws(HTTPClientError) {
        self.index = index
        self.configuration = configuration
        let kind = configuration.kind
        keys = BackendKeys(configuration.keys, needsKey: !configuration.hasUsableCredentials)
        load = BackendLoad(inFlightMax: configuration.inFlightMax, retries: retries)
        let codec = ProviderCodec(kind)
        self.codec = codec
        signature = configuration.aws?.signature
        takesPrompts = configuration.takesPrompts ?? kind.quirks.contains(.takesPrompts)
        let credentials = configuration.keys.isEmpty ? [kind.placeholderKey] : configuration.keys.map { $0.reveal() }
        var headers: [HTTPClientHeaders] = []
        for credential in credentials { headers.append(try Self.headers(configuration, codec, credential)) }
        self.headers = headers
        let timeouts = configuration.timeouts
        streamTimeouts = HTTPClientTimeouts(
            connect: timeouts.connect, head: timeouts.responseHead, idle: timeouts.idle, total: nil)
        unaryTimeouts = HTTPClientTimeouts(
            connect: timeouts.connect, head: timeouts.responseHead, idle: timeouts.idle, total: timeouts.total)
    }

    /// Whether calls go out over HTTP, rather than being answered in the process.
    var isRemote: Bool { configuration.kind.wire != .inProcess }

    /// Whether a call goes out as a stream: where the client asked for one, and where a first token must be seen.
    func streams(_ call: Call, mustShowFirstToken: Bool) -> Bool {
        if call.stream { return true }
        guard call.operation.isGeneration else { return false }
        return switch configuration.upstreamStreaming {
        case .auto: mustShowFirstToken
        case .always: true
        case .never: false
        }
    }

    /// Why the call cannot go here, whatever the model; nil where it can.
    func refusal(of call: Call) -> Failure? {
        // The stub talks, and nothing else.
        if !isRemote, case .embed = call.operation { return ProviderCodec.embedsNothing }
        return codec(for: call).refusal(of: call)
    }

    /// How a call goes out: a completion's prompt as it is where the server takes prompts, else as its kind speaks.
    func codec(for call: Call) -> ProviderCodec {
        takesPrompts && call.dialect == .openAICompletions ? .openAICompletions : codec
    }

    /// Whether the backend keeps the responses that it gives, and can be asked for them again.
    var keepsResponses: Bool { codec.dialect == .openAIResponses }

    /// The HTTP request that carries an encoded call.
    func request(
        _ body: [UInt8], for call: Call, in codec: ProviderCodec, as model: String, stream: Bool, lease: KeyPool.Lease?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            url: codec.address(configuration, model: model, stream: stream, for: call),
            preparedHeaders: headers[lease?.index ?? 0], body: body,
            timeouts: stream ? streamTimeouts : unaryTimeouts)
        request.verifiesPeer = configuration.verifiesTLS
        // A compressed stream arrives in lumps; whole answers gain from it.
        request.acceptsCompression = !stream
        request.awsSignature = signature
        return request
    }

    /// The request for a page of the provider's list of models, with the first key.
    func inventoryRequest(_ path: String, timeouts: HTTPClientTimeouts) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            method: "GET", url: codec.versionedBase(configuration) + path, preparedHeaders: headers[0],
            headers: codec.fields(from: HTTPHeaders(), of: .openAIChat), timeouts: timeouts)
        request.verifiesPeer = configuration.verifiesTLS
        return request
    }

    /// The HTTP request for a response that the provider keeps, with the key that it was made with.
    ///
    /// - Parameter target: What follows the path of responses, with its slash.
    func request(_ method: String, stored target: String, key: Int?, stream: Bool) -> HTTPClientRequest {
        var request = HTTPClientRequest(
            method: method, url: configuration.chatURL + target, preparedHeaders: headers[key ?? 0],
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
        if signing == nil { fields += codec.headers(credential: credential) }
        if let token = signing?.sessionToken { fields.append(("X-Amz-Security-Token", token.reveal())) }
        fields.append(("User-Agent", "lip/\(Version.text)"))
        for header in configuration.headers {
            fields.removeAll { $0.name.lowercased() == header.name.lowercased() }
            fields.append((header.name, header.value.reveal()))
        }
        return try HTTPClientHeaders(fields, isForSigning: signing != nil)
    }
}
