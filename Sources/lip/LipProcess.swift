import Glibc
import Runtime

/// Opens `/dev/null` for each standard stream that the process was started without.
///
/// A socket or an epoll would otherwise take the free number, and log lines would be written into it.
nonisolated private func fillStandardDescriptors() {
    // `open` takes the lowest free number, so that this ends once 0, 1 and 2 are taken.
    while true {
        let descriptor = open("/dev/null", O_RDWR)
        guard descriptor >= 0 else { return }
        if descriptor > STDERR_FILENO {
            close(descriptor)
            return
        }
    }
}

/// The process: hands its arguments and streams to the command, and ends with what that says.
///
/// Not an asynchronous `main`: Dispatch would then park the main thread in a `sigsuspend` that lets every signal through,
/// and SIGTERM would end the gateway on the spot. Here the main thread sleeps with the signals blocked.
nonisolated func runLipProcess() -> Never {
    fillStandardDescriptors()
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let command = try? CommandLineArguments.parse(arguments), command.command == .serve {
        // Before anything starts a thread, since threads inherit it. Every other command ends on Ctrl-C.
        ProcessSignal.blockInProcess()
    } else {
        // A pipe that goes away is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        // A file that may not grow further is an error of the write, as a full disk is, and not the end of the process.
        signal(SIGXFSZ, SIG_IGN)
    }
    Task.detached {
        let command = LipCommand(host: .process, streams: .process, serve: serve)
        exit(await command.run(arguments).rawValue)
    }
    while true { pause() }
}
