import Runtime

/// Reads and writes large requests on a thread of their own, so that a megabyte of JSON holds no loop up.
///
/// The thread starts with the first large request. Shared by all loops.
final class LargeBodies: Sendable {
    /// From this size on, in bytes, a body is worth the way to another thread; a loop reads it in about a millisecond.
    static let bytesMin = 1 << 20
    /// Large requests that wait for the thread; beyond it they are read where they came.
    private static let waitingCountMax = 256

    private enum State {
        case idle
        case running(BlockingExecutor)
        case shutDown
    }

    private let state = Locked(State.idle)

    /// Runs `work` on the thread, or at once where there is none to be had; throws only when the request was called off.
    func run<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async throws(CancellationError) -> Result {
        guard let executor else { return work() }
        do {
            return try await executor.run(work)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return work()
        }
    }

    /// Ends the thread, once no request runs any more.
    func shutdown() {
        let executor: BlockingExecutor? = state.withLock { state in
            defer { state = .shutDown }
            if case .running(let executor) = state { return executor }
            return nil
        }
        executor?.shutdown()
    }

    private var executor: BlockingExecutor? {
        state.withLock { state in
            switch state {
            case .running(let executor): return executor
            case .shutDown: return nil
            case .idle:
                guard
                    let executor = try? BlockingExecutor(
                        name: "lip-large", queueCountMax: Self.waitingCountMax)
                else { return nil }
                state = .running(executor)
                return executor
            }
        }
    }
}
