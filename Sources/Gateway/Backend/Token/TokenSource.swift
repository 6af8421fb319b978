import Runtime
import Transport

/// What a backend gets its access tokens with.
package enum TokenSource: Sendable {
    case google(GoogleCredentials)

    /// A request to a token endpoint.
    struct Grant: Sendable {
        var url: String
        var contentType = "application/x-www-form-urlencoded"
        var body: [UInt8]
    }

    /// What is sent for a token at a time in seconds since 1970; nil where it cannot be signed.
    func grant(at time: Int64) -> Grant? {
        switch self {
        case .google(let credentials): credentials.grant(at: time)
        }
    }

    /// What must not be shown.
    var secrets: [Secret] {
        switch self {
        case .google(let credentials): credentials.secrets
        }
    }
}
