import Glibc
import Runtime

/// An HTTP/1.1 server on the loops of a group, one listening socket a loop.
///
/// Requests of a connection are handled one after the other, by one task that stays on the connection's loop. Everything it
/// starts ends before `run` returns.
package final class HTTPServer: Sendable {
    /// Answers one request; runs on the exchange's loop and is cancelled when the client leaves.
    package typealias Handler = @Sendable (HTTPExchange) async -> Void

    private struct State {
        /// What `bind` opened; nil before.
        var listeners: [LoopBound<HTTPListener>]?
        var isRunning = false
        var isStopping = false
    }

    private let address: ListenAddress
    private let limits: HTTPServerLimits
    private let group: EventLoopGroup
    private let handler: Handler
    private let open = ConnectionCount()
    private let state = Locked(State())

    package init(
        address: ListenAddress, limits: HTTPServerLimits = HTTPServerLimits(), group: EventLoopGroup,
        handler: @escaping Handler
    ) {
        self.address = address
        self.limits = limits
        self.group = group
        self.handler = handler
    }

    /// Connections that are open, over all loops.
    package var connectionCount: Int { open.current }

    /// Binds and listens, so that clients can connect from now on; returns where (port 0 has become a real one).
    ///
    /// Throws `EADDRINUSE` when anyone listens there already, another server of this kind included. Once only.
    @discardableResult
    package func bind() throws(SystemError) -> ListenAddress {
        let (descriptors, bound) = try ListenSockets.open(address, count: group.loops.count)
        let listeners = zip(descriptors, group.loops).map { descriptor, loop in
            LoopBound(
                HTTPListener(descriptor: descriptor, loop: loop, limits: limits, open: open, handler: handler),
                on: loop)
        }
        let isFirst = state.withLock { state in
            guard state.listeners == nil else { return false }
            state.listeners = listeners
            return true
        }
        // Listeners that are not kept close their sockets as they go.
        guard isFirst else { throw SystemError(operation: "bind twice", code: EINVAL) }
        return bound
    }

    /// Serves until `beginShutdown` and the end of the requests then running; cancelling it cuts them.
    package func run() async throws {
        let (listeners, isStopping) = state.withLock { state -> ([LoopBound<HTTPListener>]?, Bool) in
            if state.isRunning { return (nil, false) }
            state.isRunning = true
            return (state.listeners, state.isStopping)
        }
        guard let listeners else { throw SystemError(operation: "run a server that is not bound", code: EINVAL) }
        try await withThrowingTaskGroup { group in
            for listener in listeners {
                group.addTask(executorPreference: listener.loop) {
                    if isStopping { listener.value.beginShutdown() }
                    try await listener.value.run()
                }
            }
            try await group.waitForAll()
        }
    }

    /// Stops accepting, closes idle connections and lets `run` return once the others are done; from any thread.
    package func beginShutdown() {
        for listener in stop() { listener.run { $0.beginShutdown() } }
    }

    /// Stops, and has `run` return as soon as the handlers have returned and their answers have been taken; from any thread.
    ///
    /// Nothing is waited for any more: reading a body fails with `cutShort`, and writers go on although their client does
    /// not read. What else a handler waits for is its caller's to end. Cancelling `run` cuts the rest.
    package func cutShort() {
        for listener in stop() { listener.run { $0.cutShort() } }
    }

    private func stop() -> [LoopBound<HTTPListener>] {
        state.withLock { state in
            state.isStopping = true
            return state.listeners ?? []
        }
    }
}
