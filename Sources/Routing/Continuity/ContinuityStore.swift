/// Where conversations and their attempts are kept.
///
/// Recording is a message without an answer: it neither waits nor fails, and when a store cannot keep up it drops and
/// counts. Queries see every turn that was recorded before they were asked.
package protocol ContinuityStore: Actor {
    /// Takes what a finished request adds to its A-leg; from any thread, without blocking it.
    nonisolated func record(_ turn: Turn)

    /// How recording has gone so far; from any thread.
    nonisolated var statistics: ContinuityStatistics { get }

    /// The A-leg; nil when there is none of this name, or it was forgotten.
    func aLeg(_ id: ALegID) async throws -> ALeg?

    /// The attempts of an A-leg in order of their sequence; empty when there is none of this name.
    func attempts(of id: ALegID) async throws -> [AttemptRecord]

    /// One page of the attempts of all A-legs.
    func page(_ query: LineageQuery) async throws -> LineagePage

    /// Keeps what was recorded so far, and releases what the store holds; later turns are dropped.
    nonisolated func shutdown() async
}

/// How the recording of turns has gone.
package struct ContinuityStatistics: Sendable, Equatable {
    /// Turns that were kept.
    package var recordedCount: UInt64 = 0
    /// Turns that were not kept: the queue was full, the store was shut down, or an attempt contradicted what was known.
    package var droppedCount: UInt64 = 0
    /// Batches that could not be written when they were first tried.
    package var failedWriteCount: UInt64 = 0

    package init() {}
}
