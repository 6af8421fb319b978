import CLinux
import Glibc
import Synchronization

/// One thread that waits in epoll and runs jobs, timers and descriptor handlers; the home of connections and transfers.
///
/// It is a `TaskExecutor` and nothing else: a task that prefers it keeps its continuations, child tasks and `async let`
/// on the loop's thread. A serial executor on the same class would make the runtime enqueue every continuation again
/// (docs/architecture.md). Safety of `@unchecked Sendable`: everything that changes is touched on the loop's thread only,
/// but for `inbox` and `thread`, which are safe by themselves; the entry points for other threads (`enqueue`, `execute`,
/// `stop`) go through them.
///
/// A turn: take what other threads posted, run jobs in rounds, run what waits for the turn's end, wait in epoll, call the
/// handlers of descriptors that are ready, then the timers that are due.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    /// Jobs run in rounds before the loop looks at its descriptors again; one round runs what the last one enqueued.
    private static let roundsPerTurnMax = 16
    private static let eventsPerTurnMax = 256
    /// Longest wait in epoll; the loop then looks at its timers again.
    private static let waitMillisecondsMax: Int64 = 60_000
    /// Queues that grew beyond this many entries in a burst give their memory back.
    private static let queueCapacityKept = 4096

    package let index: Int
    package let clock: any MonotonicClock
    /// The time at the start of this turn; read the clock itself where microseconds within a turn matter.
    package private(set) var now: MonotonicInstant
    /// Turns since the start; loop only.
    package private(set) var turnCount: UInt64 = 0

    private let inbox: LoopInbox
    private let epoll: CInt
    /// The `pthread_t` of the thread inside `run()`, or 0; written by that thread, compared by all.
    private let thread = Atomic<UInt>(0)
    private var steppedTime = false
    private var ownJobs: UInt64 = 0
    private var postedJobs: UInt64 = 0
    private var ready: [LoopWork] = []
    private var taken: [LoopWork] = []
    private var round: [LoopWork] = []
    private var turnEnd: [any TurnEndHandler] = []
    private var turnEndRunning: [any TurnEndHandler] = []
    private var timers = TimerHeap()
    private var sources = SourceTable()

    package init(index: Int = 0, clock: any MonotonicClock = SystemClock()) throws(SystemError) {
        self.index = index
        self.clock = clock
        now = clock.now()
        inbox = try LoopInbox()
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        _ = try SystemError.check("epoll_create1", epoll)
        _ = try SystemError.check(
            "epoll_ctl", lip_epoll_ctl(epoll, EPOLL_CTL_ADD, inbox.descriptor, EPOLLIN.rawValue, UInt64.max))
        steppedTime = clock.announceSteps { [weak self] in self?.execute {} }
    }

    deinit {
        if epoll >= 0 { close(epoll) }
        close(inbox.descriptor)
    }

    // MARK: Any thread

    /// Whether the caller runs on this loop's thread.
    package var isCurrent: Bool {
        thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// Takes a job of the concurrency runtime; called by the runtime from any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        let work = LoopWork.job(UnownedJob(job))
        if isCurrent {
            ownJobs &+= 1
            ready.append(work)
        } else {
            inbox.post(work)
        }
    }

    /// Runs `body` on the loop in one of its next rounds, in order of the calls from one thread.
    package func execute(_ body: @escaping @Sendable () -> Void) {
        if isCurrent {
            ready.append(.call(body))
        } else {
            inbox.post(.call(body))
        }
    }

    /// Makes `run()` return after the turn in progress; work that is queued by then is run first.
    ///
    /// Tasks that prefer the loop must have ended: what is enqueued after `run()` has returned never runs.
    package func stop() {
        inbox.stop()
    }

    /// Writes to the eventfd since the start, for the test that there is at most one a turn.
    package var wakesWritten: UInt64 { inbox.wakesWritten }

    // MARK: The loop's thread

    /// Enqueues of jobs since the start, for the regression test that counts hops; loop only.
    package var jobsEnqueued: UInt64 { ownJobs &+ postedJobs }

    /// Timers that are set; loop only.
    package var timerCount: Int { timers.count }

    /// Runs the loop on the calling thread until `stop()`; once in the loop's life.
    package func run() {
        precondition(thread.load(ordering: .relaxed) == 0, "the loop runs already")
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        defer { thread.store(0, ordering: .relaxed) }
        var events = [epoll_event](repeating: epoll_event(), count: Self.eventsPerTurnMax)
        while true {
            turnCount &+= 1
            let stopping = takePostedWork()
            runRounds()
            finishTurn()
            if stopping, ready.isEmpty, turnEnd.isEmpty, inbox.close() { return }
            waitForEvents(&events)
            runDueTimers()
        }
    }

    private func takePostedWork() -> Bool {
        let contents = inbox.take(into: &taken)
        postedJobs = contents.jobsPosted
        if ready.isEmpty {
            swap(&ready, &taken)
        } else {
            ready.append(contentsOf: taken)
        }
        Self.empty(&taken)
        return contents.stopping
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
            Self.empty(&round)
        }
    }

    private static func empty(_ queue: inout [LoopWork]) {
        queue.removeAll(keepingCapacity: queue.capacity <= queueCapacityKept)
    }

    private func finishTurn() {
        // Handlers may ask for another turn's end while they run; those wait for it.
        swap(&turnEnd, &turnEndRunning)
        for handler in turnEndRunning { handler.turnIsEnding() }
        turnEndRunning.removeAll(keepingCapacity: true)
    }

    private func waitForEvents(_ events: inout [epoll_event]) {
        var timeout = timeoutMilliseconds()
        if timeout != 0, !inbox.beginWaiting() { timeout = 0 }
        let count = epoll_wait(epoll, &events, CInt(Self.eventsPerTurnMax), timeout)
        let code = errno
        now = clock.now()
        if count < 0 {
            precondition(code == EINTR, "epoll_wait failed: \(code)")
            return
        }
        for position in 0..<Int(count) {
            let data = lip_epoll_data(&events[position])
            if data == UInt64.max {
                inbox.clearEvent()
            } else if let handler = sources.handler(of: SourceID(packed: data)) {
                handler.descriptorIsReady(Self.readiness(lip_epoll_events(&events[position])))
            }
        }
    }

    /// Runs the timers that were scheduled before this pass; one that schedules itself again at once waits for the next turn.
    private func runDueTimers() {
        let last = timers.lastScheduled
        while let action = timers.popDue(at: now, scheduledUpTo: last) { action() }
    }

    private func timeoutMilliseconds() -> CInt {
        if !ready.isEmpty || !turnEnd.isEmpty { return 0 }
        guard let next = timers.next else { return -1 }
        let wait = next.nanoseconds - clock.now().nanoseconds
        if wait <= 0 { return 0 }
        if steppedTime { return -1 }
        // Rounded up: a timer must not find itself a fraction of a millisecond early and spin.
        return CInt(min((wait - 1) / 1_000_000 + 1, Self.waitMillisecondsMax))
    }

    // MARK: Timers

    /// Calls `action` on the loop once `deadline` has come; loop only.
    package func schedule(at deadline: MonotonicInstant, _ action: @escaping () -> Void) -> TimerID {
        assertCurrent()
        // A deadline in the past counts as now: it must not overtake, again and again, timers that have been due for longer.
        return timers.schedule(at: max(deadline, now), action)
    }

    /// Calls `action` on the loop after `delay`, counted from now rather than from the start of the turn; loop only.
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerID {
        schedule(at: clock.now() + delay, action)
    }

    /// Cancels a timer; does nothing when it has fired; loop only.
    package func cancel(_ timer: TimerID) {
        assertCurrent()
        // Released here, outside the heap: what the action holds may call the loop when it goes.
        _ = timers.cancel(timer)
    }

    /// Timers that are pending, for leak checks; loop only.
    package var pendingTimerCount: Int { timers.count }

    /// Calls the handler at the end of this turn, after the jobs and before the loop waits again; loop only.
    ///
    /// This is where connections write what the turn gathered for them: one system call a connection and turn.
    package func atTurnEnd(_ handler: any TurnEndHandler) {
        assertCurrent()
        turnEnd.append(handler)
    }

    /// Calls `body` at the end of this turn; costs an allocation, which a handler does not; loop only.
    package func atTurnEnd(_ body: @escaping () -> Void) {
        atTurnEnd(TurnEndCall(body))
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
        let id = sources.reserve()
        let result = lip_epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, Self.mask(interest), id.packed)
        guard result == 0 else {
            let code = errno
            sources.release(id)
            throw SystemError(operation: "epoll_ctl", code: code)
        }
        sources.fill(id, descriptor: descriptor, handler: handler)
        return id
    }

    /// Changes what a source hears of; does nothing when it was deregistered; loop only.
    package func modify(_ id: SourceID, interest: Readiness) {
        assertCurrent()
        guard let descriptor = sources.descriptor(of: id) else { return }
        var result = lip_epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, Self.mask(interest), id.packed)
        if result != 0, errno == ENOENT {
            // A library closed the descriptor and opened another one of the same number, without a word.
            result = lip_epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, Self.mask(interest), id.packed)
        }
        precondition(result == 0, "epoll_ctl MOD failed: \(errno)")
    }

    /// Forgets a source; call it before the descriptor is closed; loop only.
    ///
    /// A descriptor that a library has closed already is tolerated: the kernel has forgotten it then, and if its number
    /// was registered anew, that registration stays.
    package func deregister(_ id: SourceID) {
        assertCurrent()
        if let descriptor = sources.descriptor(of: id) {
            _ = lip_epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
        }
        // Released here, outside the table: the handler may call the loop when it goes.
        _ = sources.remove(id)
    }

    /// Descriptors that are watched, for leak checks; loop only.
    package var sourceCount: Int { sources.count }

    private static func mask(_ interest: Readiness) -> UInt32 {
        var mask: UInt32 = 0
        if interest.contains(.read) { mask |= EPOLLIN.rawValue }
        if interest.contains(.write) { mask |= EPOLLOUT.rawValue }
        if interest.contains(.peerClosed) { mask |= EPOLLRDHUP.rawValue }
        return mask
    }

    private static func readiness(_ mask: UInt32) -> Readiness {
        var ready = Readiness.none
        if mask & EPOLLIN.rawValue != 0 { ready = ready.with(.read) }
        if mask & EPOLLOUT.rawValue != 0 { ready = ready.with(.write) }
        if mask & EPOLLRDHUP.rawValue != 0 { ready = ready.with(.peerClosed) }
        if mask & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { ready = ready.with(.failed) }
        return ready
    }

    private func assertCurrent() {
        assert(isCurrent, "called off the loop's thread")
    }
}

/// A closure as a handler.
private final class TurnEndCall: TurnEndHandler {
    private let body: () -> Void

    init(_ body: @escaping () -> Void) {
        self.body = body
    }

    func turnIsEnding() {
        body()
    }
}
