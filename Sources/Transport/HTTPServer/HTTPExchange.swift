import Runtime

/// One request with its answer, given to the handler; belongs to the connection's loop.
///
/// The handler runs in the connection's task: when the client leaves, that task is cancelled within the same turn. At most
/// one task may wait in `readBody` or `write` at a time. Once the answer is finished or the client gone, every method does
/// nothing (those that throw, throw). A handler that returns without an answer has one made for it (500, or what became of
/// the body); one that returns in the middle of a streamed answer cuts it, as `abort` does.
package final class HTTPExchange {
    package let loop: EventLoop
    package let request: HTTPRequestHead
    private let connection: HTTPConnection
    private let number: Int

    init(connection: HTTPConnection, request: HTTPRequestHead) {
        loop = connection.loop
        self.request = request
        self.connection = connection
        number = connection.requestCount
    }

    /// Whether this request is still the one that its connection serves.
    private var isCurrent: Bool {
        connection.requestCount == number && connection.machine.phase == .serving
    }

    /// Whether a status has been decided; from then on `respond` and `start` do nothing.
    package var hasStarted: Bool { connection.machine.answer.state != .none }

    /// The status that the client was given, once there is one.
    package var responseStatus: Int? { connection.machine.answer.status }

    /// Body bytes handed over for the client so far, without framing.
    package var bytesOut: Int { connection.machine.answer.bodyBytes }

    /// Whether the client has left or been cut off before its answer was finished.
    package var isGone: Bool { connection.machine.isClosed && connection.machine.answer.state != .finished }

    /// Whether it was cut off since it took nothing of its answer for as long as the limits say.
    package var hasStalled: Bool { connection.machine.hasStalled }

    /// Reads the whole body, asking a client that expects it to go on (`100 Continue`) first.
    ///
    /// Can be called once; the bound is the smaller of `limit` and the server's `requestBodyBytesMax`.
    package func readBody(upTo limit: Int) async throws(HTTPBodyError) -> [UInt8] {
        guard isCurrent else { throw .clientGone }
        connection.perform(connection.changeMachine { $0.bodyRequested(upTo: limit, at: $1) })
        while true {
            if connection.machine.isClosed { throw .clientGone }
            switch connection.machine.body {
            case .complete: return connection.changeMachine { machine, _ in machine.takeBody() }
            case .failed(let error): throw error
            case .receiving: break
            }
            do { try await connection.waitForChange() } catch { throw .clientGone }
        }
    }

    /// Sends a whole answer with its `Content-Length`.
    package func respond(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        respond(status, headers, body)
    }

    /// Sends a whole answer with its `Content-Length`.
    package func respond(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        respond(status, headers, body)
    }

    private func respond(_ status: Int, _ fields: some HTTPFieldSource, _ body: [UInt8]) {
        guard isCurrent else { return }
        let dateLine = connection.dateLine
        connection.perform(
            connection.changeMachine { machine, now in
                body.withUnsafeBytes {
                    machine.respond(status: status, fields: fields, body: $0, dateLine: dateLine, at: now)
                }
            })
    }

    /// Begins a streamed answer: chunked, or ended by the connection's end for HTTP/1.0.
    package func start(status: Int, headers: HTTPHeaders) {
        start(status, headers)
    }

    /// Begins a streamed answer: chunked, or ended by the connection's end for HTTP/1.0.
    package func start(status: Int, headers: [(String, String)] = []) {
        start(status, headers)
    }

    private func start(_ status: Int, _ fields: some HTTPFieldSource) {
        guard isCurrent else { return }
        let dateLine = connection.dateLine
        connection.perform(
            connection.changeMachine { $0.start(status: status, fields: fields, dateLine: dateLine, at: $1) })
    }

    /// Adds to the streamed answer; waits while more than `outboundBufferBytesMax` is pending.
    ///
    /// Throws `CancellationError` when the client has left or the task is cancelled.
    package func write(_ bytes: [UInt8]) async throws {
        enqueue(bytes)
        try await waitForRoom()
    }

    /// Adds to the streamed answer; waits while more than `outboundBufferBytesMax` is pending.
    package func write(_ bytes: ArraySlice<UInt8>) async throws {
        enqueue(bytes)
        try await waitForRoom()
    }

    /// Adds to the streamed answer; the bytes are copied before it waits.
    package func write(_ bytes: UnsafeRawBufferPointer) async throws {
        enqueue(bytes)
        try await waitForRoom()
    }

    /// Adds to the streamed answer without waiting.
    package func enqueue(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { enqueue($0) }
    }

    /// Adds to the streamed answer without waiting.
    package func enqueue(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { enqueue($0) }
    }

    /// Adds to the streamed answer without waiting.
    package func enqueue(_ bytes: UnsafeRawBufferPointer) {
        guard isCurrent else { return }
        connection.changeMachine { $0.write(bytes, at: $1) }
        connection.perform([])
    }

    private func waitForRoom() async throws {
        if Task.isCancelled || !isCurrent { throw CancellationError() }
        if connection.machine.hasRoom { return }
        // The client may be faster than the turn.
        connection.flushNow()
        // Where the server is being cut short, what is written is the last.
        while !connection.machine.hasRoom, !connection.machine.isCutShort {
            connection.changeMachine { machine, _ in machine.roomRequested() }
            try await connection.waitForChange()
            guard isCurrent else { throw CancellationError() }
        }
    }

    /// Ends the streamed answer.
    package func finish() {
        guard isCurrent else { return }
        connection.perform(connection.changeMachine { $0.finish(at: $1) })
    }

    /// Cuts the connection, so that the client sees that the answer is not whole; what was written before still goes out.
    package func abort() {
        guard isCurrent else { return }
        connection.perform(connection.changeMachine { $0.abort(at: $1) })
    }

    /// Makes this the connection's last answer; has to come before the answer begins.
    package func closeAfterResponse() {
        guard isCurrent else { return }
        connection.changeMachine { machine, _ in machine.closeAfterAnswer() }
    }
}
