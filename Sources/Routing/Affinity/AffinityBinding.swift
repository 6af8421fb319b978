import Runtime

/// The backend that has served a session or a client, and is to serve it again.
package struct AffinityBinding: Sendable, Equatable {
    package let backend: String
    /// The leg that served.
    package let candidate: CandidateKey
    package let model: String
    /// When its output committed.
    package let since: MonotonicInstant

    package init(_ leaf: Leaf, since: MonotonicInstant) {
        backend = leaf.backend ?? ""
        candidate = leaf.key
        model = leaf.model
        self.since = since
    }
}
