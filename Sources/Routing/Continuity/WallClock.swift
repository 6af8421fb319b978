import Glibc

/// The system's time of day, which may step.
package enum WallClock {
    /// In nanoseconds since the Unix epoch; from any thread.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
