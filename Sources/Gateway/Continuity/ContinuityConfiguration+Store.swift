import Routing
import Runtime

extension ContinuityConfiguration {
    /// Opens the store that the configuration asks for; its timers run on the loop.
    func makeStore(on loop: EventLoop, logger: Logger) throws -> any ContinuityStore {
        switch store {
        case .memory:
            return MemoryContinuityStore(
                timeToLive: timeToLive ?? Self.memoryTimeToLive, legsMax: legsMax, clock: loop.clock)
        case .sqlite:
            guard let sqlitePath else { preconditionFailure("a store of SQLite without its file was not refused") }
            var settings = SQLiteContinuityStore.Settings()
            settings.timeToLive = timeToLive
            settings.onWriteFailure = { reason in
                if let reason {
                    logger.log(.error, "continuity.write_failed", [("error", .string(reason))])
                } else {
                    logger.log(.info, "continuity.write_recovered")
                }
            }
            do {
                return try SQLiteContinuityStore(path: sqlitePath, settings: settings) { delay, body in
                    loop.execute { _ = loop.schedule(after: delay, body) }
                }
            } catch {
                throw StoreError(path: sqlitePath, cause: error)
            }
        }
    }
}

/// Why the store cannot be had.
private struct StoreError: Error, CustomStringConvertible {
    let path: String
    let cause: any Error

    var description: String { "cannot open \(path) (continuity.sqlite_path): \(cause)" }
}
