import Runtime

/// Which session a request asks for.
package enum SessionClaim: Sendable {
    /// A new one, with a token.
    case new
    /// The one of a token; the name stands beside it to be compared, where the client gave one.
    case resume(ResumeToken, SessionID?)
    /// The one of a name that the client chose, new or not.
    case chosen(String)
}

/// The sessions of all loops.
///
/// A lock and not an actor: it is held for about a microsecond, and only by requests that are part of a session. Sessions
/// live in memory: one of an earlier run of the process is unknown.
package final class SessionRegistry: Sendable {
    private let table: Locked<SessionTable>

    /// - Parameters:
    ///   - countMax: The most sessions; beyond it the one unseen for longest goes.
    ///   - idleTimeout: How long after its last request a session can be resumed.
    package init(countMax: Int, idleTimeout: Duration) {
        table = Locked(SessionTable(countMax: countMax, idleTimeout: idleTimeout))
    }

    /// Opens the session that a request asks for; each call needs its ``requestEnded(_:at:)``.
    ///
    /// - Returns: The session, and its token where it was newly issued.
    package func open(
        _ claim: SessionClaim, by principal: Principal, at now: MonotonicInstant, using random: inout XoshiroGenerator
    ) throws(SessionDenial) -> (session: Session, token: ResumeToken?) {
        switch claim {
        case .new:
            let token = ResumeToken()
            let session = Session(
                id: SessionID(from: &random), principal: principal, aLeg: ALegID(from: &random), token: token)
            table.withLock { $0.add(session, at: now) }
            return (session, token)
        case .resume(let token, let id):
            return (
                try table.withLock { table throws(SessionDenial) in
                    try table.resume(token, id: id, by: principal, at: now)
                }, nil
            )
        case .chosen(let name):
            // Drawn in advance, since the look-up and the making must be one step: two requests may come at once.
            let aLeg = ALegID(from: &random)
            let session = table.withLock { table in
                if let known = table.find(name, of: principal, at: now) { return known }
                let session = Session(id: .chosen(name), principal: principal, aLeg: aLeg, token: nil)
                table.add(session, at: now)
                return session
            }
            return (session, nil)
        }
    }

    /// A request of the session has ended.
    package func requestEnded(_ session: Session, at now: MonotonicInstant) {
        table.withLock { $0.requestEnded(session, at: now) }
    }

    /// Whether the principal has a session with this A-leg.
    package func contains(_ aLeg: ALegID, of principal: Principal) -> Bool {
        table.withLock { $0.contains(aLeg, of: principal) }
    }

    /// The sessions that are remembered.
    package var count: Int { table.withLock { $0.count } }
}
