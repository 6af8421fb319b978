import Glibc
import Testing

@testable import Runtime

@Suite struct SignalSourceTests {
    /// Sends signals to the thread of a loop only: the mask of the test process's other threads is not ours.
    private func withSignalledGroup(
        _ signals: [ProcessSignal], onHangUp: @escaping @Sendable () -> Void = {}, _ service: ScriptedService
    ) async throws {
        let loops = try EventLoopGroup(count: 1)
        defer { loops.shutdown() }
        let loop = loops.loops[0]
        let group = ServiceGroup([service], on: loop)
        let source = try await Task(executorPreference: loop) {
            ProcessSignal.blockInProcess()
            return LoopBound(try group.shutDownOnSignals(on: loop, onHangUp: onHangUp), on: loop)
        }.value
        let end = Task { try await group.run() }
        await service.running.wait()
        for signal in signals {
            loop.execute { pthread_kill(pthread_self(), signal.rawValue) }
        }
        let result: Result<Void, any Error>
        do { result = .success(try await end.value) } catch { result = .failure(error) }
        await Task(executorPreference: loop) {
            source.value.stop()
            #expect(loop.sourceCount == 0)
        }.value
        try result.get()
    }

    @Test("a signal shuts a group down in order", arguments: [ProcessSignal.interrupt, .terminate])
    func shutsDown(signal: ProcessSignal) async throws {
        let journal = Journal()
        try await withSignalledGroup([signal], ScriptedService("a", journal: journal))
        #expect(journal.entries == ["start a", "stop a", "end a"])
    }

    @Test("a second signal forces the end")
    func forces() async throws {
        let journal = Journal()
        let error = await #expect(throws: ServiceGroupError.self) {
            try await withSignalledGroup(
                [.terminate, .interrupt], ScriptedService("a", .untilCancelled, journal: journal))
        }
        #expect(error?.description.contains("cut short") == true)
    }

    @Test("a hang-up signal does not shut down")
    func hangUp() async throws {
        let journal = Journal()
        try await withSignalledGroup(
            [.hangUp, .terminate], onHangUp: { journal.note("hang-up") }, ScriptedService("a", journal: journal))
        #expect(journal.entries.contains("hang-up"))
        #expect(journal.entries.last == "end a")
    }

    @Test("a write to a closed pipe is an error, not the end of the process")
    func brokenPipe() async throws {
        ProcessSignal.blockInProcess()
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        #expect(write(ends[1], "x", 1) == -1)
        #expect(errno == EPIPE)
        close(ends[1])
    }
}
