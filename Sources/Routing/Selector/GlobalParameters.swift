/// What the block in front of a selector, such as `{ttft_timeout=60,affinity=session}`, sets for the whole request.
package struct GlobalParameters: Sendable, Equatable {
    /// What binds later calls to the backend that served first.
    package enum Affinity: String, Sendable {
        case session, client
    }

    /// The time from the request's start to its first model output, over all attempts.
    package var ttftTimeout: Duration?
    package var affinity: Affinity?

    package init(ttftTimeout: Duration? = nil, affinity: Affinity? = nil) {
        self.ttftTimeout = ttftTimeout
        self.affinity = affinity
    }

    /// The keys that the block knows; a leaf's path may not hold a block of its own that begins with one of them.
    static let keys = ["ttft_timeout", "affinity", "session_sticky", "client_sticky"]
}
