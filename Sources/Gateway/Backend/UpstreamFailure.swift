import Dialects
import Transport

extension Failure {
    /// The process ends before the answer is complete: another one may have what the request asks for.
    ///
    /// It has no Retry-After, since nobody here knows when there will be another process.
    static let shuttingDown = Failure(
        .unavailable, "the gateway is shutting down, and ended the request before its answer was complete",
        code: "gateway_shutting_down")

    /// How long a client is told to stay away while the gateway lacks descriptors: requests that end give theirs back.
    private static let shortageTime = Duration.seconds(1)

    /// What a transport error means to a call; nil when the call itself was called off.
    ///
    /// - Parameter hasAnswered: Whether the head of the provider's answer had come.
    init?(
        _ error: HTTPClientError, backend: String, hasAnswered: Bool, phase: Failure.Phase = .beforeOutput
    ) {
        if case .descriptorShortage(let shortage) = error.kind {
            self.init(
                .exhausted, "the gateway cannot connect to the provider \(backend): \(shortage)",
                retryAfter: Self.shortageTime)
            return
        }
        let (kind, words): (Failure.Kind, String)
        switch error.kind {
        case .cancelled: return nil
        case .timeout(.connect): (kind, words) = (.timeout, "could not be connected to in time")
        case .timeout(.head): (kind, words) = (.timeout, "did not begin to answer in time")
        case .timeout(.idle): (kind, words) = (.timeout, "stopped sending")
        case .timeout(.total): (kind, words) = (.timeout, "did not finish its answer in time")
        case .resolve: (kind, words) = (.connection, "has a host name that cannot be resolved")
        case .connect: (kind, words) = (.connection, "cannot be connected to")
        case .tls: (kind, words) = (.connection, "failed the TLS handshake")
        case .certificate: (kind, words) = (.connection, "has a certificate that is not trusted")
        case .reset where hasAnswered: (kind, words) = (.prematureEnd, "broke its answer off")
        case .reset: (kind, words) = (.connection, "closed the connection")
        case .prematureEnd: (kind, words) = (.prematureEnd, "ended its answer before it was complete")
        case .protocolViolation: (kind, words) = (.invalidResponse, "does not speak HTTP as it should")
        case .tooLarge: (kind, words) = (.invalidResponse, "sent an answer that is too large")
        case .forbiddenAddress: (kind, words) = (.internalError, "has an address that is never connected to")
        case .shutDown: (kind, words) = (.unavailable, "cannot be called: the gateway is shutting down")
        case .invalidRequest, .internalFailure, .descriptorShortage:
            (kind, words) = (.internalError, "could not be called")
        }
        let failure = Failure(kind, "the provider \(backend) \(words)", phase: phase)
        self = phase == .afterOutput ? failure.afterOutput() : failure
    }
}
