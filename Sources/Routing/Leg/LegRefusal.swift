import Runtime

/// Why an attempt at a leg cannot begin.
package enum LegRefusal: Error, Sendable, Equatable {
    /// The backend has no key for it.
    case key(KeyPool.Shortage)
    /// The leg is left alone after failures; this is the soonest moment at which it may be tried, as far as is known.
    case breakerOpen(until: MonotonicInstant)
    /// The leg, or its backend, has as many attempts in flight as it may; by then one should have ended.
    case busy(until: MonotonicInstant)
    /// The request has tried the backend before, and so many others do so again that there is no budget for one more.
    case retryBudget

    /// When the leg may be tried, where it is passed over without being waited for.
    package var passedOverUntil: MonotonicInstant? {
        switch self {
        case .breakerOpen(let until), .busy(let until): until
        case .key, .retryBudget: nil
        }
    }
}
