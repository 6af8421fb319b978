import Runtime

/// How lip connects to upstreams (`http_client`).
package struct HTTPClientConfiguration: Sendable, Hashable {
    /// Whether `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured (`trust_environment_proxy`).
    package var trustsEnvironmentProxy = true
    /// Connections to one host and loop (`max_connections_per_host`); nil is no bound.
    package var connectionsPerHostMax: Int?
    /// Idle connections kept a loop (`max_idle_connections`).
    package var idleConnectionsMax = 256
    /// How long an idle connection is kept (`idle_connection_timeout`).
    package var idleConnectionTimeout = Duration.seconds(55)
    /// A file of PEM certificates to trust instead of the system's (`ca_file`).
    package var certificateAuthorityFile: String?

    package init() {}
}
