import Runtime
import Transport

/// The client's side of one streamed answer: the head is held back until the commit, and silence is filled.
///
/// If nothing has committed when `headTimeout` passes, the head goes out alone with a keep-alive, legs may still change,
/// and failures are in-band from then on. Later silences of the same length get a keep-alive as well, so that nothing
/// between lip and the client cuts an idle connection. Belongs to the exchange's loop.
final class StreamedAnswer {
    private let exchange: HTTPExchange
    private var headers: HTTPHeaders
    private let keepAlive: [UInt8]
    private let interval: Duration
    private var timer: TimerID?
    private var lastWrite: MonotonicInstant
    private var ended = false
    /// Whether bytes wait for a slow client: that is no silence, and they may hold the answer's end.
    private var isWriting = false

    /// Begins to count the silence.
    ///
    /// - Parameters:
    ///   - headers: what the head will hold.
    ///   - keepAlive: what the client's protocol accepts as a sign of life.
    ///   - headTimeout: how long the head is held back, and how long a silence may last.
    init(_ exchange: HTTPExchange, headers: HTTPHeaders, keepAlive: [UInt8], headTimeout: Duration) {
        self.exchange = exchange
        self.headers = headers
        self.keepAlive = keepAlive
        interval = headTimeout
        lastWrite = exchange.loop.now
        arm(at: lastWrite + headTimeout)
    }

    /// Whether the head has gone out: failures can be told in-band only.
    var hasStarted: Bool { exchange.hasStarted }

    /// Adds fields to the head; too late, and without effect, once it has gone out.
    func addHeaders(_ add: (inout HTTPHeaders) -> Void) {
        guard !hasStarted else { return }
        add(&headers)
    }

    /// Sends bytes of the answer, after the head if it was still held back; waits while the client reads slowly.
    func write(_ bytes: [UInt8]) async throws {
        startIfNeeded()
        isWriting = true
        defer {
            isWriting = false
            lastWrite = exchange.loop.now
        }
        try await exchange.write(bytes)
    }

    /// Ends the answer as complete, or after an in-band error.
    func finish() {
        startIfNeeded()
        close()
        exchange.finish()
    }

    /// Stops the keep-alives; the exchange is the caller's again.
    func close() {
        ended = true
        if let timer { exchange.loop.cancel(timer) }
        timer = nil
    }

    private func startIfNeeded() {
        guard !exchange.hasStarted else { return }
        exchange.start(status: 200, headers: headers)
    }

    private func arm(at deadline: MonotonicInstant) {
        timer = exchange.loop.schedule(at: deadline) { [weak self] in self?.silenceMayHaveLasted() }
    }

    private func silenceMayHaveLasted() {
        guard !ended, !exchange.isGone else { return }
        let now = exchange.loop.now
        // The timer is not moved by every write: it finds out here how long it has really been quiet.
        if isWriting {
            lastWrite = now
        } else if now - lastWrite >= interval {
            startIfNeeded()
            exchange.enqueue(keepAlive)
            lastWrite = now
        }
        arm(at: lastWrite + interval)
    }
}
