/// Parks one task on a loop until something on the same loop wakes it; the only place where data-path tasks wait.
///
/// A signal that comes while nobody waits is kept (once), so that the sequence «check, then wait» loses nothing. Belongs
/// to one loop: every method is called there. Waiting ends with `CancellationError` when the task is cancelled before or
/// during the wait, from whatever thread.
package final class LoopSignal {
    private enum State {
        /// Nobody waits. Can move to `signalled` (signal) or `waiting` (wait).
        case idle
        /// A signal came while nobody waited. Can move to `idle` (wait returns at once).
        case signalled
        /// One task waits. Can move to `idle` (signal or cancellation).
        case waiting(UnsafeContinuation<Void, any Error>, ticket: UInt64)
        /// One task waits, whose owner sees to its cancellation. Can move to `idle` (signal).
        case parked(UnsafeContinuation<Void, Never>)
    }

    private let loop: EventLoop
    private var state = State.idle
    private var tickets: UInt64 = 0

    package init(on loop: EventLoop) {
        self.loop = loop
    }

    /// Wakes the waiting task, or lets the next wait return at once.
    package func signal() {
        assert(loop.isCurrent, "a signal was used off its loop")
        switch state {
        case .idle, .signalled:
            state = .signalled
        case .waiting(let continuation, _):
            state = .idle
            continuation.resume()
        case .parked(let continuation):
            state = .idle
            continuation.resume()
        }
    }

    /// Drops a signal that nobody has waited for yet.
    package func clear() {
        if case .signalled = state { state = .idle }
    }

    /// Waits for a signal; at most one task may wait at a time.
    package func wait() async throws {
        assert(loop.isCurrent, "a signal was used off its loop")
        if case .signalled = state {
            state = .idle
            try Task.checkCancellation()
            return
        }
        tickets &+= 1
        let ticket = tickets
        // Safety: other threads only carry the reference to the loop; releasing the last one anywhere is harmless.
        nonisolated(unsafe) let signal = self
        let loop = loop
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                // On the loop and synchronous: a cancellation from another thread that is not visible here yet is
                // delivered through the loop's queue, after this wait has been stored.
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    precondition(!hasWaiter, "two tasks wait for one signal")
                    state = .waiting(continuation, ticket: ticket)
                }
            }
        } onCancel: {
            if loop.isCurrent {
                signal.cancel(ticket)
            } else {
                loop.execute { signal.cancel(ticket) }
            }
        }
    }

    /// Waits for a signal and for nothing else, at a third of the cost of `wait`.
    ///
    /// For an owner that has a cancellation handler around many waits, which signals, and looks at the cancellation itself
    /// before it waits and after.
    package func waitForSignal() async {
        assert(loop.isCurrent, "a signal was used off its loop")
        if case .signalled = state {
            state = .idle
            return
        }
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            precondition(!hasWaiter, "two tasks wait for one signal")
            state = .parked(continuation)
        }
    }

    private var hasWaiter: Bool {
        switch state {
        case .idle, .signalled: false
        case .waiting, .parked: true
        }
    }

    private func cancel(_ ticket: UInt64) {
        guard case .waiting(let continuation, ticket) = state else { return }
        state = .idle
        continuation.resume(throwing: CancellationError())
    }
}
