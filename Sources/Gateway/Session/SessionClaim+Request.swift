import Dialects
import Routing
import Runtime
import Transport

extension SessionClaim {
    /// What a client sends as the name of a session that it wants to begin.
    private static let new = "new"

    /// What a request says of its session; nil where it says nothing and gets none.
    ///
    /// A header counts more than the same in the body; empty ones count as none.
    ///
    /// - Throws: A 400 for a name that cannot be one, or that the client may not choose, and for a token that is none.
    init?(_ headers: HTTPHeaders, _ hint: SessionHint?, _ configuration: Configuration) throws(Failure) {
        let name = headers.first("x-lip-session-id").flatMap { $0.isEmpty ? nil : $0 } ?? hint?.id ?? ""
        var token = headers.firstBytes("x-lip-resume-token").map { Array($0) } ?? []
        if token.isEmpty, let hinted = hint?.resumeToken { token = Array(hinted.reveal().utf8) }
        if !token.isEmpty {
            guard name != Self.new else {
                throw .malformed(
                    "X-LIP-Session-Id", "'new' begins a session, and X-LIP-Resume-Token resumes one: send one of them.")
            }
            guard let token = ResumeToken(token) else { throw SessionDenial.unknown.failure }
            self = .resume(token, name.isEmpty ? nil : SessionID(name))
        } else if name == Self.new || (name.isEmpty && configuration.sessions.issue == .always) {
            self = .new
        } else if name.isEmpty {
            return nil
        } else {
            try Self.check(name, configuration)
            self = .chosen(name)
        }
    }

    /// Refuses a name without token that the client may not choose.
    private static func check(_ name: String, _ configuration: Configuration) throws(Failure) {
        let header = "X-LIP-Session-Id"
        guard name.utf8.count <= SessionID.chosenBytesMax, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw .malformed(
                header, "\(header) takes up to \(SessionID.chosenBytesMax) bytes of text without control characters.")
        }
        if case .issued = SessionID(name) {
            throw .malformed(
                header, "\(header) names a session that was issued with a token: send it as X-LIP-Resume-Token.",
                code: "missing_resume_token")
        }
        guard configuration.allowsChosenSessionIDs else {
            throw .malformed(
                header,
                "Clients do not choose the names of sessions here (sessions.client_chosen_ids): begin one with \(header): new, and resume it with its X-LIP-Resume-Token.",
                code: "missing_resume_token")
        }
    }
}

extension SessionDenial {
    /// What the client is told; the codes and sentences are those of the Go LLM Interactive Proxy.
    var failure: Failure {
        switch self {
        case .unknown:
            .malformed(nil, "session could not be resumed", code: "session_denied_invalid_authority")
        case .expired:
            .malformed(nil, "session can no longer be resumed", code: "session_denied_resume_expired")
        }
    }
}
