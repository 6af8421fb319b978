import Testing

@testable import Runtime

@Suite struct ServiceGroupTests {
    private let clock: ManualClock
    private let loops: EventLoopGroup
    private let journal = Journal()

    init() throws {
        clock = ManualClock()
        loops = try EventLoopGroup(count: 1, clock: clock)
    }

    /// Runs `body` with the loops, and checks that it leaves no timer on them.
    private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
        let loop = loops.loops[0]
        try await body(loop)
        #expect(await Task(executorPreference: loop) { loop.pendingTimerCount }.value == 0)
        loops.shutdown()
    }

    @Test("services start in order and stop in reverse")
    func order() async throws {
        try await withLoop { loop in
            let (first, second) = (ScriptedService("a", journal: journal), ScriptedService("b", journal: journal))
            let group = ServiceGroup([first, second], on: loop)
            let end = Task { try await group.run() }
            await second.running.wait()
            group.beginShutdown()
            try await end.value
            #expect(journal.entries == ["start a", "start b", "stop b", "end b", "stop a", "end a"])
        }
    }

    @Test("a service without a graceful phase is cancelled in its turn")
    func plainService() async throws {
        try await withLoop { loop in
            let first = ScriptedService("a", journal: journal)
            let second = EndlessService(name: "b", journal: journal)
            let group = ServiceGroup([first, second], on: loop)
            let end = Task { try await group.run() }
            await second.running.wait()
            group.beginShutdown()
            try await end.value
            #expect(journal.entries == ["start a", "cancelled b", "stop a", "end a"])
        }
    }

    @Test(
        "a service that fails or returns early stops the others and is the error",
        arguments: [
            (ScriptedService.Script.failsToStart, "failed"), (.failsAfterStart, "failed"),
            (.returnsEarly, "returned before"),
        ])
    func failure(script: ScriptedService.Script, text: String) async throws {
        try await withLoop { loop in
            let first = ScriptedService("a", journal: journal)
            let second = ScriptedService("b", script, journal: journal)
            let group = ServiceGroup([first, second], on: loop)
            let error = await #expect(throws: ServiceGroupError.self) { try await group.run() }
            #expect(error?.service == "b")
            #expect(error?.description.contains(text) == true)
            #expect(journal.entries.suffix(2) == ["stop a", "end a"])
        }
    }

    @Test("what still runs at the deadline is cancelled and named")
    func deadline() async throws {
        try await withLoop { loop in
            let first = ScriptedService("a", journal: journal)
            let second = ScriptedService("b", .untilCancelled, journal: journal)
            let group = ServiceGroup([first, second], on: loop)
            let end = Task { try await group.run() }
            await second.running.wait()
            group.beginShutdown()
            // The deadline is armed on the loop; a task that goes through the loop comes after it.
            await Task(executorPreference: loop) { #expect(loop.pendingTimerCount == 1) }.value
            clock.advance(by: .seconds(30))
            do {
                try await end.value
                Issue.record("the group ended without an error")
            } catch let error as ServiceGroupError {
                #expect(error.service == "b")
                #expect(error.description.contains("deadline"))
            }
            #expect(journal.entries.contains("cancelled b"))
        }
    }

    @Test("at the deadline a service that can end with a word is cut short, and not cancelled")
    func cutAtDeadline() async throws {
        try await withLoop { loop in
            let first = ScriptedService("a", journal: journal)
            let second = CuttingService("b", journal: journal)
            let group = ServiceGroup([first, second], on: loop)
            let end = Task { try await group.run() }
            await second.running.wait()
            group.beginShutdown()
            await Task(executorPreference: loop) { #expect(loop.pendingTimerCount == 1) }.value
            clock.advance(by: .seconds(30))
            let error = await #expect(throws: ServiceGroupError.self) { try await end.value }
            #expect(error?.service == "b" && error?.description.contains("deadline") == true)
            #expect(journal.entries == ["start a", "stop b", "cut b", "end b", "cancelled a"])
        }
    }

    @Test("what does not end in the time after it was cut short is cancelled", arguments: [true, false])
    func cutTakesTooLong(bySignal: Bool) async throws {
        try await withLoop { loop in
            let service = CuttingService("a", isDeaf: true, journal: journal)
            let group = ServiceGroup([service], on: loop)
            let end = Task { try await group.run() }
            await service.running.wait()
            group.signalReceived()
            group.signalReceived()
            #expect(journal.entries == ["stop a", "cut a"])
            if bySignal {
                group.signalReceived()
            } else {
                await Task(executorPreference: loop) { #expect(loop.pendingTimerCount == 1) }.value
                clock.advance(by: .milliseconds(500))
            }
            await #expect(throws: ServiceGroupError.self) { try await end.value }
            #expect(journal.entries.last == "cancelled a")
        }
    }

    @Test("cutting an outer group short cuts an inner one short")
    func nestedCut() async throws {
        try await withLoop { loop in
            let service = CuttingService("a", journal: journal)
            let outer = ServiceGroup([ServiceGroup([service], on: loop, name: "inner")], on: loop)
            let end = Task { try await outer.run() }
            await service.running.wait()
            outer.cutShort()
            await #expect(throws: ServiceGroupError.self) { try await end.value }
            #expect(journal.entries == ["cut a", "end a"])
        }
    }

    @Test("the second signal cancels what still runs and knows no other way")
    func secondSignal() async throws {
        try await withLoop { loop in
            let service = ScriptedService("a", .untilCancelled, journal: journal)
            let group = ServiceGroup([service], on: loop)
            let end = Task { try await group.run() }
            await service.running.wait()
            group.signalReceived()
            #expect(journal.entries == ["start a", "stop a"])
            group.signalReceived()
            await #expect(throws: ServiceGroupError.self) { try await end.value }
            #expect(journal.entries.last == "cancelled a")
        }
    }

    @Test("cancelling the run cancels the services and is reported as cancellation")
    func cancellation() async throws {
        try await withLoop { loop in
            let service = EndlessService(name: "a", journal: journal)
            let group = ServiceGroup([service], on: loop)
            let run = Task { try await group.run() }
            await service.running.wait()
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
        }
    }

    @Test("a run that is cancelled before it begins starts nothing")
    func cancelledBeforeRun() async throws {
        try await withLoop { loop in
            let group = ServiceGroup([ScriptedService("a", journal: journal)], on: loop)
            group.forceShutdown()
            try await group.run()
            #expect(journal.entries == [])
        }
    }

    @Test("a shutdown that comes before run() ends a service that was just started")
    func shutdownDuringStart() async throws {
        /// Asks its group to stop while it starts.
        final class Impatient: GracefulService {
            let group = OneShot<ServiceGroup>()
            let stopped = OneShot<Void>()
            func start() async throws { await group.wait()?.beginShutdown() }
            func run() async throws { _ = await stopped.wait() }
            func beginShutdown() { stopped.fulfil(()) }
        }
        try await withLoop { loop in
            let service = Impatient()
            let group = ServiceGroup([service, ScriptedService("never", journal: journal)], on: loop)
            service.group.fulfil(group)
            try await group.run()
            #expect(journal.entries == [])
        }
    }

    @Test("services that ignore cancellation are given up by name")
    func givesUp() async throws {
        try await withLoop { loop in
            let release = OneShot<Void>()
            let gaveUp = OneShot<[String]>()
            struct Stubborn: Service {
                let release: OneShot<Void>
                let running = OneShot<Void>()
                func run() async throws {
                    running.fulfil(())
                    // A task that nobody cancels stands for work that cannot be interrupted.
                    await Task { _ = await release.wait() }.value
                }
            }
            let service = Stubborn(release: release)
            let group = ServiceGroup(
                [service], on: loop, settings: ServiceGroup.Settings(giveUp: { gaveUp.fulfil($0) }))
            let end = Task { try await group.run() }
            await service.running.wait()
            group.forceShutdown()
            await Task(executorPreference: loop) { #expect(loop.pendingTimerCount == 1) }.value
            clock.advance(by: .seconds(5))
            #expect(await gaveUp.wait() == ["Stubborn"])
            release.fulfil(())
            await #expect(throws: ServiceGroupError.self) { try await end.value }
        }
    }

    @Test("a group is a service: an outer group stops an inner one")
    func nested() async throws {
        try await withLoop { loop in
            let service = ScriptedService("a", journal: journal)
            let inner = ServiceGroup([service], on: loop, name: "inner")
            let outer = ServiceGroup([inner], on: loop)
            let end = Task { try await outer.run() }
            await service.running.wait()
            outer.beginShutdown()
            try await end.value
            #expect(journal.entries == ["start a", "stop a", "end a"])
        }
    }
}
