import Runtime

/// Which timeout of a transfer comes next: a value without clock or timer.
///
/// Arrivals of bytes only note the time: the timer that was armed before fires early, asks again and is set anew, so
/// that a chunk costs one store.
struct TransferDeadlines {
    private enum Phase {
        /// No connection yet. Can move to `awaitingHead`.
        case connecting
        /// The request goes out or is out. Can move to `streaming`.
        case awaitingHead
        /// Body bytes come. Can move to `held`, `left`.
        case streaming
        /// The reader holds the transfer back. Can move to `streaming`.
        case held
        /// Nobody reads the rest; bytes that come stretch nothing.
        case left
    }

    /// How long the end of a body that nobody reads any more is waited for.
    static let leftTimeMax = Duration.seconds(1)

    private let timeouts: HTTPClientTimeouts
    private let start: MonotonicInstant
    private var phase = Phase.connecting
    /// When the phase began; while streaming, when bytes last came.
    private var since: MonotonicInstant

    init(timeouts: HTTPClientTimeouts, start: MonotonicInstant) {
        self.timeouts = timeouts
        self.start = start
        since = start
    }

    /// The connection stands and the request is about to go out; comes again when libcurl retries on a new connection.
    mutating func connected(at now: MonotonicInstant) {
        guard phase == .connecting || phase == .awaitingHead else { return }
        phase = .awaitingHead
        since = now
    }

    mutating func headReceived(at now: MonotonicInstant) {
        phase = .streaming
        since = now
    }

    /// Bytes came; `now` may be the start of the loop's turn, and so before the moment of an earlier event.
    mutating func bytesReceived(at now: MonotonicInstant) {
        since = max(since, now)
    }

    mutating func heldBack() {
        phase = .held
    }

    mutating func resumed(at now: MonotonicInstant) {
        phase = .streaming
        since = now
    }

    /// Nobody reads the rest of the body.
    mutating func left(at now: MonotonicInstant) {
        phase = .left
        since = now
    }

    /// When the transfer has to be looked at next; `distantFuture` when nothing bounds it now.
    var next: MonotonicInstant {
        let total = timeouts.total.map { start + $0 } ?? .distantFuture
        return min(current?.deadline ?? .distantFuture, total)
    }

    /// The timeout that has passed at `now`, if any.
    func expired(at now: MonotonicInstant) -> HTTPClientError.Phase? {
        if let current, current.deadline <= now { return current.phase }
        if let total = timeouts.total, start + total <= now { return .total }
        return nil
    }

    private var current: (deadline: MonotonicInstant, phase: HTTPClientError.Phase)? {
        switch phase {
        case .connecting: (since + timeouts.connect, .connect)
        case .awaitingHead: timeouts.head.map { (since + $0, .head) }
        case .streaming: timeouts.idle.map { (since + $0, .idle) }
        case .held: nil
        case .left: (since + Self.leftTimeMax, .idle)
        }
    }
}
