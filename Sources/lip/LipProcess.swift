import Glibc
import Runtime

/// The process: hands its arguments and streams to the command, and ends with what that says.
///
/// Concurrent, so that nothing of it runs isolated to the main actor that `main.swift` belongs to.
@concurrent func runLipProcess() async -> Never {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if (try? CommandLineArguments.parse(arguments))?.command != .serve {
        // Only the gateway handles signals itself; every other command ends on Ctrl-C.
        ProcessSignal.unblockInThread()
    }
    let command = LipCommand(host: .process, streams: .process, serve: serve)
    exit(await command.run(arguments).rawValue)
}
