import Testing

@testable import Runtime

@Suite struct EventLoopTests {
    @Test("a task that prefers a loop runs, sleeps and resumes on the loop's thread")
    func staysOnLoop() async throws {
        let group = try EventLoopGroup(count: 1)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let stayed = try await Task(executorPreference: loop) {
            let before = loop.isCurrent
            try await loop.sleep(for: .milliseconds(1))
            return before && loop.isCurrent
        }.value
        #expect(stayed)
    }

    @Test("a sleeping task that is cancelled from another thread wakes at once and leaves no timer")
    func cancelledSleep() async throws {
        let clock = ManualClock()
        let group = try EventLoopGroup(count: 1, clock: clock)
        defer { group.shutdown() }
        let loop = group.loops[0]
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
        let group = try EventLoopGroup(count: 1, clock: clock)
        defer { group.shutdown() }
        let loop = group.loops[0]
        let task = Task(executorPreference: loop) {
            let start = clock.now()
            loop.execute { clock.advance(by: .seconds(60)) }
            try await loop.sleep(for: .seconds(60))
            return clock.now() - start
        }
        #expect(try await task.value == .seconds(60))
    }
}
