import Runtime
import Synchronization

/// The keys of one backend, shared by all of its legs: a key that one model's leg finds limited rests for all of them.
///
/// Not an actor: it is asked at the start and end of every attempt, on every loop, and holds its lock for no longer than a
/// walk over a handful of keys.
package final class BackendKeys: Sendable {
    /// Whether the backend can be used without any key.
    package let isKeyless: Bool
    private let pool: Locked<KeyPool>
    /// Whether what authenticates a backend without keys, such as a header that never changes, was refused last.
    private let isRefused = Atomic(false)

    /// - Parameter needsKey: Whether the backend refuses requests without a key; without keys it is then never eligible.
    package init(_ keys: [Secret], needsKey: Bool) {
        isKeyless = keys.isEmpty && !needsKey
        pool = Locked(KeyPool(keys))
    }

    /// A key for an attempt; nil where none is needed.
    package func lease(
        at now: MonotonicInstant, lastResort: Bool = false, preferring preferred: Int? = nil
    ) throws(KeyPool.Shortage) -> KeyPool.Lease? {
        if isKeyless { return nil }
        return try pool.withLock { pool throws(KeyPool.Shortage) in
            try pool.lease(at: now, lastResort: lastResort, preferring: preferred)
        }
    }

    /// Tells what a failed attempt means for its key; returns why no key may be used now, nil if one may.
    ///
    /// Without a lease the attempt had no key, and a backend without keys has no other one to go on with.
    package func failed(
        _ lease: KeyPool.Lease?, _ effect: Verdict.KeyEffect, retryAfter: Duration?, at now: MonotonicInstant
    ) -> KeyPool.Shortage? {
        guard let lease else {
            switch effect {
            case .none: return nil
            case .disable:
                isRefused.store(true, ordering: .relaxed)
                return .missing
            case .coolDown: return .coolingDown(until: now + KeyPool.cooldown(retryAfter))
            }
        }
        return pool.withLock { pool in
            switch effect {
            case .none: break
            case .coolDown: pool.limited(lease.index, retryAfter: retryAfter, at: now)
            case .disable: pool.refused(lease.index)
            }
            do throws(KeyPool.Shortage) {
                _ = try pool.lease(at: now)
                return nil
            } catch {
                return error
            }
        }
    }

    /// Whether the provider refused the last attempt without a key, and none has succeeded since.
    ///
    /// Nothing is taken out of use for it: unlike a key, there is nothing else to be used in its place.
    package var isCredentialRefused: Bool { isRefused.load(ordering: .relaxed) }

    /// Tells that an attempt succeeded, with a key if it had one.
    package func succeeded(_ lease: KeyPool.Lease?) {
        guard let lease else {
            if isCredentialRefused { isRefused.store(false, ordering: .relaxed) }
            return
        }
        guard lease.isLastResort else { return }
        pool.withLock { $0.succeeded(lease) }
    }

    /// What each key may be used for, in their order.
    package func states(at now: MonotonicInstant) -> [KeyPool.KeyState] {
        pool.withLock { $0.states(at: now) }
    }
}
