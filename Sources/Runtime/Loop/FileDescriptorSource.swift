/// What a source wants to hear of, and what a loop reports about a descriptor.
package struct Readiness: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let read = Readiness(rawValue: 1)
    package static let write = Readiness(rawValue: 2)
    /// The peer shut down its writing half (`EPOLLRDHUP`).
    package static let peerClosed = Readiness(rawValue: 4)
    /// Error or full hang-up; reported whether asked for or not.
    package static let failed = Readiness(rawValue: 8)

    // The standard library's generic versions of these, and of set literals, are not specialised for a type of another
    // module: two allocations each time that a descriptor is ready. These are plain arithmetic.

    /// Whether all of `other` is in the set.
    @inline(__always)
    package func contains(_ other: Readiness) -> Bool { rawValue & other.rawValue == other.rawValue }

    /// Whether any of `other` is in the set.
    @inline(__always)
    package func intersects(_ other: Readiness) -> Bool { rawValue & other.rawValue != 0 }

    /// The set with `other` added.
    @inline(__always)
    package func with(_ other: Readiness) -> Readiness { Readiness(rawValue: rawValue | other.rawValue) }

    /// The set without `other`.
    @inline(__always)
    package func without(_ other: Readiness) -> Readiness { Readiness(rawValue: rawValue & ~other.rawValue) }

    /// Nothing at all.
    package static let none: Readiness = []
}

/// Something that owns a descriptor and reacts, on its loop, when the descriptor is ready.
package protocol FileDescriptorHandler: AnyObject {
    /// Called on the loop with what is ready; may register and deregister any source, its own included.
    func descriptorIsReady(_ ready: Readiness)
}

/// Something that has work to do at the end of a loop's turn.
package protocol TurnEndHandler: AnyObject {
    /// Called on the loop, once for each time that it was asked for.
    func turnIsEnding()
}

/// Names one registration of a descriptor with a loop.
///
/// The kernel hands it back with each event, so that an event that was already on its way when the descriptor was closed
/// and its number reused is dropped.
package struct SourceID: Hashable, Sendable {
    var slot: UInt32
    var generation: UInt32

    var packed: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    init(packed: UInt64) {
        slot = UInt32(truncatingIfNeeded: packed)
        generation = UInt32(truncatingIfNeeded: packed >> 32)
    }
}
