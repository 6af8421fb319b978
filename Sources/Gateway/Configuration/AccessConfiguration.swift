import Routing
import Runtime

/// Who may use lip (`access.mode`, `server.api_keys`).
package struct AccessConfiguration: Sendable {
    /// The two ways to run lip.
    package enum Mode: String, Sendable, CaseIterable {
        /// One person on one machine: loopback addresses only, client keys are optional.
        case singleUser = "single_user"
        /// Several clients over a network: any address, and client keys are required.
        case multiUser = "multi_user"
    }

    package var mode = Mode.singleUser
    /// The keys that clients may present as a bearer token or `x-api-key`; empty means that none is asked for, which is
    /// possible on loopback only.
    package var apiKeys: [Secret] = []

    package init() {}

    /// Whether requests must carry one of ``apiKeys``.
    package var isAuthenticationRequired: Bool { !apiKeys.isEmpty }

    /// Whose credential this is; nil where it is none of ``apiKeys``.
    ///
    /// Every key is compared, each in constant time.
    package func principal(of credential: some Collection<UInt8>) -> Principal? {
        var found: Principal?
        for (index, key) in apiKeys.enumerated() where key.matches(credential) { found = .clientKey(index) }
        return found
    }
}
