import Runtime

/// Watches that a streamed answer goes on, which a provider's signs of life alone do not make it.
///
/// Pure: it is told when something is read, and what time it is. While nobody reads, since the client is slow, no time
/// passes for it.
struct OutputWatch {
    /// The longest time without an event.
    private let limit: Duration
    /// When the last event came, or the answer began; later by as long as nobody read.
    private var since: MonotonicInstant
    private var lastRead: MonotonicInstant

    /// Begins with the answer's head.
    init(limit: Duration, at now: MonotonicInstant) {
        self.limit = limit
        since = now
        lastRead = now
    }

    /// Reading goes on, after the client took what came before.
    mutating func resumed(at now: MonotonicInstant) {
        since = since + (now - lastRead)
        lastRead = now
    }

    /// Something has been read; returns whether the answer has stood still for too long.
    mutating func read(hasEvents: Bool, at now: MonotonicInstant) -> Bool {
        lastRead = now
        if hasEvents { since = now }
        return now - since > limit
    }
}
