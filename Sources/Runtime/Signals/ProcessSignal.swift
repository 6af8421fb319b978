import CLinux
import Glibc

/// The signals that a process of lip reacts to.
package enum ProcessSignal: CInt, Sendable, CaseIterable {
    case interrupt = 2
    case terminate = 15
    case hangUp = 1

    /// Blocks these signals in the calling thread, so that they wait for a `SignalSource`, and ignores SIGPIPE.
    ///
    /// Call it in `main` before anything starts a thread: threads inherit the mask, and a single one without it would
    /// receive the signal and end the process. Children inherit it too; whoever starts one resets mask and SIGPIPE.
    package static func blockInProcess() {
        var set = mask
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// The set of these signals.
    static var mask: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in allCases { sigaddset(&set, signal.rawValue) }
        return set
    }
}
