import Testing

@testable import Runtime

/// What the loop relies on in the concurrency runtime; to be looked at again with each new toolchain.
@Suite(.timeLimit(.minutes(2))) struct ExecutorTests {
    /// An actor that would show lost updates and overlapping calls.
    private actor Counter {
        private(set) var count = 0
        private var inside = false
        private(set) var overlaps = 0

        func increment() {
            if inside { overlaps += 1 }
            inside = true
            count += 1
            inside = false
        }

        func incrementWithPause() async {
            increment()
            await Task.yield()
            increment()
        }
    }

    #if TSAN
        private static let callsPerCaller = 10_000
    #else
        private static let callsPerCaller = 50_000
    #endif

    @Test("a default actor called from two loops and the pool loses no update and never overlaps")
    func defaultActor() async throws {
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        let counter = Counter()
        let executors: [(any TaskExecutor)?] = [loops.loops[0], loops.loops[1], nil, loops.loops[0]]
        await withTaskGroup { group in
            for executor in executors {
                group.addTask(executorPreference: executor) {
                    for _ in 0..<Self.callsPerCaller { await counter.increment() }
                }
            }
        }
        #expect(await counter.count == executors.count * Self.callsPerCaller)
        #expect(await counter.overlaps == 0)
    }

    // While callers contend, the runtime may run an actor's method on another caller's loop (seen in one test run of six
    // on 6.3.1): nothing loop-bound may be touched in there.
    @Test("a task is back on its loop after an actor's method, wherever that ran and suspended")
    func backOnLoop() async throws {
        let loops = try EventLoopGroup(count: 2)
        defer { loops.shutdown() }
        let counter = Counter()
        await withTaskGroup { group in
            for loop in loops.loops {
                group.addTask(executorPreference: loop) {
                    for _ in 0..<2000 {
                        await counter.incrementWithPause()
                        #expect(loop.isCurrent)
                    }
                }
            }
        }
        #expect(await counter.count == 8000)
        #expect(await counter.overlaps == 0)
    }

    /// One operation whose hops are counted.
    struct Operation: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Enqueues an operation, as measured on Swift 6.3.1; more is a regression of ours or the runtime's.
        let enqueuesMax: Double
        let body: @Sendable (EventLoop) async throws -> Void
    }

    private actor Plain {
        func touch() {}
    }

    @concurrent private static func concurrentCall() async {}

    private static let plain = Plain()
    private static let operations: [Operation] = [
        Operation(testDescription: "unsafe continuation, resumed at once", enqueuesMax: 0) { _ in
            await withUnsafeContinuation { $0.resume() }
        },
        Operation(testDescription: "cancellation handler and continuation", enqueuesMax: 0) { _ in
            await withTaskCancellationHandler {
                await withUnsafeContinuation { $0.resume() }
            } onCancel: {
            }
        },
        Operation(testDescription: "concurrent call", enqueuesMax: 0) { _ in await concurrentCall() },
        Operation(testDescription: "default actor call", enqueuesMax: 2) { _ in await plain.touch() },
        Operation(testDescription: "group with one child", enqueuesMax: 2) { _ in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {}
                await group.next()
            }
        },
        Operation(testDescription: "async let", enqueuesMax: 2) { _ in
            async let value = 1
            _ = await value
        },
        Operation(testDescription: "task with the loop's preference", enqueuesMax: 2) { loop in
            await Task(executorPreference: loop) {}.value
        },
        Operation(testDescription: "yield", enqueuesMax: 2) { _ in await Task.yield() },
        Operation(testDescription: "park on a signal", enqueuesMax: 1) { loop in
            let signal = LoopSignal(on: loop)
            loop.execute { [signal = LoopBound(signal, on: loop)] in signal.value.signal() }
            try await signal.wait()
        },
        Operation(testDescription: "park on a signal alone", enqueuesMax: 1) { loop in
            let signal = LoopSignal(on: loop)
            loop.execute { [signal = LoopBound(signal, on: loop)] in signal.value.signal() }
            await signal.waitForSignal()
        },
        Operation(testDescription: "signal that is there", enqueuesMax: 0) { loop in
            let signal = LoopSignal(on: loop)
            signal.signal()
            try await signal.wait()
        },
        Operation(testDescription: "channel with something in it", enqueuesMax: 0) { _ in
            let channel = Channel<Int>(capacity: 1)
            try await channel.send(1)
            _ = try await channel.next()
        },
    ]

    @Test("an operation on a loop costs no more enqueues than measured", arguments: operations)
    func enqueues(operation: Operation) async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let count = 200
        let enqueued = try await Task(executorPreference: loop) {
            try await operation.body(loop)
            let before = loop.jobsEnqueued
            for _ in 0..<count { try await operation.body(loop) }
            #expect(loop.isCurrent)
            return loop.jobsEnqueued - before
        }.value
        let each = Double(enqueued) / Double(count)
        #expect(each <= operation.enqueuesMax, "\(each) enqueues")
    }

    @Test("a bare task leaves the loop, which is why the data path has none")
    func bareTask() async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        #expect(await Task(executorPreference: loop) { await Task { loop.isCurrent }.value }.value == false)
    }
}
