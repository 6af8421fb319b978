import CLinux
import Glibc

/// Delivers the process's signals to a handler on a loop, through a signalfd; belongs to that loop.
///
/// A signalfd makes a signal an ordinary event: no code runs in signal context, no thread waits for it, and two signals
/// of one kind that come before the loop looks are one, as signals are. `ProcessSignal.blockInProcess()` must have been
/// called.
package final class SignalSource: FileDescriptorHandler {
    private let loop: EventLoop
    private let descriptor: CInt
    private let handler: (ProcessSignal) -> Void
    private var registration: SourceID?

    /// Starts to deliver; loop only.
    package init(on loop: EventLoop, handler: @escaping (ProcessSignal) -> Void) throws(SystemError) {
        self.loop = loop
        self.handler = handler
        var mask = ProcessSignal.mask
        descriptor = try SystemError.check("signalfd", signalfd(-1, &mask, CInt(SFD_NONBLOCK | SFD_CLOEXEC)))
        registration = try loop.register(descriptor, for: .read, handler: self)
    }

    deinit {
        close(descriptor)
    }

    /// Delivers nothing more; loop only.
    ///
    /// The loop keeps the source alive until then.
    package func stop() {
        guard let registration else { return }
        self.registration = nil
        loop.deregister(registration)
    }

    package func descriptorIsReady(_ ready: Readiness) {
        var info = signalfd_siginfo()
        while registration != nil, read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) > 0 {
            if let signal = ProcessSignal(rawValue: CInt(info.ssi_signo)) { handler(signal) }
        }
    }
}

extension ServiceGroup {
    /// Shuts the group down on SIGINT and SIGTERM, each of them harder than the one before; SIGHUP calls `onHangUp`.
    ///
    /// Loop only; stop the source that it returns when the group has ended.
    package func shutDownOnSignals(
        on loop: EventLoop, onHangUp: @escaping () -> Void = {}
    ) throws(SystemError) -> SignalSource {
        try SignalSource(on: loop) { signal in
            switch signal {
            case .interrupt, .terminate: self.signalReceived()
            case .hangUp: onHangUp()
            }
        }
    }
}
