/// Why a call failed, in words that may be shown to the client.
package struct Failure: Error, Sendable, Equatable {
    /// The longest message that is kept, in bytes; the rest is cut.
    package static let messageBytesMax = 4096
    /// The longest code, type or parameter that is kept, in bytes.
    package static let fieldBytesMax = 256

    /// What went wrong.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The request is malformed or asks for something impossible.
        case invalidRequest
        /// The credentials are missing or wrong.
        case authentication
        /// The credentials do not allow this.
        case permission
        /// The model or resource does not exist.
        case notFound
        /// The path does not take this method.
        case methodNotAllowed
        /// The request is too large to be read.
        case tooLarge
        /// The conversation does not fit the model's window.
        case contextLength
        /// A content policy refused the request.
        case contentBlocked
        /// Too many requests for now.
        case rateLimited
        /// The account has no credit left.
        case quotaExhausted
        /// The dialect or backend cannot do what was asked.
        case unsupported
        /// The provider failed (its own 5xx).
        case providerError
        /// The provider has no capacity for now.
        case overloaded
        /// The provider could not be reached, or the connection broke before an answer.
        case connection
        /// A deadline passed.
        case timeout
        /// The provider's answer stopped before it was complete.
        case prematureEnd
        /// The provider's answer makes no sense.
        case invalidResponse
        /// No leg may be tried now.
        case unavailable
        /// The gateway's own means are used up: it has no file descriptor for a connection to the provider.
        case exhausted
        /// The client left, or the call was called off.
        case cancelled
        /// lip's own fault.
        case internalError
    }

    /// Whose failure it is.
    package enum Side: String, Sendable, Hashable {
        case client, gateway, provider
    }

    /// Whether the client has already seen model output.
    package enum Phase: String, Sendable, Hashable {
        case beforeOutput, afterOutput
    }

    /// What may be tried next; only before output.
    package enum Retry: Sendable, Hashable {
        /// Nothing: another attempt would fail the same way.
        case never
        /// Another leg, or this one later.
        case otherLeg
        /// The next key of the same backend, then another leg.
        case rotateKey
        /// A leg whose model has a larger window.
        case largerContext
        /// The same leg after a while.
        case sameLeg(after: Duration)
    }

    package var kind: Kind
    package var side: Side
    package var phase: Phase
    package var retry: Retry
    /// The HTTP status that the client gets for it.
    package var status: Int
    /// The HTTP status that the provider gave, if it gave one.
    package var providerStatus: Int?
    /// What happened: bounded, without secrets and control bytes.
    package private(set) var message: String
    /// The provider's or OpenAI's machine-readable code, such as `context_length_exceeded`.
    package var code: String?
    /// The provider's type of the error, such as `invalid_request_error`.
    package var type: String?
    /// The path of the malformed field in the client's own spelling.
    package var parameter: String?
    /// How long the provider asked to wait, or how long it takes until a leg may be tried.
    package var retryAfter: Duration?

    /// What the client is told of `retryAfter`: whole seconds from 1, rounded up, since one that comes back too early is
    /// refused again; nil where coming back would change nothing.
    package var retryAfterSeconds: Int64? {
        guard let retryAfter, status == 429 || status >= 500 else { return nil }
        let (seconds, rest) = retryAfter.components
        return max(1, rest > 0 ? seconds + 1 : seconds)
    }

    /// Makes a failure; status and retry follow from the kind and side unless they are given.
    package init(
        _ kind: Kind, _ message: String, side: Side? = nil, phase: Phase = .beforeOutput, retry: Retry? = nil,
        status: Int? = nil, providerStatus: Int? = nil, code: String? = nil, type: String? = nil,
        parameter: String? = nil, retryAfter: Duration? = nil
    ) {
        self.kind = kind
        let side = side ?? kind.usualSide
        self.side = side
        self.phase = phase
        self.retry = retry ?? kind.usualRetry(side: side)
        self.status = status ?? kind.usualStatus
        self.providerStatus = providerStatus
        self.message = SafeText.message(message, bytesMax: Self.messageBytesMax)
        self.code = code.map { SafeText.message($0, bytesMax: Self.fieldBytesMax) }
        self.type = type.map { SafeText.message($0, bytesMax: Self.fieldBytesMax) }
        self.parameter = parameter.map { SafeText.message($0, bytesMax: Self.fieldBytesMax) }
        self.retryAfter = retryAfter
    }

    /// A malformed request field, named in the client's spelling.
    package static func malformed(_ parameter: String?, _ message: String, code: String? = nil) -> Failure {
        Failure(.invalidRequest, message, side: .client, code: code, parameter: parameter)
    }

    /// The failure with every text that may come from a provider changed, as for what only the caller knows to be secret.
    package func mappingTexts(_ change: (String) -> String) -> Failure {
        var failure = self
        failure.message = change(message)
        failure.code = code.map(change)
        failure.type = type.map(change)
        failure.parameter = parameter.map(change)
        return failure
    }

    /// The failure with words before its message.
    package func prefixed(_ words: String) -> Failure {
        var failure = self
        failure.message = SafeText.message(words + message, bytesMax: Self.messageBytesMax)
        return failure
    }

    /// The failure as it stands once the client has seen output: nothing may be retried.
    package func afterOutput() -> Failure {
        var failure = self
        failure.phase = .afterOutput
        failure.retry = .never
        return failure
    }
}

extension Failure.Kind {
    /// Whose failure this kind is when nothing else is said.
    package var usualSide: Failure.Side {
        switch self {
        case .invalidRequest, .authentication, .permission, .notFound, .methodNotAllowed, .tooLarge, .cancelled:
            .client
        case .unsupported, .unavailable, .exhausted, .internalError:
            .gateway
        case .contextLength, .contentBlocked, .rateLimited, .quotaExhausted, .providerError, .overloaded, .connection,
            .timeout, .prematureEnd, .invalidResponse:
            .provider
        }
    }

    /// The status that a client gets when nothing else is said.
    package var usualStatus: Int {
        switch self {
        case .invalidRequest, .contextLength, .contentBlocked: 400
        case .authentication: 401
        case .permission: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .tooLarge: 413
        case .rateLimited, .quotaExhausted: 429
        case .cancelled: 499
        case .internalError: 500
        case .unsupported: 501
        case .providerError, .overloaded, .connection, .prematureEnd, .invalidResponse: 502
        case .unavailable, .exhausted: 503
        case .timeout: 504
        }
    }

    /// What may be tried next when nothing else is said.
    package func usualRetry(side: Failure.Side) -> Failure.Retry {
        guard side == .provider else { return .never }
        return switch self {
        case .providerError, .overloaded, .connection, .timeout, .prematureEnd, .invalidResponse: .otherLeg
        case .rateLimited, .quotaExhausted, .authentication: .rotateKey
        case .contextLength, .tooLarge: .largerContext
        case .invalidRequest, .permission, .notFound, .methodNotAllowed, .contentBlocked, .unsupported, .unavailable,
            .exhausted, .cancelled, .internalError:
            .never
        }
    }
}
