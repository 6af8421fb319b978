import Glibc
import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct BlockingExecutorTests {
    private struct Broken: Error {}

    /// An actor that lives on a blocking executor, as a store does.
    private actor Store {
        nonisolated let executor: BlockingExecutor
        private(set) var rows: [Int] = []
        private(set) var threads: Set<pthread_t> = []

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        init(on executor: BlockingExecutor) { self.executor = executor }

        func append(_ row: Int) {
            rows.append(row)
            threads.insert(pthread_self())
        }

        nonisolated func appendNow(_ row: Int) {
            assumeIsolated { $0.append(row) }
        }
    }

    @Test("an actor runs on the executor's thread only, whoever calls it, and callers return to their loop")
    func actor() async throws {
        let executor = try BlockingExecutor(name: "test")
        let loops = try EventLoopGroup(count: 2)
        defer {
            loops.shutdown()
            executor.shutdown()
        }
        let store = Store(on: executor)
        await withTaskGroup { group in
            for loop in loops.loops {
                group.addTask(executorPreference: loop) {
                    for row in 0..<500 {
                        await store.append(row)
                        #expect(loop.isCurrent)
                    }
                }
            }
            group.addTask { for row in 0..<500 { await store.append(row) } }
        }
        #expect(await store.rows.count == 1500)
        #expect(await store.threads.count == 1)
        #expect(await store.threads.contains(pthread_self()) == false)
    }

    @Test("a closure on the thread may assume the isolation of an actor that lives there")
    func assumesIsolation() async throws {
        let executor = try BlockingExecutor(name: "test")
        defer { executor.shutdown() }
        let store = Store(on: executor)
        try await executor.run { store.appendNow(7) }
        #expect(await store.rows == [7])
    }

    @Test("run returns what the closure returns and throws what it throws")
    func results() async throws {
        let executor = try BlockingExecutor(name: "test")
        defer { executor.shutdown() }
        #expect(try await executor.run { 6 * 7 } == 42)
        await #expect(throws: Broken.self) { try await executor.run { throw Broken() } }
    }

    @Test("closures beyond the bound are refused, and taken again when there is room")
    func bounded() async throws {
        let executor = try BlockingExecutor(name: "test", queueCountMax: 2)
        defer { executor.shutdown() }
        let (held, release) = (OneShot<Void>(), Monitor(false))
        executor.post {
            held.fulfil(())
            release.wait { $0 ? () : nil }
        }
        _ = await held.wait()
        #expect(executor.post {})
        #expect(executor.post {})
        #expect(!executor.post {})
        await #expect(throws: BlockingExecutorError.queueFull) { try await executor.run {} }
        release.notify { open in
            open = true
            return true
        }
        // An actor's job is never refused, and comes after what was queued before it.
        let store = Store(on: executor)
        await store.append(1)
        #expect(executor.post {})
    }

    @Test("a task that is cancelled before its closure begins gets its cancellation, and the closure never runs")
    func cancelledWhileQueued() async throws {
        let executor = try BlockingExecutor(name: "test")
        defer { executor.shutdown() }
        let (held, release) = (OneShot<Void>(), Monitor(false))
        executor.post {
            held.fulfil(())
            release.wait { $0 ? () : nil }
        }
        _ = await held.wait()
        let task = Task { try await executor.run { Issue.record("the closure ran") } }
        task.cancel()
        release.notify { open in
            open = true
            return true
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("a shutdown runs what is queued, then refuses closures")
    func drains() async throws {
        let executor = try BlockingExecutor(name: "test")
        let count = Locked(0)
        for _ in 0..<500 { executor.post { count.withLock { $0 += 1 } } }
        executor.shutdown()
        #expect(count.withLock { $0 } == 500)
        #expect(!executor.post {})
        await #expect(throws: BlockingExecutorError.shutDown) { try await executor.run {} }
        executor.shutdown()
    }

    @Test("an actor answers after the shutdown of its executor too")
    func lateJobs() async throws {
        let executor = try BlockingExecutor(name: "test")
        let store = Store(on: executor)
        executor.shutdown()
        await withTaskGroup { group in
            for row in 0..<200 { group.addTask { await store.append(row) } }
        }
        #expect(await store.rows.count == 200)
    }
}
