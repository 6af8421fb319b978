import Runtime

/// An HTTP/1.1 server on the loops of a group, one listening socket a loop.
package final class HTTPServer: Sendable {
    package typealias Handler = @Sendable (HTTPExchange) async -> Void

    private let address: ListenAddress
    private let limits: HTTPServerLimits
    private let group: EventLoopGroup
    private let handler: Handler

    package init(
        address: ListenAddress, limits: HTTPServerLimits = HTTPServerLimits(), group: EventLoopGroup,
        handler: @escaping Handler
    ) {
        self.address = address
        self.limits = limits
        self.group = group
        self.handler = handler
    }

    /// Binds and listens, so that clients can connect from now on; returns where (port 0 has become a real one).
    @discardableResult
    package func bind() throws(SystemError) -> ListenAddress { preconditionFailure("a server without sockets") }

    /// Serves until `beginShutdown` and the end of the requests then running; cancelling it cuts them.
    package func run() async throws { preconditionFailure("a server without sockets") }

    /// Stops accepting, closes idle connections and lets `run` return once the others are done; from any thread.
    package func beginShutdown() { preconditionFailure("a server without sockets") }
}
