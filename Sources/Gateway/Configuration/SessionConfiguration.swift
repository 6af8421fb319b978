import Runtime

/// Which requests become a conversation, and for how long (`sessions`).
package struct SessionConfiguration: Sendable, Hashable {
    /// When a request without a session gets one.
    package enum Issue: String, Sendable, CaseIterable {
        /// When it asks for one (`X-LIP-Session-Id: new`).
        case onRequest = "on_request"
        /// Whenever it comes without.
        case always
    }

    /// The most sessions remembered (`max`).
    package var countMax = 10_000
    /// How long after its last request a session can be resumed (`idle_timeout`).
    package var idleTimeout = Duration.seconds(24 * 3600)
    package var issue = Issue.onRequest
    /// Whether clients may name sessions themselves (`client_chosen_ids`); nil is in single-user mode only.
    package var allowsChosenIDs: Bool?

    package init() {}
}
