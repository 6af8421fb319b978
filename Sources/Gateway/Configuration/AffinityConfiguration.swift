import Runtime

/// How sticky routes bind (`routing.affinity`).
package struct AffinityConfiguration: Sendable, Hashable {
    /// What becomes of a request with a route that sticks to something the request does not have.
    package enum MissingIdentity: String, Sendable, CaseIterable {
        /// 400.
        case failClosed = "fail_closed"
        /// It is served as if the route were not sticky.
        case ignore
    }

    package var missingIdentity = MissingIdentity.failClosed
    /// The most bindings remembered (`max_bindings`).
    package var bindingsMax = 10_000
    /// How long an unused binding holds (`ttl`).
    package var timeToLive = Duration.seconds(24 * 3600)

    package init() {}
}
