import CLinux
import Glibc

/// What a loop runs in its rounds.
enum LoopWork: Sendable {
    case job(UnownedJob)
    case call(@Sendable () -> Void)
}

/// Work that other threads hand to a loop, with the eventfd that wakes it; any thread may post.
///
/// The eventfd is written only when the loop is about to wait or waits, and once: while the loop is awake it looks here
/// before it waits again. So there is at most one write a turn, and none under load.
struct LoopInbox: Sendable {
    private struct State {
        var work: [LoopWork] = []
        /// Jobs of the concurrency runtime that were posted in all.
        var jobsPosted: UInt64 = 0
        /// Writes to the eventfd in all.
        var wakesWritten: UInt64 = 0
        /// True while the loop will look at `work` before it waits; the one who sets it from outside writes the eventfd.
        var awake = true
        var stopping = false
        /// The loop has returned; nothing that is posted will run.
        var closed = false
    }

    /// What the loop finds when it looks.
    struct Contents {
        var jobsPosted: UInt64
        var stopping: Bool
    }

    /// The eventfd; the loop watches it and closes it.
    let descriptor: CInt
    private let state = Locked(State())

    init() throws(SystemError) {
        descriptor = try SystemError.check("eventfd", eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK)))
    }

    var wakesWritten: UInt64 { state.withLock { $0.wakesWritten } }

    // MARK: Any thread

    func post(_ work: LoopWork) {
        let wake = state.withLock { state in
            if state.closed { return false }
            if case .job = work { state.jobsPosted &+= 1 }
            state.work.append(work)
            return Self.claimWake(&state)
        }
        if wake { writeEvent() }
    }

    func stop() {
        let wake = state.withLock { state in
            state.stopping = true
            return Self.claimWake(&state)
        }
        if wake { writeEvent() }
    }

    private static func claimWake(_ state: inout State) -> Bool {
        if state.awake { return false }
        state.awake = true
        state.wakesWritten &+= 1
        return true
    }

    private func writeEvent() {
        var one: UInt64 = 1
        // The counter cannot overflow: the loop reads it once for every write.
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    // MARK: The loop's thread

    /// Swaps what was posted with `buffer`, which must be empty and whose storage is used for what comes next.
    func take(into buffer: inout [LoopWork]) -> Contents {
        state.withLock { state in
            state.awake = true
            swap(&state.work, &buffer)
            return Contents(jobsPosted: state.jobsPosted, stopping: state.stopping)
        }
    }

    /// Says that the loop is about to wait; false when it must not, because something was posted meanwhile.
    func beginWaiting() -> Bool {
        state.withLock { state in
            state.awake = !state.work.isEmpty || state.stopping
            return !state.awake
        }
    }

    /// Refuses everything from now on; false when something was posted that must be run before.
    func close() -> Bool {
        state.withLock { state in
            state.closed = state.work.isEmpty
            return state.closed
        }
    }

    /// Resets the eventfd after it has woken the loop.
    func clearEvent() {
        var value: UInt64 = 0
        _ = read(descriptor, &value, MemoryLayout<UInt64>.size)
    }
}
