import Runtime
import Transport

/// What a backend gets its access tokens with.
package enum TokenSource: Sendable {
    case google(GoogleCredentials)
    case codex(CodexLogin)

    /// A request to a token endpoint.
    struct Grant: Sendable {
        var url: String
        var contentType = "application/x-www-form-urlencoded"
        var body: [UInt8]
    }

    /// What is sent for a token at a time in seconds since 1970; nil where it cannot be signed, and for a login, whose file
    /// tells what is sent.
    func grant(at time: Int64) -> Grant? {
        switch self {
        case .google(let credentials): credentials.grant(at: time)
        case .codex: nil
        }
    }

    /// What must not be shown.
    var secrets: [Secret] {
        switch self {
        case .google(let credentials): credentials.secrets
        case .codex: []
        }
    }

    /// Whether a status refuses the token itself: ChatGPT answers 403 as well to one that it no longer takes.
    func refusesToken(_ status: Int) -> Bool {
        switch self {
        case .google: status == 401
        case .codex: status == 401 || status == 403
        }
    }
}
