import Glibc

/// Runs an actor, and closures, on a thread of their own, so that files and databases never block a loop.
///
/// An actor makes it its executor with `nonisolated var unownedExecutor: UnownedSerialExecutor`. Jobs of the actor are
/// bounded by the tasks that call it; closures are refused beyond `queueCountMax`. Shutdown runs what is queued. An actor
/// stays usable after it: late jobs start a thread for as long as they need, so that no caller hangs.
package final class BlockingExecutor: SerialExecutor {
    private struct State {
        var work: [LoopWork] = []
        /// Closures in `work`, without jobs of the runtime.
        var callCount = 0
        var closed = false
        /// Whether a thread will look at `work`; false only once the executor was closed and had nothing left to do.
        var threadRuns = true
    }

    /// What becomes of a closure that is offered.
    private enum Offer {
        case taken
        case full
        case closed
    }

    private let name: String
    private let queueCountMax: Int
    private let monitor = Monitor(State())
    /// The thread until `shutdown()` has joined it.
    private let thread = Locked<Thread?>(nil)
    private let current = Locked<pthread_t?>(nil)

    /// Starts the thread; `queueCountMax` bounds the closures that wait.
    package init(name: String, queueCountMax: Int = 1024) throws(SystemError) {
        self.name = name
        self.queueCountMax = queueCountMax
        let started = try Thread(name: name) { [self] in runWork() }
        thread.withLock { $0 = started }
    }

    // MARK: Any thread

    /// Jobs and closures that wait, for metrics.
    package var queueCount: Int { monitor.withLock { $0.work.count } }

    /// Takes a job of an actor; called by the runtime.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        var mustStart = false
        monitor.notify { state in
            state.work.append(.job(job))
            mustStart = !state.threadRuns
            state.threadRuns = true
            return true
        }
        if mustStart { startLateThread() }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Traps unless the caller runs on the executor's thread; called by the runtime for `assumeIsolated`.
    package func checkIsolated() {
        precondition(
            current.withLock { $0 } == pthread_self(), "not on the thread of the blocking executor \(name)")
    }

    /// Runs `body` on the thread without waiting for it; false when the queue is full or the executor was shut down.
    @discardableResult
    package func post(_ body: @escaping @Sendable () -> Void) -> Bool {
        offer(body) == .taken
    }

    /// Runs `body` on the thread and returns its result.
    ///
    /// Throws what `body` throws, `BlockingExecutorError` when it was not taken, and `CancellationError` when the task was
    /// cancelled before it began; a closure that has begun is waited for.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try Task.checkCancellation()
        let cancelled = Locked(false)
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                let offer = offer {
                    if cancelled.withLock({ $0 }) {
                        continuation.resume(throwing: CancellationError())
                    } else {
                        continuation.resume(with: Swift.Result { try body() })
                    }
                }
                switch offer {
                case .taken: break
                case .full: continuation.resume(throwing: BlockingExecutorError.queueFull)
                case .closed: continuation.resume(throwing: BlockingExecutorError.shutDown)
                }
            }
        } onCancel: {
            cancelled.withLock { $0 = true }
        }
    }

    /// Runs what is queued, ends the thread and waits for it; not to be called on that thread.
    package func shutdown() {
        monitor.notify { state in
            state.closed = true
            return true
        }
        let thread = thread.withLock { $0.take() }
        thread?.join()
    }

    private func offer(_ body: @escaping @Sendable () -> Void) -> Offer {
        var offer = Offer.taken
        monitor.notify { state in
            if state.closed {
                offer = .closed
            } else if state.callCount >= queueCountMax {
                offer = .full
            } else {
                state.callCount += 1
                state.work.append(.call(body))
            }
            return offer == .taken
        }
        return offer
    }

    private func startLateThread() {
        do {
            try Thread(name: name) { [self] in runWork() }.detach()
        } catch {
            fatalError("no thread for the blocking executor \(name): \(error)")
        }
    }

    // MARK: The thread

    private func runWork() {
        current.withLock { $0 = pthread_self() }
        let executor = asUnownedSerialExecutor()
        var batch: [LoopWork] = []
        while takeBatch(&batch) {
            for work in batch {
                switch work {
                case .job(let job): job.runSynchronously(on: executor)
                case .call(let body): body()
                }
            }
            batch.removeAll(keepingCapacity: true)
        }
    }

    /// Waits for work; false when there is none and will be none.
    private func takeBatch(_ batch: inout [LoopWork]) -> Bool {
        monitor.wait { state in
            if !state.work.isEmpty {
                swap(&state.work, &batch)
                state.callCount = 0
                return true
            }
            if !state.closed { return nil }
            // Said here, under the lock: a later thread may start at once, and sets its own.
            current.withLock { $0 = nil }
            state.threadRuns = false
            return false
        }
    }
}

/// Why a closure was not taken.
package enum BlockingExecutorError: Error, Hashable {
    /// `queueCountMax` closures wait already.
    case queueFull
    case shutDown
}
