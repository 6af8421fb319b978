import Gateway
import Glibc
import Runtime

/// Runs the gateway until SIGINT or SIGTERM: the composition root.
///
/// The first signal lets running requests finish within `server.shutdown_timeout`, the second cuts them short: they have
/// `ServiceGroup.Settings.cutTimeout` to tell their clients. The third ends them without a word, and from then on a signal
/// ends the process as it is.
///
/// - Throws: what kept it from starting.
func serve(_ configuration: Configuration) async throws {
    try ProcessLimits.raiseOpenFiles()
    let writer = try LogWriter(to: STDOUT_FILENO)
    defer { writer.shutdown() }
    let logger = Logger(level: configuration.logging.level, format: configuration.logging.format) { line in
        writer.write(line)
    }
    let loopCount = configuration.server.loops ?? processorCount()
    // One arena a loop, and one for all other threads.
    ProcessMemory.limitArenas(to: loopCount + 1)
    let loops = try EventLoopGroup(count: loopCount)
    defer { loops.shutdown() }
    let gateway = try await Gateway(configuration, on: loops, logger: logger)
    let service = GatewayService(gateway, on: loops, logger: logger)
    var settings = ServiceGroup.Settings()
    settings.shutdownTimeout = configuration.server.shutdownTimeout
    var members: [any Service] = [MemoryService(gateway, on: loops.loops[0])]
    if let inventory = InventoryService(gateway, on: loops.loops[0]) { members.append(inventory) }
    if let logins = LoginService(gateway, on: loops.loops[0]) { members.append(logins) }
    let services = ServiceGroup(members + [service], on: loops.loops[0], settings: settings)
    let signals = try await listenForSignals(services, on: loops.loops[0])
    let ending = await result(of: services)
    // Until the end, since signals are blocked: nobody else would heed them.
    await gateway.shutdown()
    await signals.collect { $0?.stop() }
    if let ending { try report(ending, logger) }
}

private func result(of services: ServiceGroup) async -> (any Error)? {
    do {
        try await services.run()
        return nil
    } catch {
        return error
    }
}

/// Rethrows what a service failed with; requests that had to be cut at the end are no failure of the command.
private func report(_ ending: any Error, _ logger: Logger) throws {
    guard let ending = ending as? ServiceGroupError else { throw ending }
    switch ending.kind {
    case .failed(let error): throw error
    case .returnedEarly: throw ending
    case .deadlinePassed:
        logger.log(.warn, "server.requests_cut", [("cause", .string("server.shutdown_timeout passed"))])
    case .forced: logger.log(.warn, "server.requests_cut", [("cause", .string("a second signal"))])
    }
}

/// Processors this process may use.
private func processorCount() -> Int {
    max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))
}

/// Shuts the services down on SIGINT and SIGTERM; the source belongs to the loop.
private func listenForSignals(
    _ services: ServiceGroup, on loop: EventLoop
) async throws -> LoopBound<SignalSource?> {
    let result: Result<LoopBound<SignalSource?>, any Error> = await withUnsafeContinuation { continuation in
        loop.execute {
            continuation.resume(
                returning: Result { LoopBound(try services.shutDownOnSignals(on: loop), on: loop) })
        }
    }
    return try result.get()
}
