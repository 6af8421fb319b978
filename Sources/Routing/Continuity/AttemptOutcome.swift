/// How an attempt at a leg ended, as metrics, logs and lineage name it.
package enum AttemptOutcome: String, CaseIterable, Sendable {
    /// The answer was delivered whole.
    case success
    /// It failed before any output and the request moved on.
    case swallowedFailure = "swallowed_failure"
    /// It failed and nothing followed: the client was told, unless it had left by then.
    case surfacedFailure = "surfaced_failure"
    /// The client left, or lip was shut down.
    case cancelled

    /// Its position among all cases, for tables of counters.
    package var index: Int {
        switch self {
        case .success: 0
        case .swallowedFailure: 1
        case .surfacedFailure: 2
        case .cancelled: 3
        }
    }
}
