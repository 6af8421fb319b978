import Testing

@testable import Runtime

@Suite struct ServiceGroupStateMachineTests {
    private struct Broken: Error {}

    /// Three services, all started.
    private func running() -> ServiceGroupStateMachine {
        var machine = ServiceGroupStateMachine(count: 3)
        _ = machine.began()
        for member in 0..<3 { _ = machine.started(member) }
        return machine
    }

    @Test("each service is launched when the one before it has started")
    func orderedStart() {
        var machine = ServiceGroupStateMachine(count: 2)
        #expect(machine.began() == [.launch(0)])
        #expect(machine.started(0) == [.launch(1)])
        #expect(machine.started(1) == [])
    }

    @Test("a shutdown asks the services one by one, the last first, and then disarms the deadline")
    func reverseStop() {
        var machine = running()
        #expect(machine.shutdownRequested() == [.armShutdownDeadline, .stop(2)])
        #expect(machine.shutdownRequested() == [])
        #expect(machine.finished(2, error: nil) == [.stop(1)])
        #expect(machine.finished(1, error: nil) == [.stop(0)])
        #expect(machine.finished(0, error: nil) == [.disarmDeadlines])
        #expect(machine.firstCause == nil)
    }

    @Test("a service that ends out of turn during a shutdown is passed over when its turn comes")
    func endsOutOfTurn() {
        var machine = running()
        _ = machine.shutdownRequested()
        #expect(machine.finished(1, error: nil) == [])
        #expect(machine.finished(2, error: nil) == [.stop(0)])
    }

    @Test("a service that fails stops the others, and stays the cause when another one fails later")
    func failure() {
        var machine = running()
        #expect(machine.finished(1, error: Broken()) == [.armShutdownDeadline, .stop(2)])
        #expect(machine.finished(2, error: Broken()) == [.stop(0)])
        #expect(machine.firstCause?.member == 1)
    }

    @Test("a service that returns without being asked stops the others")
    func earlyReturn() {
        var machine = running()
        #expect(machine.finished(2, error: nil) == [.armShutdownDeadline, .stop(1)])
        guard case .returnedEarly = machine.firstCause?.kind else {
            Issue.record("\(String(describing: machine.firstCause))")
            return
        }
    }

    @Test("a failed start stops what runs and skips what was never launched")
    func failedStart() {
        var machine = ServiceGroupStateMachine(count: 3)
        _ = machine.began()
        _ = machine.started(0)
        #expect(machine.finished(1, error: Broken()) == [.skip(2), .armShutdownDeadline, .stop(0)])
    }

    @Test("a shutdown before the group runs skips every service")
    func shutdownBeforeRun() {
        var machine = ServiceGroupStateMachine(count: 2)
        #expect(machine.shutdownRequested() == [.skip(0), .skip(1), .armShutdownDeadline, .disarmDeadlines])
        #expect(machine.began() == [])
    }

    @Test("the deadline cuts short what still runs, one by one, the last first, and names the one that was waited for")
    func deadline() {
        var machine = running()
        _ = machine.shutdownRequested()
        _ = machine.finished(2, error: nil)
        #expect(machine.deadlinePassed(.shutdown) == [.armCutDeadline, .cut(1)])
        #expect(machine.firstCause?.member == 1)
        #expect(machine.finished(1, error: nil) == [.cut(0)])
        #expect(machine.finished(0, error: CancellationError()) == [.disarmDeadlines])
        #expect(machine.firstCause?.member == 1)
    }

    @Test("what takes longer than the time for it after it was cut short is cancelled with all the rest")
    func cutDeadline() {
        var machine = running()
        _ = machine.shutdownRequested()
        #expect(machine.deadlinePassed(.shutdown) == [.armCutDeadline, .cut(2)])
        #expect(!machine.awaits(.shutdown) && machine.awaits(.cut))
        #expect(machine.finished(1, error: nil) == [])
        #expect(machine.deadlinePassed(.cut) == [.cancel(2), .cancel(0), .armCancellationDeadline])
        #expect(machine.deadlinePassed(.cut) == [])
        #expect(machine.finished(2, error: CancellationError()) == [])
        #expect(machine.finished(0, error: CancellationError()) == [.disarmDeadlines])
        guard case .deadlinePassed = machine.firstCause?.kind else {
            Issue.record("\(String(describing: machine.firstCause))")
            return
        }
    }

    @Test("cutting a group short that nobody has asked to stop skips what was never launched")
    func cutWhileRunning() {
        var machine = ServiceGroupStateMachine(count: 3)
        _ = machine.began()
        _ = machine.started(0)
        #expect(machine.cutRequested() == [.skip(2), .armCutDeadline, .cut(1)])
        #expect(machine.cutRequested() == [])
        #expect(machine.started(1) == [])
        #expect(machine.finished(1, error: nil) == [.cut(0)])
        #expect(machine.finished(0, error: nil) == [.disarmDeadlines])
    }

    @Test("the second signal cuts short, the third cancels, the fourth gives up")
    func secondSignal() {
        var machine = running()
        #expect(machine.signalReceived() == [.armShutdownDeadline, .stop(2)])
        #expect(machine.signalReceived() == [.armCutDeadline, .cut(2)])
        #expect(machine.signalReceived() == [.cancel(2), .cancel(1), .cancel(0), .armCancellationDeadline])
        #expect(machine.finished(1, error: CancellationError()) == [])
        #expect(machine.signalReceived() == [.giveUp([0, 2])])
        guard case .forced = machine.firstCause?.kind else {
            Issue.record("\(String(describing: machine.firstCause))")
            return
        }
    }

    @Test("the third signal does not wait for what follows the end of the services, the second does")
    func signalsAfterTheEnd() {
        var machine = ServiceGroupStateMachine(count: 1)
        _ = machine.began()
        _ = machine.started(0)
        #expect(machine.signalReceived() == [.armShutdownDeadline, .stop(0)])
        #expect(machine.finished(0, error: nil) == [.disarmDeadlines])
        #expect(machine.signalReceived() == [])
        #expect(machine.signalReceived() == [.giveUp([])])
    }

    @Test("a signal after a programmatic shutdown does not force it")
    func signalAfterShutdown() {
        var machine = running()
        _ = machine.shutdownRequested()
        #expect(machine.signalReceived() == [])
        #expect(machine.signalReceived() != [])
    }

    @Test("services that outlive their cancellation are given up by name")
    func givesUp() {
        var machine = running()
        _ = machine.forceRequested()
        _ = machine.finished(1, error: CancellationError())
        #expect(machine.deadlinePassed(.cancellation) == [.giveUp([0, 2])])
    }

    @Test("deadlines that no longer matter do nothing")
    func staleDeadlines() {
        var machine = running()
        #expect(machine.deadlinePassed(.shutdown) == [])
        #expect(machine.deadlinePassed(.cancellation) == [])
        _ = machine.forceRequested()
        #expect(machine.deadlinePassed(.shutdown) == [])
    }

    @Test("a service that fails with an error of its own after being cancelled is not silent")
    func failsAfterStop() {
        var machine = running()
        _ = machine.shutdownRequested()
        _ = machine.finished(2, error: Broken())
        #expect(machine.firstCause?.member == 2)
    }
}
