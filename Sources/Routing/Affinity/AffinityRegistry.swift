import Runtime

/// The bindings of all loops: a lock that is held for about a microsecond, and only by requests with a sticky route.
package final class AffinityRegistry: Sendable {
    private let table: Locked<AffinityTable>

    /// - Parameters:
    ///   - countMax: The most bindings; beyond it the one unused for longest goes.
    ///   - timeToLive: How long an unused binding holds; nil for as long as there is room.
    package init(countMax: Int, timeToLive: Duration?) {
        table = Locked(AffinityTable(countMax: countMax, timeToLive: timeToLive))
    }

    /// The binding that a request has to go by.
    package func binding(of key: AffinityKey, at now: MonotonicInstant) -> AffinityBinding? {
        table.withLock { $0.binding(of: key, at: now) }
    }

    /// Output of the leaf has committed: where nothing is bound, the key is bound to its backend.
    package func bind(_ key: AffinityKey, to leaf: Leaf, at now: MonotonicInstant) {
        table.withLock { $0.bind(key, to: AffinityBinding(leaf, since: now), at: now) }
    }

    /// The backend failed or may not be tried.
    package func unbind(_ key: AffinityKey, from backend: String) {
        table.withLock { $0.unbind(key, from: backend) }
    }
}
