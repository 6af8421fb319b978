import CLinux
import Glibc

/// A source of monotonic time that loops read once a turn; injected so that tests own time.
package protocol MonotonicClock: Sendable {
    func now() -> MonotonicInstant

    /// Registers a callback for clocks whose time moves only when somebody moves it.
    ///
    /// Returns true when time moves by steps that are announced through `wake`; a loop then never sleeps until a deadline
    /// on its own. The callback runs on the thread that advances the clock.
    func announceSteps(to wake: @escaping @Sendable () -> Void) -> Bool
}

/// The kernel's `CLOCK_MONOTONIC`.
package struct SystemClock: MonotonicClock {
    package init() {}

    package func now() -> MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    package func announceSteps(to wake: @escaping @Sendable () -> Void) -> Bool { false }
}

/// A clock that stands still until `advance(by:)`, for tests.
package final class ManualClock: MonotonicClock {
    private struct State {
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        var listeners: [@Sendable () -> Void] = []
    }

    private let state = Locked(State())

    package init() {}

    package func now() -> MonotonicInstant {
        state.withLock { $0.now }
    }

    package func announceSteps(to wake: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { $0.listeners.append(wake) }
        return true
    }

    /// Moves time forward and wakes every loop that runs on this clock.
    package func advance(by duration: Duration) {
        let listeners = state.withLock { state in
            state.now = state.now + duration
            return state.listeners
        }
        for wake in listeners { wake() }
    }
}
