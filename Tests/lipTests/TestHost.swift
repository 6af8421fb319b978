import Gateway

@testable import lip

/// A machine for tests: variables and files in memory.
struct TestHost {
    var variables: [String: String] = [:]
    var files: [String: String] = [:]
    /// Why paths cannot be written; all others can.
    var writeProblems: [String: String] = [:]

    var access: HostAccess {
        let (variables, files, writeProblems) = (variables, files, writeProblems)
        return HostAccess(
            variable: { variables[$0] },
            readFile: { (path, bytesMax) throws(FileReadError) in
                guard let text = files[path] else {
                    throw FileReadError(reason: "No such file or directory", isMissing: true)
                }
                guard text.utf8.count <= bytesMax else { throw FileReadError(reason: "larger than \(bytesMax) bytes") }
                return Array(text.utf8)
            }, writeProblem: { writeProblems[$0] })
    }

    /// Loads a text as the file `lip.yaml`.
    func load(_ text: String) -> LoadedConfiguration {
        ConfigurationFile.read(Array(text.utf8), name: "lip.yaml", host: access)
    }
}

/// Runs the command in the test's own process and keeps what it writes.
final class CommandRun {
    private(set) var output = ""
    private(set) var errors = ""
    private(set) var served: [String] = []
    private(set) var code = LipCommand.ExitCode.success

    /// Runs the arguments; `input` is the standard input in the pieces that reads return.
    init(_ arguments: [String], host: TestHost = TestHost(), input: [String] = []) async {
        var pieces = input[...]
        let streams = CommandStreams(
            write: { self.output += $0 }, writeError: { self.errors += $0 },
            read: { Array((pieces.popFirst() ?? "").utf8) })
        let command = LipCommand(host: host.access, streams: streams) { configuration in
            self.served.append(configuration.server.address.description)
        }
        code = await command.run(arguments)
    }

    var outputLines: [String] { output.split(separator: "\n").map(String.init) }
    var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
}
