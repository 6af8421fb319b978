/// A value that is set once and awaited by one task, from any thread; nothing is lost when it is set before the wait.
package final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        /// Can move to `waiting` (wait) or `fulfilled` (fulfil).
        case empty
        /// Can move to `empty` (the waiter was cancelled) or `fulfilled`.
        case waiting(UnsafeContinuation<Value?, Never>)
        case fulfilled(Value)
    }

    private let state = Locked(State.empty)

    package init() {}

    /// Sets the value and wakes the waiter; only the first call has an effect, and returns true.
    @discardableResult
    package func fulfil(_ value: Value) -> Bool {
        let (first, waiter) = state.withLock { state -> (Bool, UnsafeContinuation<Value?, Never>?) in
            switch state {
            case .empty:
                state = .fulfilled(value)
                return (true, nil)
            case .waiting(let continuation):
                state = .fulfilled(value)
                return (true, continuation)
            case .fulfilled:
                return (false, nil)
            }
        }
        waiter?.resume(returning: value)
        return first
    }

    /// The value, once it is there; nil when the task is cancelled before.
    ///
    /// At most one task may wait at a time.
    package func wait() async -> Value? {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Value?, Never>) in
                let (known, value) = park(continuation)
                if known { continuation.resume(returning: value) }
            }
        } onCancel: {
            unpark()?.resume(returning: nil)
        }
    }

    /// Stores the continuation, or returns what it must be resumed with at once.
    private func park(_ continuation: UnsafeContinuation<Value?, Never>) -> (known: Bool, value: Value?) {
        state.withLock { state in
            switch state {
            case .fulfilled(let value):
                return (true, value)
            case .waiting:
                preconditionFailure("two tasks wait for one value")
            case .empty:
                // The runtime marks the task before it calls the handler, and the handler takes this lock: a
                // cancellation is seen either here or, after this, by the handler.
                if Task.isCancelled { return (true, nil) }
                state = .waiting(continuation)
                return (false, nil)
            }
        }
    }

    private func unpark() -> UnsafeContinuation<Value?, Never>? {
        state.withLock { state in
            guard case .waiting(let continuation) = state else { return nil }
            state = .empty
            return continuation
        }
    }
}
