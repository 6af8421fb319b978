import CLinux
import Glibc
import Synchronization

/// One thread that waits in epoll and runs jobs, timers and descriptor handlers; the home of connections and transfers.
///
/// It is a `TaskExecutor` and nothing else: a task that prefers it keeps its continuations, child tasks and `async let`
/// on the loop's thread. A serial executor on the same class would make the runtime enqueue every continuation again
/// (docs/architecture.md). Safety of `@unchecked Sendable`: everything but `remote` is touched on the loop's thread only;
/// the entry points that other threads may call (`enqueue`, `execute`, `stop`) go through `remote`'s lock and the eventfd.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    private enum Work: Sendable {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    /// State that any thread may touch, under the lock.
    private struct Remote {
        var work: [Work] = []
        /// True from the write to the eventfd until the loop has taken the queue: at most one wake a turn.
        var wakePending = false
        var stopping = false
    }

    private struct Source {
        var generation: UInt32 = 0
        var descriptor: CInt = -1
        var handler: (any FileDescriptorHandler)?
    }

    /// Jobs run in rounds before the loop looks at its descriptors again; one round runs what the last one enqueued.
    private static let roundsPerTurnMax = 16
    private static let eventsPerTurnMax = 256

    package let index: Int
    package let clock: any MonotonicClock
    /// The time at the start of this turn; read the clock itself where microseconds within a turn matter.
    package private(set) var now: MonotonicInstant
    /// Enqueues of jobs since the start, for the regression test that counts hops.
    package private(set) var jobsEnqueued: UInt64 = 0

    private let remote = Locked(Remote())
    private let epoll: CInt
    private let wakeup: CInt
    /// The `pthread_t` of the thread inside `run()`, or 0; written by that thread, compared by all.
    private let thread = Atomic<UInt>(0)
    private var steppedTime = false
    private var ready: [Work] = []
    private var round: [Work] = []
    private var turnEnd: [() -> Void] = []
    private var turnEndRunning: [() -> Void] = []
    private var timers = TimerHeap()
    private var sources: [Source] = []
    private var freeSources: [UInt32] = []

    package init(index: Int = 0, clock: any MonotonicClock = SystemClock()) throws(SystemError) {
        self.index = index
        self.clock = clock
        now = clock.now()
        epoll = try SystemError.check("epoll_create1", epoll_create1(CInt(EPOLL_CLOEXEC)))
        wakeup = try SystemError.check("eventfd", eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK)))
        _ = try SystemError.check(
            "epoll_ctl", lip_epoll_ctl(epoll, EPOLL_CTL_ADD, wakeup, EPOLLIN.rawValue, UInt64.max))
        steppedTime = clock.announceSteps { [weak self] in self?.execute {} }
    }

    deinit {
        close(epoll)
        close(wakeup)
    }

    // MARK: Any thread

    /// Whether the caller runs on this loop's thread.
    package var isCurrent: Bool {
        thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// Takes a job of the concurrency runtime; called by the runtime from any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        let work = Work.job(UnownedJob(job))
        if isCurrent {
            jobsEnqueued &+= 1
            ready.append(work)
        } else {
            enqueueRemote(work)
        }
    }

    /// Runs `body` on the loop in one of its next rounds, in order of the calls from one thread.
    package func execute(_ body: @escaping @Sendable () -> Void) {
        if isCurrent {
            ready.append(.call(body))
        } else {
            enqueueRemote(.call(body))
        }
    }

    /// Makes `run()` return after the turn in progress; work that is still queued is run first.
    package func stop() {
        let wake = remote.withLock { remote in
            remote.stopping = true
            return Self.claimWake(&remote)
        }
        if wake { writeWakeup() }
    }

    private func enqueueRemote(_ work: Work) {
        let wake = remote.withLock { remote in
            remote.work.append(work)
            return Self.claimWake(&remote)
        }
        if wake { writeWakeup() }
    }

    private static func claimWake(_ remote: inout Remote) -> Bool {
        defer { remote.wakePending = true }
        return !remote.wakePending
    }

    private func writeWakeup() {
        var one: UInt64 = 1
        // The counter cannot overflow: it is read once for every write.
        _ = write(wakeup, &one, 8)
    }

    // MARK: The loop's thread

    /// Runs the loop on the calling thread until `stop()`.
    package func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        defer { thread.store(0, ordering: .relaxed) }
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventsPerTurnMax)
        while true {
            let stopping = takeRemoteWork()
            runRounds()
            finishTurn()
            if stopping, ready.isEmpty { return }
            waitForEvents(&events)
        }
    }

    private func takeRemoteWork() -> Bool {
        let (taken, stopping) = remote.withLock { remote in
            remote.wakePending = false
            let taken = remote.work
            remote.work.removeAll()
            return (taken, remote.stopping)
        }
        if taken.isEmpty { return stopping }
        for case .job in taken { jobsEnqueued &+= 1 }
        ready.append(contentsOf: taken)
        return stopping
    }

    private func runRounds() {
        let executor = asUnownedTaskExecutor()
        for _ in 0..<Self.roundsPerTurnMax where !ready.isEmpty {
            swap(&ready, &round)
            for work in round {
                switch work {
                case .job(let job): job.runSynchronously(on: executor)
                case .call(let body): body()
                }
            }
            round.removeAll(keepingCapacity: true)
        }
    }

    private func finishTurn() {
        // Handlers may ask for another turn's end while they run; those wait for it.
        swap(&turnEnd, &turnEndRunning)
        for body in turnEndRunning { body() }
        turnEndRunning.removeAll(keepingCapacity: true)
    }

    private func waitForEvents(_ events: inout [epoll_event]) {
        let count = epoll_wait(epoll, &events, CInt(Self.eventsPerTurnMax), timeoutMilliseconds())
        now = clock.now()
        if count < 0 {
            precondition(errno == EINTR, "epoll_wait failed: \(errno)")
            return
        }
        for position in 0..<Int(count) {
            let data = lip_epoll_data(&events[position])
            let mask = lip_epoll_events(&events[position])
            if data == UInt64.max {
                var value: UInt64 = 0
                _ = read(wakeup, &value, 8)
                continue
            }
            let id = SourceID(packed: data)
            guard sources[Int(id.slot)].generation == id.generation else { continue }
            sources[Int(id.slot)].handler?.descriptorIsReady(Self.readiness(mask))
        }
        while let action = timers.popDue(at: now) { action() }
    }

    private func timeoutMilliseconds() -> CInt {
        if !ready.isEmpty || !turnEnd.isEmpty { return 0 }
        guard let next = timers.next else { return -1 }
        if steppedTime { return next <= clock.now() ? 0 : -1 }
        let wait = next.nanoseconds - clock.now().nanoseconds
        if wait <= 0 { return 0 }
        // Rounded up: a timer must not find itself a fraction of a millisecond early and spin.
        return CInt(min((wait + 999_999) / 1_000_000, 60_000))
    }

    // MARK: Timers

    /// Calls `action` on the loop once `deadline` has come; loop only.
    package func schedule(at deadline: MonotonicInstant, _ action: @escaping () -> Void) -> TimerID {
        assertCurrent()
        return timers.schedule(at: deadline, action)
    }

    /// Calls `action` on the loop after `delay`, counted from now rather than from the start of the turn; loop only.
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerID {
        schedule(at: clock.now() + delay, action)
    }

    /// Cancels a timer; does nothing when it has fired; loop only.
    package func cancel(_ timer: TimerID) {
        assertCurrent()
        timers.cancel(timer)
    }

    /// Timers that are pending, for leak checks; loop only.
    package var pendingTimerCount: Int { timers.count }

    /// Calls `body` at the end of this turn, after the jobs and before the loop waits again; loop only.
    ///
    /// This is where connections write what the turn gathered for them: one system call a connection and turn.
    package func atTurnEnd(_ body: @escaping () -> Void) {
        assertCurrent()
        turnEnd.append(body)
    }

    /// Suspends the calling task, which must run on this loop, until `deadline`.
    package func sleep(until deadline: MonotonicInstant) async throws {
        let signal = LoopSignal(on: self)
        let timer = schedule(at: deadline) { signal.signal() }
        defer { cancel(timer) }
        try await signal.wait()
    }

    /// Suspends the calling task, which must run on this loop, for `duration`.
    package func sleep(for duration: Duration) async throws {
        try await sleep(until: clock.now() + duration)
    }

    // MARK: Descriptors

    /// Watches a descriptor; the handler is retained until `deregister`; loop only.
    package func register(
        _ descriptor: CInt, for interest: Readiness, handler: any FileDescriptorHandler
    ) throws(SystemError) -> SourceID {
        assertCurrent()
        let slot = freeSources.popLast() ?? UInt32(sources.count)
        if slot == UInt32(sources.count) { sources.append(Source()) }
        let id = SourceID(slot: slot, generation: sources[Int(slot)].generation)
        let result = lip_epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, Self.mask(interest), id.packed)
        guard result == 0 else {
            freeSources.append(slot)
            throw SystemError(operation: "epoll_ctl", code: errno)
        }
        sources[Int(slot)].descriptor = descriptor
        sources[Int(slot)].handler = handler
        return id
    }

    /// Changes what a source hears of; loop only.
    package func modify(_ id: SourceID, interest: Readiness) {
        assertCurrent()
        guard let source = source(id) else { return }
        let result = lip_epoll_ctl(epoll, EPOLL_CTL_MOD, source.descriptor, Self.mask(interest), id.packed)
        precondition(result == 0, "epoll_ctl MOD failed: \(errno)")
    }

    /// Forgets a source; call it before the descriptor is closed; loop only.
    ///
    /// A descriptor that a library has closed already is tolerated: the kernel has forgotten it then.
    package func deregister(_ id: SourceID) {
        assertCurrent()
        guard let source = source(id) else { return }
        _ = lip_epoll_ctl(epoll, EPOLL_CTL_DEL, source.descriptor, 0, 0)
        sources[Int(id.slot)].handler = nil
        sources[Int(id.slot)].descriptor = -1
        sources[Int(id.slot)].generation &+= 1
        freeSources.append(id.slot)
    }

    /// Descriptors that are watched, for leak checks; loop only.
    package var sourceCount: Int { sources.count - freeSources.count }

    private func source(_ id: SourceID) -> Source? {
        let source = sources[Int(id.slot)]
        return source.generation == id.generation && source.handler != nil ? source : nil
    }

    private static func mask(_ interest: Readiness) -> UInt32 {
        var mask: UInt32 = 0
        if interest.contains(.read) { mask |= EPOLLIN.rawValue }
        if interest.contains(.write) { mask |= EPOLLOUT.rawValue }
        if interest.contains(.peerClosed) { mask |= EPOLLRDHUP.rawValue }
        return mask
    }

    private static func readiness(_ mask: UInt32) -> Readiness {
        var ready: Readiness = []
        if mask & EPOLLIN.rawValue != 0 { ready.insert(.read) }
        if mask & EPOLLOUT.rawValue != 0 { ready.insert(.write) }
        if mask & EPOLLRDHUP.rawValue != 0 { ready.insert(.peerClosed) }
        if mask & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { ready.insert(.failed) }
        return ready
    }

    private func assertCurrent() {
        assert(isCurrent, "called off the loop's thread")
    }
}
