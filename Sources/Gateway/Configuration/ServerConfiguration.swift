import Runtime

/// Where lip listens and what it grants a client (`server`).
package struct ServerConfiguration: Sendable {
    /// The address to listen on (`address`).
    package var address = ServerAddress.default
    /// The largest request body read, in bytes (`max_request_body_bytes`).
    package var requestBodyBytesMax = 32 << 20
    /// The largest request head read, in bytes (`max_request_head_bytes`).
    package var requestHeadBytesMax = 64 << 10
    /// How many answer bytes may wait for a slow client before its provider is paused (`outbound_buffer_bytes`).
    package var outboundBufferBytesMax = 256 << 10
    /// How long a stream's head is held back while no leg has committed (`stream_head_timeout`).
    package var streamHeadTimeout = Duration.seconds(15)
    /// How long a client may take to send a request head (`head_timeout`).
    package var headTimeout = Duration.seconds(10)
    /// How long a client may take to send a request body (`body_timeout`).
    package var bodyTimeout = Duration.seconds(30)
    /// How long a kept-alive connection may stay without a request (`idle_timeout`).
    package var idleTimeout = Duration.seconds(120)
    /// How long a client may take nothing of an answer that is ready for it (`write_stall_timeout`).
    package var writeStallTimeout = Duration.seconds(60)
    /// How many client connections are open at once, over all loops (`max_connections`).
    package var connectionsMax = 10_000
    /// How long running requests may go on after a signal to stop (`shutdown_timeout`).
    package var shutdownTimeout = Duration.seconds(15)
    /// Event loops to run (`loops`); nil is one a core.
    package var loops: Int?

    package init() {}
}
