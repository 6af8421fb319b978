import Runtime

/// One request with its answer, given to the handler; belongs to the connection's loop.
///
/// The handler runs in the connection's task: when the client leaves, that task is cancelled within the same turn. Once
/// the answer is finished or the client gone, every method does nothing (those that throw, throw).
package final class HTTPExchange {
    package let loop: EventLoop
    package let request: HTTPRequestHead

    init(loop: EventLoop, request: HTTPRequestHead) {
        self.loop = loop
        self.request = request
    }

    /// Whether a status has been decided; from then on `respond` and `start` do nothing.
    package var hasStarted: Bool { unavailable() }
    /// The status that the client was given, once there is one.
    package var responseStatus: Int? { unavailable() }
    /// Body bytes handed over for the client so far, without framing.
    package var bytesOut: Int { unavailable() }
    /// Whether the client has left or been cut off.
    package var isGone: Bool { unavailable() }

    /// Reads the whole body, asking a client that expects it to go on (`100 Continue`) first.
    package func readBody(upTo limit: Int) async throws(HTTPBodyError) -> [UInt8] { unavailable() }

    /// Sends a whole answer with its `Content-Length`.
    package func respond(status: Int, headers: HTTPHeaders, body: [UInt8]) { unavailable() }
    package func respond(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) { unavailable() }

    /// Begins a streamed answer: chunked, or ended by the connection's end for HTTP/1.0.
    package func start(status: Int, headers: HTTPHeaders) { unavailable() }
    package func start(status: Int, headers: [(String, String)] = []) { unavailable() }

    /// Adds to the streamed answer; waits while more than `outboundBufferBytesMax` is pending.
    package func write(_ bytes: [UInt8]) async throws { unavailable() }
    package func write(_ bytes: ArraySlice<UInt8>) async throws { unavailable() }
    package func write(_ bytes: UnsafeRawBufferPointer) async throws { unavailable() }

    /// Adds to the streamed answer without waiting.
    package func enqueue(_ bytes: [UInt8]) { unavailable() }
    package func enqueue(_ bytes: ArraySlice<UInt8>) { unavailable() }
    package func enqueue(_ bytes: UnsafeRawBufferPointer) { unavailable() }

    /// Ends the streamed answer.
    package func finish() { unavailable() }

    /// Cuts the connection, so that the client sees that the answer is not whole.
    package func abort() { unavailable() }

    /// Makes this the connection's last answer; has to come before the answer begins.
    package func closeAfterResponse() { unavailable() }

    private func unavailable() -> Never { preconditionFailure("an exchange without its connection") }
}
