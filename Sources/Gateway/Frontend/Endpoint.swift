/// The surfaces lip serves; also the bounded label by which metrics and logs name a route.
package enum Endpoint: String, CaseIterable, Sendable {
    case chatCompletions = "/v1/chat/completions"
    case models = "/v1/models"
    case health = "/healthz"
    case ready = "/readyz"
    case metrics = "/metrics"
    /// Any other path; the path itself is never a label.
    case other = "other"
}
