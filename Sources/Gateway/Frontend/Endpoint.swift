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
    case models = "/v1/models"
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

    /// Finds the surface of a request by its path alone; metrics stand where the configuration put them, or nowhere.
    init(_ request: HTTPRequestHead, metricsPath: String?) {
        if request.hasPath(Self.chatCompletions.rawValue) {
            self = .chatCompletions
        } else if request.hasPath(Self.completions.rawValue) {
            self = .completions
        } else if request.hasPath(Self.responses.rawValue) {
            self = .responses
        } else if request.hasPath(Self.messages.rawValue) {
            self = .messages
        } else if request.hasPath(Self.models.rawValue) {
            self = .models
        } else if request.hasPath(Self.health.rawValue) {
            self = .health
        } else if request.hasPath(Self.ready.rawValue) {
            self = .ready
        } else if let metricsPath, request.hasPath(metricsPath) {
            self = .metrics
        } else if request.hasPath(Self.attempts.rawValue) {
            self = .attempts
        } else if request.hasPath(Self.lineage.rawValue) {
            self = .lineage
        } else if Self.aLeg(in: request.path) != nil {
            self = .cancelALeg
        } else if request.hasPath(Self.legs.rawValue) {
            self = .legs
        } else if request.hasPath(Self.routeTrace.rawValue) {
            self = .routeTrace
        } else {
            self = Self.ofModel(request.path)
        }
    }

    /// The surface of a path that names a model and what is asked of it, as Google's do.
    private static func ofModel(_ path: ArraySlice<UInt8>) -> Endpoint {
        guard path.contains(UInt8(ascii: ":")), let path = GeminiPath(String(decoding: path, as: UTF8.self)) else {
            return .other
        }
        return switch path.action {
        case .generateContent, .streamGenerateContent: .generateContent
        case .countTokens, .other: .other
        }
    }

    /// The protocol in which a model is called here; nil where none is.
    func frontend(_ request: HTTPRequestHead) -> Frontend? {
        switch self {
        case .chatCompletions: return .openAIChat
        case .completions: return .openAICompletions
        case .responses: return .openAIResponses
        case .messages: return .anthropicMessages
        case .generateContent:
            let isStream = request.path.reversed().starts(with: ":streamGenerateContent".utf8.reversed())
            return .gemini(
                isStream ? GeminiStreamForm(query: String(decoding: request.query ?? [], as: UTF8.self)) : .events)
        case .models, .health, .ready, .metrics, .attempts, .lineage, .cancelALeg, .legs, .routeTrace, .other:
            return nil
        }
    }

    /// The protocol whose words tell what is wrong with a request to this path.
    func errorFrontend(_ request: HTTPRequestHead) -> Frontend {
        if let frontend = frontend(request) { return frontend }
        if request.path.starts(with: "/v1beta".utf8) { return .gemini(.events) }
        return request.headers.firstBytes("anthropic-version") == nil ? .openAIChat : .anthropicMessages
    }

    /// The method it takes (with GET also HEAD); nil where nothing is.
    var method: HTTPMethod? {
        switch self {
        case .chatCompletions, .completions, .responses, .messages, .generateContent, .cancelALeg: .post
        case .models, .health, .ready, .metrics, .attempts, .lineage, .legs, .routeTrace: .get
        case .other: nil
        }
    }

    /// Whether a client must show its key, where keys are asked for; probes of a balancer have none.
    var needsAuthentication: Bool {
        switch self {
        case .health, .ready, .other: false
        case .chatCompletions, .completions, .responses, .messages, .generateContent, .models, .metrics, .attempts,
            .lineage,
            .cancelALeg, .legs, .routeTrace:
            true
        }
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
        case .chatCompletions, .completions, .responses, .messages, .generateContent, .models, .health, .ready,
            .metrics,
            .cancelALeg, .other:
            false
        }
    }
}
