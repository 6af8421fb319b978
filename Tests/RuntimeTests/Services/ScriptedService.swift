@testable import Runtime

/// What happened, in order; shared by the services of one test.
final class Journal: Sendable {
    private let lines = Locked<[String]>([])

    var entries: [String] { lines.withLock { $0 } }

    func note(_ line: String) {
        lines.withLock { $0.append(line) }
    }
}

/// A graceful service that runs until it is asked to stop, or as its script says.
final class ScriptedService: GracefulService {
    struct Failure: Error {}

    enum Script {
        case untilShutdown
        case failsToStart
        case failsAfterStart
        case returnsEarly
        /// Ignores the graceful shutdown, and ends when it is cancelled.
        case untilCancelled
    }

    let name: String
    let running = OneShot<Void>()
    private let script: Script
    private let journal: Journal
    private let shutdown = OneShot<Void>()

    init(_ name: String, _ script: Script = .untilShutdown, journal: Journal) {
        self.name = name
        self.script = script
        self.journal = journal
    }

    func start() async throws {
        journal.note("start \(name)")
        if script == .failsToStart { throw Failure() }
    }

    func run() async throws {
        running.fulfil(())
        switch script {
        case .untilShutdown, .failsToStart: _ = await shutdown.wait()
        case .failsAfterStart: throw Failure()
        case .returnsEarly: break
        case .untilCancelled: _ = await OneShot<Void>().wait()
        }
        journal.note(Task.isCancelled ? "cancelled \(name)" : "end \(name)")
        try Task.checkCancellation()
    }

    func beginShutdown() {
        journal.note("stop \(name)")
        shutdown.fulfil(())
    }
}

/// A graceful service that ends only when it is cut short, or, if it is `deaf`, when it is cancelled.
final class CuttingService: CuttableService {
    let name: String
    let running = OneShot<Void>()
    private let isDeaf: Bool
    private let journal: Journal
    private let end = OneShot<Void>()

    init(_ name: String, isDeaf: Bool = false, journal: Journal) {
        self.name = name
        self.isDeaf = isDeaf
        self.journal = journal
    }

    func run() async throws {
        running.fulfil(())
        _ = await end.wait()
        journal.note(Task.isCancelled ? "cancelled \(name)" : "end \(name)")
    }

    func beginShutdown() {
        journal.note("stop \(name)")
    }

    func cutShort() {
        journal.note("cut \(name)")
        if !isDeaf { end.fulfil(()) }
    }
}

/// A service without a graceful phase.
struct EndlessService: Service {
    let name: String
    let journal: Journal
    let running = OneShot<Void>()

    func run() async throws {
        running.fulfil(())
        _ = await OneShot<Void>().wait()
        journal.note("cancelled \(name)")
        throw CancellationError()
    }
}
