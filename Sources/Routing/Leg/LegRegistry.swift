import Runtime
import Synchronization

/// The legs of one generation of the configuration, made when they are first asked for.
///
/// Clients may choose model names, so the number of legs is bounded: beyond the bound the legs that nobody holds are
/// forgotten, healthy ones and the longest unused first. Not an actor: each request asks once, from its own loop.
package final class LegRegistry: Sendable {
    /// The most legs that are kept unless another bound is given.
    package static let legCountMaxDefault = 10_000
    /// The longest model name, in bytes, whose leg is kept: no real one is as long.
    package static let modelBytesMax = 512

    /// The most legs that are kept.
    package let legCountMax: Int
    private let keys: [String: BackendKeys]
    private let loads: [String: BackendLoad]
    private let bounds: [LegID: Int]
    private let breaker: CircuitBreaker.Settings?
    private let entries = Locked<[LegID: Leg]>([:])

    /// - Parameters:
    ///   - keys: The keys of each backend by its id; a leg can only be had for these.
    ///   - loads: What is in flight at each backend; one without a load here has no bound.
    ///   - bounds: The most attempts in flight at legs that have a bound of their own.
    ///   - breaker: When a leg is left alone after failures; nil is never.
    package init(
        keys: [String: BackendKeys], loads: [String: BackendLoad] = [:], bounds: [LegID: Int] = [:],
        breaker: CircuitBreaker.Settings? = nil, legCountMax: Int = legCountMaxDefault
    ) {
        precondition(legCountMax > 0, "a registry must be able to hold a leg")
        self.keys = keys
        self.loads = keys.mapValues { _ in BackendLoad() }.merging(loads) { _, given in given }
        self.bounds = bounds
        self.breaker = breaker
        self.legCountMax = legCountMax
    }

    /// The leg of a model at a backend; nil if there is no such backend.
    ///
    /// When every kept leg is held by a request, or the model's name is too long, the new one is returned but not kept,
    /// and forgets with its holder.
    package func leg(_ id: LegID, at now: MonotonicInstant) -> Leg? {
        let known = entries.withLock { $0[id] }
        if let known {
            known.lastUsed.store(now.nanoseconds, ordering: .relaxed)
            return known
        }
        guard let keys = keys[id.backend], let load = loads[id.backend] else { return nil }
        return entries.withLock { [legCountMax, bounds, breaker] entries in
            // Another loop may have been first.
            if let leg = entries[id] { return leg }
            let leg = Leg(id: id, keys: keys, load: load, inFlightMax: bounds[id], breaker: breaker)
            guard id.model.utf8.count <= Self.modelBytesMax else { return leg }
            leg.lastUsed.store(now.nanoseconds, ordering: .relaxed)
            if entries.count >= legCountMax { Self.forgetIdle(in: &entries, keeping: legCountMax) }
            if entries.count < legCountMax { entries[id] = leg }
            return leg
        }
    }

    package var count: Int { entries.withLock { $0.count } }

    /// Every kept leg in no order, for walks over all of them.
    package var unorderedLegs: [Leg] { entries.withLock { Array($0.values) } }

    /// Every kept leg, in the order of their ids, for snapshots.
    package var legs: [Leg] {
        unorderedLegs.sorted { ($0.id.backend, $0.id.model) < ($1.id.backend, $1.id.model) }
    }

    /// Forgets a sixteenth of the legs, so that the walk over all of them is paid once for many newcomers.
    private static func forgetIdle(in entries: inout [LegID: Leg], keeping bound: Int) {
        var idle: [(id: LegID, isTroubled: Bool, lastUsed: Int64)] = []
        var index = entries.startIndex
        while index != entries.endIndex {
            // Whoever runs or measures a leg holds a reference to it beside the registry's own.
            if isKnownUniquelyReferenced(&entries.values[index]) {
                let leg = entries.values[index]
                idle.append(
                    (
                        entries.keys[index], leg.isTroubled.load(ordering: .relaxed),
                        leg.lastUsed.load(ordering: .relaxed)
                    ))
            }
            entries.formIndex(after: &index)
        }
        // A flood of new names must not make lip forget which legs are down.
        idle.sort { ($0.isTroubled ? 1 : 0, $0.lastUsed) < ($1.isTroubled ? 1 : 0, $1.lastUsed) }
        for entry in idle.prefix(max(1, bound / 16)) { entries[entry.id] = nil }
    }
}
