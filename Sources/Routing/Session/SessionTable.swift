import Runtime

/// Why a session was not given to a client.
package enum SessionDenial: Error, Hashable, Sendable {
    /// There is no such session, its token is another one, or it is somebody else's: which of them is not told.
    case unknown
    /// It was unused for too long.
    case expired
}

/// The sessions that can be resumed, from the one unseen for longest to the one seen last.
///
/// A value without clock or lock. An unused session expires, but its entry stays for as long again, so that its client
/// can be told; when there is no room, the one unseen for longest goes.
struct SessionTable: Sendable {
    private enum Key: Hashable, Sendable {
        case issued(ResumeToken.Locator)
        /// A chosen name is the principal's own: others may use the same.
        case chosen(Principal, String)
    }

    /// How many dead entries one call removes: after a quiet time no single request pays for all of them.
    private static let removedCountMax = 64

    private let idleTimeout: Duration
    private var sessions: RecencyTable<Key, Session>

    init(countMax: Int, idleTimeout: Duration) {
        self.idleTimeout = idleTimeout
        sessions = RecencyTable(countMax: countMax)
    }

    var count: Int { sessions.count }

    /// Takes a new session in; its first request runs.
    mutating func add(_ session: Session, at now: MonotonicInstant) {
        removeDead(at: now)
        session.requestBegan()
        sessions.insert(session, for: key(session), at: now)
    }

    /// Finds a session by its token; another of its requests runs.
    ///
    /// - Parameter id: The name that the client gave beside the token, if it gave one.
    mutating func resume(
        _ token: ResumeToken, id: SessionID?, by principal: Principal, at now: MonotonicInstant
    ) throws(SessionDenial) -> Session {
        guard let entry = sessions[.issued(token.locator)], let known = entry.value.token, known.matches(token),
            id == nil || id == entry.value.id, principal == entry.value.principal
        else { throw .unknown }
        // Not before the token was proved: a stranger does not learn that there was a session.
        if isExpired(entry, at: now) { throw .expired }
        return begin(entry, at: now)
    }

    /// Finds a session by the name that its principal chose; another of its requests runs.
    ///
    /// Nil where there is none, or it has expired.
    mutating func find(_ name: String, of principal: Principal, at now: MonotonicInstant) -> Session? {
        guard let entry = sessions[.chosen(principal, name)], !isExpired(entry, at: now) else { return nil }
        return begin(entry, at: now)
    }

    /// A request of the session has ended.
    mutating func requestEnded(_ session: Session, at now: MonotonicInstant) {
        session.requestEnded()
        let key = key(session)
        // A chosen name may have been taken anew.
        if sessions[key]?.value === session { sessions.touch(key, at: now) }
    }

    /// Whether the principal has a session with this A-leg; looks at all of them.
    func contains(_ aLeg: ALegID, of principal: Principal) -> Bool {
        sessions.first { $0.value.aLeg == aLeg && $0.value.principal == principal } != nil
    }

    private mutating func begin(_ entry: RecencyTable<Key, Session>.Entry, at now: MonotonicInstant) -> Session {
        entry.value.requestBegan()
        sessions.touch(entry.key, at: now)
        return entry.value
    }

    private func key(_ session: Session) -> Key {
        if let token = session.token { return .issued(token.locator) }
        return .chosen(session.principal, session.id.description)
    }

    private func isExpired(_ entry: RecencyTable<Key, Session>.Entry, at now: MonotonicInstant) -> Bool {
        now - entry.seen >= idleTimeout && !entry.value.isRunning
    }

    private mutating func removeDead(at now: MonotonicInstant) {
        for _ in 0..<Self.removedCountMax {
            guard let oldest = sessions.oldest, now - oldest.seen >= idleTimeout * 2 else { return }
            if oldest.value.isRunning {
                sessions.touch(oldest.key, at: now)
            } else {
                sessions.remove(oldest.key)
            }
        }
    }
}
