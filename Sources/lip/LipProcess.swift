import Glibc

/// The process: hands its arguments and streams to the command, and ends with what that says.
///
/// Concurrent, so that nothing of it runs isolated to the main actor that `main.swift` belongs to.
@concurrent func runLipProcess() async -> Never {
    // A client or a pipe that goes away is an error of that write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    let command = LipCommand(host: .process, streams: .process, serve: serve)
    exit(await command.run(Array(CommandLine.arguments.dropFirst())).rawValue)
}
