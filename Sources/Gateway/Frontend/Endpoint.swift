import Transport

/// The surfaces lip serves; also the bounded label by which metrics and logs name a route.
package enum Endpoint: String, CaseIterable, Sendable {
    case chatCompletions = "/v1/chat/completions"
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
            self = .other
        }
    }

    /// The method it takes (with GET also HEAD); nil where nothing is.
    var method: HTTPMethod? {
        switch self {
        case .chatCompletions, .cancelALeg: .post
        case .models, .health, .ready, .metrics, .attempts, .lineage, .legs, .routeTrace: .get
        case .other: nil
        }
    }

    /// Whether a client must show its key, where keys are asked for; probes of a balancer have none.
    var needsAuthentication: Bool {
        switch self {
        case .health, .ready, .other: false
        case .chatCompletions, .models, .metrics, .attempts, .lineage, .cancelALeg, .legs, .routeTrace: true
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
        case .chatCompletions, .models, .health, .ready, .metrics, .cancelALeg, .other: false
        }
    }
}
