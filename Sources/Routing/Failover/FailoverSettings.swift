/// The bounds within which a request moves from leg to leg.
package struct FailoverSettings: Sendable, Equatable {
    /// Attempts in sequence, the first one included; a change of the key within a backend is no attempt of its own.
    package var attemptsMax = 3
    /// The longest that a request waits, in all, for legs that it has already tried.
    package var retryWaitMax = Duration.seconds(10)
    /// The wait before a leg is tried again for the first time, where its provider named none; it doubles from then on.
    package var retryWaitFirst = Duration.milliseconds(200)
    /// The share by which a wait that no provider named is lengthened or shortened at random.
    package var retryWaitJitter = 0.2

    package init() {}
}
