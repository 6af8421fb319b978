import Runtime

/// Whether a client takes what is ready for it: counts and times go in, the time of the next look or a verdict comes out.
///
/// A socket that takes nothing more says little of its client: it asks for more only once a good part of its buffer, which
/// may hold megabytes, has gone. What has left that buffer is what the client has taken. A pure value.
struct StallWatch {
    /// Whether a look has found that the client took nothing for the timeout.
    private(set) var hasStalled = false

    private let timeout: Duration
    /// Since when the client has taken nothing, as far as is known.
    private var start: MonotonicInstant
    /// Bytes handed to the socket, and those of them that the client had taken at the last look.
    private var sentBytes = 0
    private var takenBytes = 0

    /// - Parameter timeout: How long a client may take nothing; a stall is noticed with up to a quarter of it more.
    init(timeout: Duration, at now: MonotonicInstant) {
        self.timeout = timeout
        start = now
    }

    /// Bytes were handed to the socket.
    mutating func sent(_ count: Int) {
        sentBytes += count
    }

    /// Something is ready for the client from now on, or it has taken something; returns when to look.
    mutating func begin(at now: MonotonicInstant) -> MonotonicInstant {
        start = now
        return next(after: now)
    }

    /// Looks at what the socket still holds; returns when to look again, nil for a client that has stalled.
    mutating func look(at now: MonotonicInstant, untakenBytes: Int) -> MonotonicInstant? {
        let taken = sentBytes - untakenBytes
        if taken > takenBytes {
            takenBytes = taken
            start = now
        }
        hasStalled = start + timeout <= now
        return hasStalled ? nil : next(after: now)
    }

    private func next(after now: MonotonicInstant) -> MonotonicInstant {
        min(start + timeout, now + timeout / 4)
    }
}
