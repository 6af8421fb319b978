import CLinux
import Glibc

/// A value behind a lock, with a condition that threads of our own wait for; never waited for on a loop or in a task.
///
/// Safety of `@unchecked Sendable`: `state` is reached only with the mutex held.
final class Monitor<State: Sendable>: @unchecked Sendable {
    private var state: State
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    init(_ state: State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        // Deadlines must not move when somebody sets the wall clock.
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Changes the state and lets the threads that wait look at it again when `body` returns true.
    @discardableResult
    func notify(_ body: (inout State) -> Bool) -> Bool {
        let changed = withLock(body)
        // Costs no system call while nobody waits.
        if changed { pthread_cond_broadcast(condition) }
        return changed
    }

    /// Blocks the thread until `body` returns something; `body` is called again after each notification.
    func wait<Result>(for body: (inout State) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }

    /// Blocks the thread until `condition` holds, for at most `timeout`; returns whether it holds.
    @discardableResult
    func wait(atMost timeout: Duration, until holds: (State) -> Bool) -> Bool {
        let deadline = SystemClock().now() + timeout
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !holds(state) {
            if pthread_cond_timedwait(condition, mutex, &time) == ETIMEDOUT { return holds(state) }
        }
        return true
    }
}
