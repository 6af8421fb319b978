import Dialects

/// How an attempt at a leg went wrong, as far as routing cares.
package struct UpstreamSignal: Sendable, Hashable {
    package enum Kind: Sendable, Hashable, CaseIterable {
        /// The client left, or the call was called off.
        case clientCancelled
        /// Another leg of the race won.
        case raceLost
        /// The time to the first output ran out for the whole request.
        case globalTTFT
        /// The time to the first output ran out for this leg.
        case legTTFT
        /// No connection: name resolution, connect, TLS, or reset before an answer.
        case connection
        /// The connect, first-byte or idle timeout of the transfer.
        case timeout
        /// The answer ended before it was complete.
        case prematureEnd
        /// The answer makes no sense or is too large.
        case invalidAnswer
        /// A leg of a race gave a whole answer without output that wins.
        case noOutput
        /// The provider reported a failure inside of its answer that stands for no status.
        case inBandError
        /// The provider reported a failure of its own after which nothing may be tried: it may have acted on the call.
        case finalError
        /// The backend cannot express the call, or refused it before a byte went out.
        case inexpressible
        /// The gateway could not ask for want of its own means, such as file descriptors.
        case gatewayExhausted
        /// The conversation does not fit the model's window.
        case contextLength
        /// A status that is no success.
        case status
    }

    package let kind: Kind
    /// The provider's HTTP status, or the one that its in-band error stands for; 0 where there is none.
    package let status: Int

    package init(_ kind: Kind, status: Int = 0) {
        self.kind = kind
        self.status = status
    }

    /// The provider answered with this status.
    package static func status(_ status: Int) -> UpstreamSignal {
        UpstreamSignal(.status, status: status)
    }

    /// What a failure that a dialect or the transport reported means.
    ///
    /// An error inside of a successful answer counts as the status that its kind usually comes with. Budgets and lost
    /// races are known to the router only, which makes their signals itself.
    package init(_ failure: Failure) {
        // Only who made the failure knows that it is final; by its kind, another leg would be tried.
        if failure.retry == .never, failure.phase == .beforeOutput,
            failure.kind == .providerError || failure.kind == .prematureEnd
        {
            self.init(.finalError)
            return
        }
        let provided = failure.providerStatus.flatMap { $0 >= 300 ? $0 : nil }
        switch failure.kind {
        case .cancelled: self.init(.clientCancelled)
        case .connection where provided == nil: self.init(.connection)
        case .timeout where provided == nil: self.init(.timeout)
        case .prematureEnd: self.init(.prematureEnd)
        case .invalidResponse where provided == nil: self.init(.invalidAnswer)
        case .exhausted: self.init(.gatewayExhausted, status: failure.status)
        case .contextLength, .tooLarge:
            // One that the gateway found itself has not been seen by any provider.
            self.init(failure.side == .provider ? .contextLength : .inexpressible, status: provided ?? failure.status)
        case .internalError, .unsupported, .unavailable, .methodNotAllowed:
            self = provided.map(Self.status) ?? UpstreamSignal(.inexpressible, status: failure.status)
        default:
            if let status = provided ?? (failure.side == .provider ? Self.usualStatus(failure.kind) : nil) {
                self = .status(status)
            } else if failure.side == .provider {
                self.init(.inBandError)
            } else {
                self.init(.inexpressible, status: failure.status)
            }
        }
    }

    /// The status that providers give for a kind when they give one.
    private static func usualStatus(_ kind: Failure.Kind) -> Int? {
        switch kind {
        case .invalidRequest, .contentBlocked: 400
        case .authentication: 401
        case .permission: 403
        case .notFound: 404
        case .rateLimited, .quotaExhausted: 429
        case .providerError: 500
        case .overloaded: 529
        default: nil
        }
    }
}
