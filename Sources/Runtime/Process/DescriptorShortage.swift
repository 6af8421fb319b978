import CLinux
import Glibc

/// That no file descriptor is to be had, and which limit says so.
package struct DescriptorShortage: Hashable, Sendable, CustomStringConvertible {
    /// How many the process may have open (`RLIMIT_NOFILE`); nil where the system's table is full.
    package let limit: UInt64?

    package init(limit: UInt64?) {
        self.limit = limit
    }

    /// The shortage that an error number tells of; nil where it tells of something else.
    package init?(_ code: CInt) {
        switch code {
        case EMFILE: self.init(limit: ProcessLimits.openFiles)
        case ENFILE: self.init(limit: nil)
        default: return nil
        }
    }

    /// Looks whether so many descriptors could be opened now; nil if they could.
    package static func found(seeking count: Int) -> DescriptorShortage? {
        var opened: [CInt] = []
        defer { for descriptor in opened { close(descriptor) } }
        for _ in 0..<count {
            let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | LIP_SOCK_CLOEXEC, 0)
            guard descriptor >= 0 else { return DescriptorShortage(errno) }
            opened.append(descriptor)
        }
        return nil
    }

    package var description: String {
        guard let limit else { return "no file descriptor is free in the whole system (fs.file-max)" }
        return "no file descriptor is free, the process may have \(limit) open (RLIMIT_NOFILE)"
    }
}
