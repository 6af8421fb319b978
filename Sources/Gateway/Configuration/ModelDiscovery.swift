/// How a provider is asked for its models (`backends[].models`, source `discover`).
package struct ModelDiscovery: Sendable, Hashable {
    /// Providers change their models in weeks, not in minutes.
    package static let refreshIntervalMin = Duration.seconds(3600)

    /// How long what it answered is taken for true (`refresh_interval`).
    package var refreshInterval = Duration.seconds(6 * 3600)

    package init() {}
}
