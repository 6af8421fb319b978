import Runtime

/// Why an attempt at a leg cannot begin.
package enum LegRefusal: Error, Sendable, Equatable {
    /// The backend has no key for it.
    case key(KeyPool.Shortage)
    /// The leg is left alone after failures; this is the soonest moment at which it may be tried, as far as is known.
    case breakerOpen(until: MonotonicInstant)
}
