import Glibc
import Runtime

/// The process: hands its arguments and streams to the command, and ends with what that says.
///
/// Synchronous, and it keeps the main thread: an asynchronous `main` leaves that thread to the dispatch library, which waits
/// there with every signal unblocked, so that SIGTERM would end the process before the gateway hears of it.
func runLipProcess() -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if (try? CommandLineArguments.parse(arguments))?.runsGateway == true {
        // Before anything starts a thread: a single thread without the mask would take the signals that the gateway waits
        // for. Every other command ends on Ctrl-C as usual.
        ProcessSignal.blockInProcess()
    } else {
        // A reader of a pipe that goes away is an error of that write.
        signal(SIGPIPE, SIG_IGN)
    }
    // Owned by nobody but the process, which ends with it.
    Task.detached {
        let command = LipCommand(host: .process, streams: .process, serve: serve)
        exit(await command.run(arguments).rawValue)
    }
    while true { pause() }
}
