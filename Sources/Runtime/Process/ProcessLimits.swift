import CLinux
import Glibc

/// The kernel's limits on this process.
package enum ProcessLimits {
    /// Descriptors that are asked for at most; beyond this, tables of them cost memory for nothing.
    package static let openFilesMax: UInt64 = 1 << 20

    /// How many descriptors the process may have open now; 0 where the kernel does not tell.
    package static var openFiles: UInt64 {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return UInt64(limit.rlim_cur)
    }

    /// Descriptors that a gateway needs so that each of so many clients can be served at a time.
    ///
    /// One for the client and one for the provider; the few of loops, logs and stores are left out, so that a limit that is
    /// round is no matter.
    package static func openFilesNeeded(forConnections count: Int) -> UInt64 {
        2 * UInt64(max(0, count))
    }

    /// Raises the soft limit of open descriptors to the hard one, up to `openFilesMax`, and returns what holds then.
    ///
    /// The usual soft limit of 1024 exists for programs that use select(); a gateway needs two descriptors a request.
    @discardableResult
    package static func raiseOpenFiles() throws(SystemError) -> UInt64 {
        var limit = rlimit()
        _ = try SystemError.check("getrlimit", getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit))
        let target = min(UInt64(limit.rlim_max), openFilesMax)
        if UInt64(limit.rlim_cur) < target {
            limit.rlim_cur = rlim_t(target)
            _ = try SystemError.check("setrlimit", setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit))
        }
        return UInt64(limit.rlim_cur)
    }
}
