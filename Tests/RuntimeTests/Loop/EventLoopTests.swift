import Synchronization
import Testing

@testable import Runtime

@Suite(.timeLimit(.minutes(1))) struct EventLoopTests {
    private func onLoop<Result: Sendable>(
        clock: any MonotonicClock = SystemClock(), _ body: @escaping @Sendable (EventLoop) async throws -> Result
    ) async throws -> Result {
        let loops = try EventLoopGroup(count: 1, clock: clock)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        return try await Task(executorPreference: loop) { try await body(loop) }.value
    }

    @Test("a task that prefers a loop runs, sleeps and resumes on the loop's thread")
    func staysOnLoop() async throws {
        let stayed = try await onLoop { loop in
            let before = loop.isCurrent
            try await loop.sleep(for: .milliseconds(1))
            return before && loop.isCurrent
        }
        #expect(stayed)
    }

    @Test("a sleeping task that is cancelled from another thread wakes at once and leaves no timer")
    func cancelledSleep() async throws {
        let loops = try EventLoopGroup(count: 1, clock: ManualClock())
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let task = Task(executorPreference: loop) {
            await #expect(throws: CancellationError.self) { try await loop.sleep(for: .seconds(3600)) }
            return loop.pendingTimerCount
        }
        task.cancel()
        #expect(await task.value == 0)
    }

    @Test("a manual clock fires a loop's timers when it is advanced")
    func manualClock() async throws {
        let clock = ManualClock()
        let slept = try await onLoop(clock: clock) { loop in
            let start = clock.now()
            loop.execute { clock.advance(by: .seconds(60)) }
            try await loop.sleep(for: .seconds(60))
            return clock.now() - start
        }
        #expect(slept == .seconds(60))
    }

    @Test("a timer that schedules itself again at once starves neither jobs nor older timers")
    func selfRenewingTimer() async throws {
        let clock = ManualClock()
        try await onLoop(clock: clock) { loop in
            let signal = LoopSignal(on: loop)
            var renewals = 0
            var stopped = false
            func renew() {
                renewals += 1
                if !stopped { _ = loop.schedule(at: MonotonicInstant(nanoseconds: 0), renew) }
            }
            _ = loop.schedule(at: loop.now, renew)
            _ = loop.schedule(at: loop.now) { signal.signal() }
            try await signal.wait()
            stopped = true
            #expect(renewals >= 1 && renewals <= 3)
        }
    }

    @Test("jobs that enqueue jobs for ever starve no timer")
    func endlessJobs() async throws {
        try await onLoop { loop in
            let signal = LoopSignal(on: loop)
            let stopped = Locked(false)
            @Sendable func again() {
                if !stopped.withLock({ $0 }) { loop.execute(again) }
            }
            again()
            _ = loop.schedule(after: .milliseconds(1)) { signal.signal() }
            try await signal.wait()
            stopped.withLock { $0 = true }
        }
    }

    @Test("cancelling a timer whose action owns the last reference to something that cancels a timer is safe")
    func reentrantCancel() async throws {
        final class Canceller {
            let loop: EventLoop
            let timer: TimerID
            init(_ loop: EventLoop) {
                self.loop = loop
                timer = loop.schedule(after: .seconds(3600)) {}
            }
            deinit { loop.cancel(timer) }
        }
        try await onLoop { loop in
            let canceller = Canceller(loop)
            let timer = loop.schedule(after: .seconds(3600)) { withExtendedLifetime(canceller) {} }
            _ = consume canceller
            loop.cancel(timer)
            #expect(loop.pendingTimerCount == 0)
        }
    }

    @Test("what was enqueued before a stop runs, jobs that it enqueues included")
    func stopRunsQueue() throws {
        let loops = try EventLoopGroup(count: 1)
        let loop = loops.loops[0]
        let count = Locked(0)
        for _ in 0..<100 {
            loop.execute {
                loop.execute {
                    loop.atTurnEnd { count.withLock { $0 += 1 } }
                }
            }
        }
        loops.shutdown()
        #expect(count.withLock { $0 } == 100)
    }

    @Test("stopping races with posting: what was posted before the stop runs, and nothing hangs", arguments: 0..<50)
    func stopRace(round: Int) async throws {
        let loops = try EventLoopGroup(count: 1)
        let loop = loops.loops[0]
        let ran = Locked(0)
        for _ in 0..<round { loop.execute { ran.withLock { $0 += 1 } } }
        async let late: Void = { for _ in 0..<50 { loop.execute {} } }()
        loops.shutdown()
        await late
        #expect(ran.withLock { $0 } == round)
    }

    @Test("other threads write at most one wake a turn, however much they post")
    func wakesPerTurn() async throws {
        let loops = try EventLoopGroup(count: 3)
        defer { loops.shutdown() }
        let target = loops.loops[0]
        let posts = 20_000
        let ran = Locked(0)
        await withTaskGroup { group in
            for loop in loops.loops.dropFirst() {
                group.addTask(executorPreference: loop) {
                    for _ in 0..<posts { target.execute { ran.withLock { $0 += 1 } } }
                }
            }
        }
        let turns = await Task(executorPreference: target) { target.turnCount }.value
        #expect(ran.withLock { $0 } == 2 * posts)
        #expect(target.wakesWritten <= turns)
    }

    @Test("a loop-bound value is destroyed on its loop, whoever drops it last")
    func loopBoundRelease() async throws {
        final class Witness {
            let loop: EventLoop
            let released: OneShot<Bool>
            init(_ loop: EventLoop, _ released: OneShot<Bool>) {
                self.loop = loop
                self.released = released
            }
            deinit { released.fulfil(loop.isCurrent) }
        }
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let released = OneShot<Bool>()
        var bound: LoopBound<Witness>? = await Task(executorPreference: loop) {
            LoopBound(Witness(loop, released), on: loop)
        }.value
        #expect(bound != nil)
        bound = nil
        #expect(await released.wait() == true)
    }

    @Test("a signal that comes before the wait is kept, and a cleared one is not")
    func keptSignal() async throws {
        try await onLoop { loop in
            let signal = LoopSignal(on: loop)
            signal.signal()
            signal.signal()
            try await signal.wait()
            signal.signal()
            signal.clear()
            let timer = loop.schedule(after: .milliseconds(1)) { signal.signal() }
            try await signal.wait()
            #expect(loop.pendingTimerCount == 0)
            loop.cancel(timer)
        }
    }
}
