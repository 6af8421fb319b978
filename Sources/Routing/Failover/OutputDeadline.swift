import Dialects
import Runtime

/// The moment by which a leg must have put out something that the client can see.
package struct OutputDeadline: Sendable, Equatable {
    /// What the passing of the deadline ends.
    package enum Scope: Sendable, Equatable {
        /// The leg: the request goes on elsewhere.
        case leg
        /// The request.
        case request
    }

    package let time: MonotonicInstant
    package let scope: Scope
    /// How long it was from its beginning.
    package let budget: Duration

    /// The one of two deadlines that passes first; on a tie the request's, which another leg could not keep either.
    static func earlier(leg: OutputDeadline?, request: OutputDeadline?) -> OutputDeadline? {
        guard let leg, let request else { return leg ?? request }
        return leg.time < request.time ? leg : request
    }

    /// What its passing means to the plan.
    package var signal: UpstreamSignal {
        switch scope {
        case .leg: UpstreamSignal(.legTTFT)
        case .request: UpstreamSignal(.globalTTFT)
        }
    }

    /// The failure that its passing is.
    package var failure: Failure {
        let seconds = Double(budget / .milliseconds(1)) / 1000
        return switch scope {
        case .leg: Failure(.timeout, "the leg gave no output within its ttft_timeout of \(seconds) s")
        case .request:
            Failure(.timeout, "no leg gave output within the route's ttft_timeout of \(seconds) s")
        }
    }
}
