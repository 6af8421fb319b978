import Runtime

/// A backend's keys and which of them may be used: the first usable one in their order.
///
/// A value without a clock; ``BackendKeys`` holds it. A key that the provider limits rests, a key that it refuses is not
/// used again until the configuration is loaded anew.
package struct KeyPool: Sendable {
    /// How long a limited key rests where the provider named no time.
    package static let cooldownWithoutRetryAfter = Duration.seconds(60)
    /// The longest rest, whatever a provider asks for.
    package static let cooldownMax = Duration.seconds(24 * 60 * 60)

    /// A key handed out for one attempt.
    package struct Lease: Sendable, Equatable {
        /// The key's place in the pool.
        package let index: Int
        package let secret: Secret
        /// Whether it was resting and is used since nothing else is left.
        package let isLastResort: Bool
    }

    /// Why no key can be handed out.
    package enum Shortage: Error, Sendable, Equatable {
        /// All usable keys rest; the first of them is back then.
        case coolingDown(until: MonotonicInstant)
        /// Every key was refused by the provider.
        case disabled
        /// The backend needs a key and has none.
        case missing
    }

    /// What a key may be used for.
    package enum KeyState: Sendable, Equatable {
        case usable
        /// Resting; `isStated` if the provider named the time.
        case cooling(until: MonotonicInstant, isStated: Bool)
        case disabled
    }

    private var keys: [(secret: Secret, state: KeyState)]

    package init(_ keys: [Secret]) {
        self.keys = keys.map { ($0, .usable) }
    }

    package var isEmpty: Bool { keys.isEmpty }

    /// The first usable key.
    ///
    /// - Parameters:
    ///   - lastResort: Whether a key may be used that rests for a time that the provider did not name; of those the one
    ///     that is back the soonest.
    ///   - preferred: The place of the key that is handed out before all others, if it is usable.
    package func lease(
        at now: MonotonicInstant, lastResort: Bool = false, preferring preferred: Int? = nil
    ) throws(Shortage) -> Lease {
        if let preferred, keys.indices.contains(preferred), isUsable(preferred, at: now) {
            return Lease(index: preferred, secret: keys[preferred].secret, isLastResort: false)
        }
        var soonest: (index: Int, until: MonotonicInstant)?
        var back: MonotonicInstant?
        for (index, key) in keys.enumerated() {
            switch key.state {
            case .disabled: continue
            case .cooling(let until, let isStated) where until > now:
                back = min(back ?? until, until)
                if !isStated, until < soonest?.until ?? .distantFuture { soonest = (index, until) }
            case .usable, .cooling:
                return Lease(index: index, secret: key.secret, isLastResort: false)
            }
        }
        if lastResort, let soonest {
            return Lease(index: soonest.index, secret: keys[soonest.index].secret, isLastResort: true)
        }
        if let back { throw .coolingDown(until: back) }
        throw keys.isEmpty ? .missing : .disabled
    }

    private func isUsable(_ index: Int, at now: MonotonicInstant) -> Bool {
        switch keys[index].state {
        case .usable: true
        case .cooling(let until, _): until <= now
        case .disabled: false
        }
    }

    /// Lets a key rest for the provider's Retry-After; a rest is never shortened by a later, smaller one.
    package mutating func limited(_ index: Int, retryAfter: Duration?, at now: MonotonicInstant) {
        guard keys[index].state != .disabled else { return }
        let stated = retryAfter.flatMap { $0 > .zero ? $0 : nil }
        let until = now + Self.cooldown(stated)
        if case .cooling(let known, _) = keys[index].state, known >= until { return }
        keys[index].state = .cooling(until: until, isStated: stated != nil)
    }

    /// How long to rest for a provider's Retry-After.
    package static func cooldown(_ retryAfter: Duration?) -> Duration {
        guard let retryAfter, retryAfter > .zero else { return cooldownWithoutRetryAfter }
        return min(retryAfter, cooldownMax)
    }

    /// Takes a key out of use.
    package mutating func refused(_ index: Int) {
        keys[index].state = .disabled
    }

    /// Notes that an attempt succeeded: a key that was used in spite of its rest needs it no longer.
    package mutating func succeeded(_ lease: Lease) {
        guard lease.isLastResort, case .cooling(_, isStated: false) = keys[lease.index].state else { return }
        keys[lease.index].state = .usable
    }

    /// What each key may be used for, in their order; a rest that is over counts as usable.
    package func states(at now: MonotonicInstant) -> [KeyState] {
        keys.map { key in
            if case .cooling(let until, _) = key.state, until <= now { return .usable }
            return key.state
        }
    }
}
