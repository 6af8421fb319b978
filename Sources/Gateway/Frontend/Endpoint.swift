import Dialects
import Transport

/// The surfaces lip serves; also the bounded label by which metrics and logs name a route.
package enum Endpoint: String, CaseIterable, Sendable {
    case chatCompletions = "/v1/chat/completions"
    case completions = "/v1/completions"
    case responses = "/v1/responses"
    case messages = "/v1/messages"
    /// Gemini's generateContent and streamGenerateContent.
    case generateContent = "/v1beta/models/{model}:generateContent"
    case embeddings = "/v1/embeddings"
    case embedContent = "/v1beta/models/{model}:embedContent"
    case batchEmbedContents = "/v1beta/models/{model}:batchEmbedContents"
    /// Anthropic's count of tokens.
    case messageTokens = "/v1/messages/count_tokens"
    /// Gemini's count of tokens.
    case countTokens = "/v1beta/models/{model}:countTokens"
    /// A response that a provider keeps.
    case storedResponse = "/v1/responses/{id}"
    case cancelResponse = "/v1/responses/{id}/cancel"
    case responseInputItems = "/v1/responses/{id}/input_items"
    /// The models, in OpenAI's form or in Anthropic's.
    case models = "/v1/models"
    case model = "/v1/models/{model}"
    /// The models in Gemini's form.
    case geminiModels = "/v1beta/models"
    case geminiModel = "/v1beta/models/{model}"
    case health = "/healthz"
    case ready = "/readyz"
    case metrics = "/metrics"
    /// The attempts of one A-leg.
    case attempts = "/admin/attempts"
    /// The attempts of all A-legs, in pages.
    case lineage = "/admin/lineage"
    /// Calls the running requests of one A-leg off; the path's third part is the A-leg.
    case cancelALeg = "/lip/v1/a-legs/{id}/cancel"
    /// How every leg stands.
    case legs = "/admin/legs"
    /// The last decisions about routes.
    case routeTrace = "/debug/route_trace"
    /// Any other path; the path itself is never a label.
    case other = "other"

    /// The surfaces whose path is always the same, the busiest first.
    private static let fixed: [Endpoint] = [
        .chatCompletions, .completions, .responses, .messages, .embeddings, .messageTokens, .models, .health, .ready,
        .attempts,
        .lineage, .legs, .routeTrace,
    ]

    /// Finds the surface of a request by its path; metrics stand where the configuration put them, or nowhere.
    init(_ request: HTTPRequestHead, metricsPath: String?) {
        if let fixed = Self.fixed.first(where: { request.hasPath($0.rawValue) }) {
            self = fixed
        } else if let metricsPath, request.hasPath(metricsPath) {
            self = .metrics
        } else if let path = StoredResponsePath(request.path) {
            self = path.endpoint
        } else if Self.aLeg(in: request.path) != nil {
            self = .cancelALeg
        } else {
            self = Self.ofModel(request)
        }
    }

    /// The surface of a path that names a model, and perhaps what is asked of it.
    private static func ofModel(_ request: HTTPRequestHead) -> Endpoint {
        let text = String(decoding: request.path, as: UTF8.self)
        let isUnderV1 = text.hasPrefix("/v1/")
        if let path = GeminiPath(text) {
            switch path.action {
            case .generateContent, .streamGenerateContent: return .generateContent
            case .countTokens: return .countTokens
            case .embedContent: return .embedContent
            case .batchEmbedContents: return .batchEmbedContents
            // The colon may be part of the model's name, unless something is to be done with it.
            case .other: if request.method == .post, !isUnderV1 { return .other }
            }
        }
        return switch GeminiResource(text) {
        case .models: .geminiModels
        case .model: isUnderV1 ? .model : .geminiModel
        case nil: .other
        }
    }

    /// The protocol in which a model is called here; nil where none is.
    func frontend(_ request: HTTPRequestHead) -> Frontend? {
        switch self {
        case .chatCompletions, .embeddings: return .openAIChat
        case .completions: return .openAICompletions
        case .responses: return .openAIResponses
        case .messages, .messageTokens: return .anthropicMessages
        case .generateContent:
            let isStream = request.path.reversed().starts(with: ":streamGenerateContent".utf8.reversed())
            return .gemini(
                isStream ? GeminiStreamForm(query: String(decoding: request.query ?? [], as: UTF8.self)) : .events)
        case .embedContent, .batchEmbedContents, .countTokens: return .gemini(.events)
        case .storedResponse, .cancelResponse, .responseInputItems, .models, .model, .geminiModels, .geminiModel,
            .health, .ready, .metrics, .attempts, .lineage, .cancelALeg, .legs, .routeTrace, .other:
            return nil
        }
    }

    /// The protocol whose words answer a request to this path.
    func errorFrontend(_ request: HTTPRequestHead) -> Frontend {
        if let frontend = frontend(request) { return frontend }
        switch self {
        case .storedResponse, .cancelResponse, .responseInputItems: return .openAIResponses
        case .geminiModels, .geminiModel: return .gemini(.events)
        default: break
        }
        if request.path.starts(with: "/v1beta".utf8) || request.path.starts(with: "/v1alpha".utf8) {
            return .gemini(.events)
        }
        if request.headers.firstBytes("anthropic-version") != nil { return .anthropicMessages }
        return request.headers.firstBytes("x-goog-api-key") == nil ? .openAIChat : .gemini(.events)
    }

    /// The methods it takes, besides OPTIONS and, with GET, HEAD; none where nothing is.
    var methods: [HTTPMethod] {
        switch self {
        case .chatCompletions, .completions, .responses, .messages, .generateContent, .embeddings, .embedContent,
            .batchEmbedContents, .messageTokens, .countTokens, .cancelResponse, .cancelALeg:
            [.post]
        case .storedResponse: [.get, .delete]
        case .responseInputItems, .models, .model, .geminiModels, .geminiModel, .health, .ready, .metrics, .attempts,
            .lineage, .legs, .routeTrace:
            [.get]
        case .other: []
        }
    }

    /// Whether a request of this method is served here.
    func takes(_ method: HTTPMethod) -> Bool {
        methods.contains(method == .head ? .get : method)
    }

    /// Whether clients may ask for a stream here.
    var canStream: Bool {
        switch self {
        case .chatCompletions, .completions, .responses, .messages, .generateContent: true
        default: false
        }
    }

    /// The value of the `Allow` field (RFC 9110, 10.2.1).
    var allow: String {
        var names: [String] = []
        for method in methods {
            switch method {
            case .get: names += ["GET", "HEAD"]
            case .delete: names.append("DELETE")
            default: names.append("POST")
            }
        }
        return (names + ["OPTIONS"]).joined(separator: ", ")
    }

    /// Whether a client must show its key, where keys are asked for; probes of a balancer have none.
    var needsAuthentication: Bool {
        switch self {
        case .health, .ready, .other: false
        default: true
        }
    }

    /// Whether Google's clients may put their key into the query of its address.
    func takesKeyInQuery(_ request: HTTPRequestHead) -> Bool {
        if case .gemini = errorFrontend(request) { return true }
        return false
    }

    /// The A-leg that a path of ``cancelALeg`` names, as it stands there; nil for other paths.
    static func aLeg(in path: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let (front, back) = ("/lip/v1/a-legs/".utf8, "/cancel".utf8)
        guard path.count > front.count + back.count, path.starts(with: front),
            path.suffix(back.count).elementsEqual(back)
        else { return nil }
        let name = path.dropFirst(front.count).dropLast(back.count)
        return name.contains(UInt8(ascii: "/")) ? nil : name
    }

    /// Whether it tells of other clients' requests: without keys it is for this machine only.
    var isAdministrative: Bool {
        switch self {
        case .attempts, .lineage, .legs, .routeTrace: true
        default: false
        }
    }
}
