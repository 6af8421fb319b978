/// A bounded queue from many tasks to one, on the same loop or on others.
///
/// Sending waits while the buffer is full, so a slow receiver slows its senders down. What a send has accepted is received,
/// in order, before the end or the error. A cancelled task neither sends nor takes an element: both throw
/// `CancellationError`, whether the cancellation came before, during or after the wait began. An element through the
/// buffer costs one lock on each side; `nextBatch` costs one lock for all that has gathered.
package struct Channel<Element: Sendable>: Sendable {
    package enum Attempt: Sendable {
        case sent
        /// The buffer has no room; the element was not taken.
        case full
        /// The channel has ended; the element was not taken.
        case closed
    }

    private let storage: ChannelStorage<Element>

    /// Creates a channel whose buffer holds up to `capacity` elements, at least one.
    package init(capacity: Int) {
        storage = ChannelStorage(capacity: capacity)
    }

    /// Elements that wait in the buffer at this moment, for metrics and tests.
    package var count: Int { storage.count }

    /// Sends an element, waiting while the buffer is full.
    ///
    /// Throws `ChannelClosedError` when the channel has ended, `CancellationError` when the task is cancelled; the element
    /// was not sent then.
    package func send(_ element: Element) async throws {
        switch await storage.send(element) {
        case .done: return
        case .closed: throw ChannelClosedError()
        case .cancelled: throw CancellationError()
        }
    }

    /// Sends an element if there is room for it now.
    package func trySend(_ element: Element) -> Attempt {
        switch storage.trySend(element) {
        case .done: .sent
        case .closed, .cancelled: .closed
        case nil: .full
        }
    }

    /// Ends the channel: what was sent is still received, then the end; later sends fail.
    package func finish() {
        storage.finish(nil)
    }

    /// Ends the channel with an error, which the receiver gets once, after what was sent before.
    package func fail(_ error: any Error) {
        storage.finish(error)
    }

    /// The receiver leaves: buffered elements are dropped, waiting and later sends fail.
    ///
    /// A receiver that stops before the end calls it, or its senders wait for ever.
    package func close() {
        storage.close()
    }

    /// The next element, or nil at the end; only one task may receive at a time.
    ///
    /// Throws the error of `fail`, or `CancellationError`.
    package func next() async throws -> Element? {
        try await storage.receive()
    }

    /// Waits for something to be there, then swaps all of it with `batch`; false at the end.
    ///
    /// The storage of `batch` is reused for what comes next, so a loop over one variable does not allocate once warm.
    /// Throws as `next()` does.
    package func nextBatch(_ batch: inout [Element]) async throws -> Bool {
        try await storage.receive(batch: &batch)
    }
}

/// The error of a send into a channel that has ended.
package struct ChannelClosedError: Error, Hashable {
    package init() {}
}
