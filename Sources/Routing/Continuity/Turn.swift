/// What one request adds to its A-leg; the one message that a finished request sends to the store.
package struct Turn: Sendable, Equatable {
    package var aLeg: ALeg
    /// In order of their sequence.
    package var attempts: [AttemptRecord]

    package init(aLeg: ALeg, attempts: [AttemptRecord]) {
        self.aLeg = aLeg
        self.attempts = attempts
    }
}
