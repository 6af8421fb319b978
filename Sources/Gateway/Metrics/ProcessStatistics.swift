import Glibc
import Runtime

/// What the kernel says of this process, as Prometheus' standard process metrics want it.
struct ProcessStatistics: Sendable {
    var cpuSeconds: Double = 0
    var residentBytes: UInt64 = 0
    var openDescriptors: UInt64 = 0
    var descriptorLimit: UInt64 = 0
    /// Unix time in seconds.
    var startTime: Double = 0

    /// Reads the figures of now; `startTime` is the caller's, who was there.
    static func read(startTime: Double) -> ProcessStatistics {
        var statistics = ProcessStatistics(startTime: startTime)
        var usage = rusage()
        if getrusage(RUSAGE_SELF.rawValue, &usage) == 0 {
            statistics.cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            statistics.descriptorLimit = UInt64(limit.rlim_cur)
        }
        statistics.residentBytes = UInt64(ProcessMemory.residentBytes() ?? 0)
        statistics.openDescriptors = countDescriptors()
        return statistics
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    private static func countDescriptors() -> UInt64 {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count: UInt64 = 0
        while readdir(directory) != nil { count += 1 }
        // Not `.`, `..` and the directory's own descriptor.
        return count >= 3 ? count - 3 : 0
    }
}
