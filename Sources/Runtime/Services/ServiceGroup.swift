import Glibc

/// Runs services: starts them in order, stops them in reverse, and ends when all have ended.
///
/// A service that fails or returns early stops the others. An orderly shutdown lets each service finish; what still runs
/// at the deadline is cut short, and what still runs after that is cancelled. Graceful shutdown is thus distinct from
/// cancellation. Deadlines are timers of `loop`, which must run for longer than the group. A group is a service itself, so
/// groups nest.
package final class ServiceGroup: CuttableService {
    /// How long the services have, and what happens when they take longer.
    package struct Settings: Sendable {
        /// Time for all services to stop in order before they are cut short.
        package var shutdownTimeout: Duration
        /// Time for all services to end what was cut short before they are cancelled.
        package var cutTimeout: Duration
        /// Time for cancelled services to end before `giveUp` is called.
        package var cancellationTimeout: Duration
        /// Called with the names of services that ignore their cancellation, or of none where the group has ended and
        /// signals go on coming; the default ends the process with status 1.
        package var giveUp: @Sendable ([String]) -> Void

        package init(
            shutdownTimeout: Duration = .seconds(30), cutTimeout: Duration = .milliseconds(500),
            cancellationTimeout: Duration = .seconds(5),
            giveUp: @escaping @Sendable ([String]) -> Void = ServiceGroup.exitProcess
        ) {
            self.shutdownTimeout = shutdownTimeout
            self.cutTimeout = cutTimeout
            self.cancellationTimeout = cancellationTimeout
            self.giveUp = giveUp
        }
    }

    /// What the group tells the task of one service.
    private struct Control: Sendable {
        let service: any Service
        /// True to run, false when the group stops before the service's turn came.
        let launch = OneShot<Bool>()
        let cancel = OneShot<Void>()
    }

    package let name: String
    private let controls: [Control]
    private let settings: Settings
    private let loop: EventLoop
    private let machine: Locked<ServiceGroupStateMachine>
    /// The deadline that runs at present; touched on `loop` only.
    private let deadline: LoopBound<Deadline>

    private final class Deadline {
        var timer: TimerID?
    }

    package init(
        _ services: [any Service], on loop: EventLoop, settings: Settings = Settings(), name: String = "services"
    ) {
        self.name = name
        self.settings = settings
        self.loop = loop
        controls = services.map(Control.init)
        machine = Locked(ServiceGroupStateMachine(count: services.count))
        deadline = LoopBound(Deadline(), on: loop)
    }

    /// Runs all services to their end; call once.
    ///
    /// Throws `ServiceGroupError` with the first cause when the end was not an orderly shutdown. Cancelling the calling
    /// task cancels all services, and throws `CancellationError` unless something had failed before.
    package func run() async throws {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for member in controls.indices {
                    group.addTask { await self.runMember(member) }
                }
                perform { $0.began() }
            }
        } onCancel: {
            forceShutdown()
        }
        if let cause = machine.withLock({ $0.firstCause }) {
            // Which of the group and its children hears of the cancellation first is chance; the error is not.
            if Task.isCancelled, cause.kind.followsCancellation { throw CancellationError() }
            throw ServiceGroupError(kind: cause.kind, service: controls[cause.member].service.name)
        }
    }

    /// Begins an orderly shutdown; may be called from any thread, and more than once.
    package func beginShutdown() {
        perform { $0.shutdownRequested() }
    }

    /// Cuts short what still runs; may be called from any thread, and more than once.
    package func cutShort() {
        perform { $0.cutRequested() }
    }

    /// Begins an orderly shutdown at the first call, cuts all services short at the second, cancels them at the third and
    /// gives up on them after that, for SIGINT and SIGTERM.
    package func signalReceived() {
        perform { $0.signalReceived() }
    }

    /// Cancels all services now.
    package func forceShutdown() {
        perform { $0.forceRequested() }
    }

    /// Reports the services that did not end, if any, and leaves the process at once, with status 1.
    package static func exitProcess(_ services: [String]) {
        let awaited = services.isEmpty ? "what is done after the services' end" : services.joined(separator: ", ")
        let message = "lip: gave up waiting for: \(awaited)\n"
        _ = message.utf8CString.withUnsafeBytes { write(2, $0.baseAddress, $0.count - 1) }
        _exit(1)
    }

    private func runMember(_ member: Int) async {
        let control = controls[member]
        // Cancellation of the group forces the machine, which then skips the member: nil means the same as false.
        guard await control.launch.wait() == true else { return }
        let error = await withTaskGroup(of: (ended: Bool, error: (any Error)?).self) { group in
            group.addTask {
                do {
                    try await control.service.start()
                    self.perform { $0.started(member) }
                    try await control.service.run()
                    return (true, nil)
                } catch {
                    return (true, error)
                }
            }
            group.addTask {
                _ = await control.cancel.wait()
                return (false, nil)
            }
            // The first to come is the service's end or the order to cancel it; then the other is awaited.
            var error: (any Error)?
            while let event = await group.next() {
                group.cancelAll()
                if event.ended { error = event.error }
            }
            return error
        }
        perform { $0.finished(member, error: error) }
    }

    private func perform(_ event: (inout ServiceGroupStateMachine) -> [ServiceGroupStateMachine.Action]) {
        let actions = machine.withLock { event(&$0) }
        for action in actions {
            switch action {
            case .launch(let member): controls[member].launch.fulfil(true)
            case .skip(let member): controls[member].launch.fulfil(false)
            case .cancel(let member): controls[member].cancel.fulfil(())
            case .stop(let member):
                if let service = controls[member].service as? any GracefulService {
                    service.beginShutdown()
                } else {
                    controls[member].cancel.fulfil(())
                }
            case .cut(let member):
                if let service = controls[member].service as? any CuttableService {
                    service.cutShort()
                } else {
                    controls[member].cancel.fulfil(())
                }
            case .armShutdownDeadline:
                arm(.shutdown, after: settings.shutdownTimeout)
            case .armCutDeadline:
                arm(.cut, after: settings.cutTimeout)
            case .armCancellationDeadline:
                arm(.cancellation, after: settings.cancellationTimeout)
            case .disarmDeadlines:
                deadline.run { deadline in
                    if let timer = deadline.timer { self.loop.cancel(timer) }
                    deadline.timer = nil
                }
            case .giveUp(let members):
                settings.giveUp(members.map { controls[$0].service.name })
            }
        }
    }

    private func arm(_ kind: ServiceGroupStateMachine.Deadline, after timeout: Duration) {
        deadline.run { deadline in
            // Threads may get here in another order than the machine told them to.
            guard self.machine.withLock({ $0.awaits(kind) }) else { return }
            if let timer = deadline.timer { self.loop.cancel(timer) }
            deadline.timer = self.loop.schedule(after: timeout) { self.perform { $0.deadlinePassed(kind) } }
        }
    }
}
