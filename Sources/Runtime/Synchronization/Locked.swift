#if TSAN
    import Glibc

    /// A value behind a lock; under the thread sanitizer a pthread mutex, which the sanitizer understands.
    ///
    /// The sanitizer reports false races for everything guarded by `Synchronization.Mutex`, whose futex code is not
    /// instrumented. Safety: `state` is reached only inside `withLock`, which holds the mutex.
    package final class Locked<State>: @unchecked Sendable {
        private var state: State
        private let mutex: UnsafeMutablePointer<pthread_mutex_t>

        package init(_ state: consuming sending State) {
            self.state = state
            mutex = .allocate(capacity: 1)
            pthread_mutex_init(mutex, nil)
        }

        deinit {
            pthread_mutex_destroy(mutex)
            mutex.deallocate()
        }

        package func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending State) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            pthread_mutex_lock(mutex)
            defer { pthread_mutex_unlock(mutex) }
            return try body(&state)
        }
    }
#else
    import Synchronization

    /// A value behind a lock.
    ///
    /// The lock is never held across an `await`, and continuations are resumed after it is released: `withLock` returns
    /// what is to be done, and the caller does it outside.
    package final class Locked<State>: Sendable {
        private let mutex: Mutex<State>

        package init(_ state: consuming sending State) {
            mutex = Mutex(state)
        }

        package func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending State) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            try mutex.withLock(body)
        }
    }
#endif
