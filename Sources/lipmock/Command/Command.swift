import CLinux
import Glibc
import Runtime

/// The lipmock command.
enum Command {
    /// Serves until the process is killed; returns an exit status when it cannot.
    static func run(_ arguments: [String]) -> CInt {
        if arguments.contains("--help") {
            print(Options.usage)
            return 0
        }
        do {
            let options = try Options(arguments)
            let record = try options.recordPath.map(openRecord) ?? -1
            raiseDescriptorLimit()
            let loop = try EventLoop()
            loop.execute { listen(on: loop, options, record) }
            loop.run()
            return 0
        } catch let problem as Options.Problem {
            report(problem.message + "\n" + Options.usage)
        } catch {
            report("\(error)")
        }
        return 2
    }

    private static func listen(on loop: EventLoop, _ options: Options, _ record: CInt) {
        let server = MockServer(loop: loop, options: options, recordDescriptor: record)
        do throws(SystemError) {
            let listener = try Listener(address: options.address, port: options.port, server: server)
            print("{\"port\":\(listener.port),\"address\":\"\(options.address)\",\"pid\":\(getpid())}")
            fflush(nil)
        } catch {
            report("\(error)")
            exit(1)
        }
    }

    private static func openRecord(_ path: String) throws(SystemError) -> CInt {
        try SystemError.check("open \(path)", open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644))
    }

    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static func report(_ message: String) {
        let line = Array("lipmock: \(message)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }
}
