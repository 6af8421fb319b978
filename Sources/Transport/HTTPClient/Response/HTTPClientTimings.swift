/// How long the parts of a transfer took until its response head, by libcurl's clock.
///
/// On a reused connection the first three are zero.
package struct HTTPClientTimings: Hashable, Sendable {
    /// Whether the connection had served requests before.
    package var reused = false
    /// Whether the request went out once more, after a first connection had proved dead.
    package var resent = false
    /// The look-up of the host's name.
    package var resolve: Duration = .zero
    /// The TCP connection, after the look-up.
    package var connect: Duration = .zero
    /// The TLS handshake; zero without TLS.
    package var tls: Duration = .zero
    /// From the start of the call to the end of the response head, by the loop's clock.
    package var head: Duration = .zero
}
