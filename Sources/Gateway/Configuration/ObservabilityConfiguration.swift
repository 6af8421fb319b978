/// What lip shows of its own state (`observability`).
package struct ObservabilityConfiguration: Sendable, Hashable {
    /// Whether metrics are kept and served (`metrics.enabled`).
    package var metricsEnabled = true
    /// Where metrics are served (`metrics.path`): begins with a slash.
    package var metricsPath = "/metrics"

    package init() {}
}
