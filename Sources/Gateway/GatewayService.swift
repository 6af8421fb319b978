import Glibc
import Runtime
import Transport

/// The gateway behind its HTTP server, as a service: binds when it starts, drains when it is told to stop, and ends what
/// runs with an error when it may drain no longer.
package final class GatewayService: CuttableService {
    package let name = "gateway"
    private let gateway: Gateway
    private let server: HTTPServer
    private let logger: Logger

    package init(_ gateway: Gateway, on group: EventLoopGroup, logger: Logger) {
        self.gateway = gateway
        self.logger = logger
        let configuration = gateway.configuration.server
        var limits = HTTPServerLimits()
        limits.requestHeadBytesMax = configuration.requestHeadBytesMax
        limits.requestBodyBytesMax = configuration.requestBodyBytesMax
        limits.outboundBufferBytesMax = configuration.outboundBufferBytesMax
        limits.headTimeout = configuration.headTimeout
        limits.bodyTimeout = configuration.bodyTimeout
        limits.idleTimeout = configuration.idleTimeout
        limits.writeStallTimeout = configuration.writeStallTimeout
        limits.connectionsMax = configuration.connectionsMax
        let address = ListenAddress(host: configuration.address.host, port: configuration.address.port)
        server = HTTPServer(address: address, limits: limits, group: group) { exchange in
            await gateway.handle(exchange)
        }
    }

    /// Listens; from then on clients can connect.
    package func start() async throws {
        let configuration = gateway.configuration
        let address: ListenAddress
        do {
            address = try server.bind()
        } catch {
            throw ListenError(address: configuration.server.address, cause: error)
        }
        logger.log(
            .info, "server.listening",
            [
                ("address", .string("\(address)")), ("version", .string(Version.text)),
                ("config", .string(configuration.path ?? "none")),
                ("backends", .string(configuration.backends.map(\.id).joined(separator: ","))),
                ("default_route", .string(configuration.routing.defaultRoute)),
            ])
        warnOfFewDescriptors()
    }

    /// Tells of a limit of open files that `server.max_connections` cannot be served with.
    private func warnOfFewDescriptors() {
        let connections = gateway.configuration.server.connectionsMax
        let (limit, needed) = (ProcessLimits.openFiles, ProcessLimits.openFilesNeeded(forConnections: connections))
        guard limit < needed else { return }
        logger.log(
            .warn, "server.few_descriptors",
            [
                ("limit", .integer(Int(clamping: limit))), ("needed", .integer(Int(clamping: needed))),
                ("max_connections", .integer(connections)),
                ("advice", .string("raise the limit of open files (ulimit -n) or lower server.max_connections")),
            ])
    }

    /// Serves until it is told to stop and the requests then running have ended.
    package func run() async throws {
        try await server.run()
        logger.log(.info, "server.stopped")
    }

    package func beginShutdown() {
        logger.log(.info, "server.draining", [("connections", .integer(server.connectionCount))])
        gateway.beginDraining()
        server.beginShutdown()
    }

    /// Ends what runs: each client gets an error in its own protocol, as a status or as the last of its stream.
    package func cutShort() {
        gateway.beginDraining()
        // In this order on each loop: who reads a body then finds that it was called off.
        gateway.callOffRequests()
        server.cutShort()
    }
}

/// Why the address cannot be listened on.
private struct ListenError: Error, CustomStringConvertible {
    let address: ServerAddress
    let cause: SystemError

    var description: String {
        "cannot listen on \(address) (server.address): \(String(cString: strerror(cause.code)))\(advice)"
    }

    private var advice: String {
        switch cause.code {
        case EADDRINUSE: "; end what listens there, or choose another port"
        case EACCES: "; ports below 1024 need the capability CAP_NET_BIND_SERVICE, so choose a higher one"
        case EADDRNOTAVAIL: "; it is no address of this machine"
        default: ""
        }
    }
}
