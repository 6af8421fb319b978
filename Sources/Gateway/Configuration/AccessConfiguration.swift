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

    /// Whether the presented credential is one of ``apiKeys``; every key is compared, each in constant time.
    package func accepts(_ credential: some Collection<UInt8>) -> Bool {
        var isAccepted = false
        for key in apiKeys where key.matches(credential) { isAccepted = true }
        return isAccepted
    }
}
