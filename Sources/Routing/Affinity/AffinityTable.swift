import Runtime

/// Which backend sessions and clients are bound to; in memory and bounded, without clock or lock.
struct AffinityTable: Sendable {
    private let timeToLive: Duration?
    private var bindings: RecencyTable<AffinityKey, AffinityBinding>

    /// - Parameters:
    ///   - countMax: The most bindings; beyond it the one unused for longest goes.
    ///   - timeToLive: How long an unused binding holds; nil for as long as there is room.
    init(countMax: Int, timeToLive: Duration?) {
        bindings = RecencyTable(countMax: countMax)
        self.timeToLive = timeToLive
    }

    var count: Int { bindings.count }

    /// The binding that a request has to go by; to look it up is to use it.
    mutating func binding(of key: AffinityKey, at now: MonotonicInstant) -> AffinityBinding? {
        guard let entry = bindings[key] else { return nil }
        if let timeToLive, now - entry.seen >= timeToLive {
            bindings.remove(key)
            return nil
        }
        bindings.touch(key, at: now)
        return entry.value
    }

    /// Output of a leg has committed: where nothing is bound, the key is bound to its backend.
    ///
    /// Of several requests that began without a binding the first one decides.
    mutating func bind(_ key: AffinityKey, to binding: AffinityBinding, at now: MonotonicInstant) {
        if self.binding(of: key, at: now) == nil { bindings.insert(binding, for: key, at: now) }
    }

    /// The backend failed or may not be tried; does nothing where the key is bound to another one by now.
    mutating func unbind(_ key: AffinityKey, from backend: String) {
        if bindings[key]?.value.backend == backend { bindings.remove(key) }
    }
}
