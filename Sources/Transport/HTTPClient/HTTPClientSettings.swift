/// What is common to all requests of a client: bounds, pools, trust and proxies.
package struct HTTPClientSettings: Sendable {
    /// Idle connections that one loop keeps for reuse, over all hosts; the oldest is closed beyond that.
    package var idleConnectionsMax = 256
    /// How long an idle connection may be reused; below the 60 s after which common balancers close theirs.
    package var idleConnectionAgeMax: Duration = .seconds(55)
    /// Connections of one loop to one host; further requests wait for one; 0 means no bound.
    package var connectionsPerHostMax = 0
    /// Streams that one loop runs over one HTTP/2 connection; the peer may allow fewer.
    package var streamsPerConnectionMax = 100
    /// Transfers that one loop keeps prepared for the next requests (about 7 KiB each).
    package var pooledTransfersMax = 64
    /// Unread body bytes of one response above which its transfer is paused; one read of the socket may exceed it.
    package var receiveBufferBytesMax = 256 << 10
    /// Bytes of one response head; a longer one fails the request.
    package var responseHeadBytesMax = 64 << 10
    /// Bytes that one read takes from a socket; libcurl keeps a buffer of this size for each transfer in progress.
    package var socketReadBytesMax = 8 << 10
    /// How long a quiet connection stays unprobed, and how far probes are apart (`TCP_KEEPIDLE`, `TCP_KEEPINTVL`).
    package var keepAliveProbeInterval: Duration = .seconds(30)
    /// A file of PEM certificates to trust instead of the system's.
    package var certificateAuthorityFile: String?
    /// The proxies to use; `.none` ignores the environment.
    package var proxies: ProxyEnvironment

    /// Defaults, with the proxies of the process's environment or without any.
    package init(trustEnvironmentProxy: Bool = true) {
        proxies = trustEnvironmentProxy ? .ofProcess() : .none
    }
}
