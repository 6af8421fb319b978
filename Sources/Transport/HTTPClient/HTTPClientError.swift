import Runtime

/// Why a request got no answer, or an answer broke off.
///
/// Safe to show and to log: messages name hosts and ports, never credentials, header values or bodies. Whether anything
/// may be tried again follows from `kind`, `sent`, `reused` and whether a response had begun.
package struct HTTPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The part of a transfer that a timeout bounds.
    package enum Phase: String, Hashable, Sendable {
        /// From the call to the moment the request goes out: name, connection, TLS, proxy.
        case connect
        /// From there to the end of the response head.
        case head
        /// Between two arrivals of body bytes, while somebody waits for them.
        case idle
        /// The whole transfer.
        case total
    }

    /// What went wrong, as far as it makes a difference to the caller.
    package enum Kind: Hashable, Sendable {
        /// The request could not be built: a URL, method or header that HTTP does not allow.
        case invalidRequest
        /// The address is one that lip never connects to (`ForbiddenAddress`).
        case forbiddenAddress
        /// No address for the host's name, or for the proxy's.
        case resolve
        /// No connection: refused, unreachable, no route.
        case connect
        /// The TLS handshake failed.
        case tls
        /// The peer's certificate is not trusted: unknown issuer, another name, out of date.
        case certificate
        /// A timeout passed.
        case timeout(Phase)
        /// The connection broke: reset, broken pipe.
        case reset
        /// The peer closed before the answer was complete, or before it had begun.
        case prematureEnd
        /// The peer does not speak HTTP as it should: bad framing, bad chunks, bad compression, HTTP/2 errors.
        case protocolViolation
        /// A bound was passed; the message names it.
        case tooLarge
        /// The calling task or `cancel()` ended the transfer.
        case cancelled
        /// The client was shut down.
        case shutDown
        /// No file descriptor was free for a connection: nothing that the provider had a part in.
        case descriptorShortage(DescriptorShortage)
        /// libcurl failed in another way that a provider cannot cause (memory).
        case internalFailure
    }

    package var kind: Kind
    package var message: String
    /// Whether bytes of the request went out, so that the provider may have acted on it.
    package var sent: Bool
    /// Whether the connection had served requests before this one.
    package var reused: Bool
    /// Whether the request went out once more, after a first connection had proved dead.
    package var resent: Bool

    package init(kind: Kind, message: String, sent: Bool = false, reused: Bool = false, resent: Bool = false) {
        self.kind = kind
        self.message = message
        self.sent = sent
        self.reused = reused
        self.resent = resent
    }

    package var description: String { message }

    static let cancelled = HTTPClientError(kind: .cancelled, message: "the request was cancelled")
    static let shutDown = HTTPClientError(kind: .shutDown, message: "the HTTP client was shut down")
}
