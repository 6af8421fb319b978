/// What a source wants to hear of, and what a loop reports about a descriptor: a set of flags.
///
/// Not an `OptionSet`: that protocol's operations reach other modules unspecialised, and an empty literal then costs an
/// array and several look-ups of metadata, a few times for every event.
package struct Readiness: ExpressibleByArrayLiteral, Hashable, Sendable {
    private var bits: UInt8

    private init(bits: UInt8) {
        self.bits = bits
    }

    @inline(__always)
    package init(arrayLiteral elements: Readiness...) {
        bits = 0
        for element in elements { bits |= element.bits }
    }

    package static var read: Readiness { Readiness(bits: 1) }
    package static var write: Readiness { Readiness(bits: 2) }
    /// The peer shut down its writing half (`EPOLLRDHUP`).
    package static var peerClosed: Readiness { Readiness(bits: 4) }
    /// Error or full hang-up; reported whether asked for or not.
    package static var failed: Readiness { Readiness(bits: 8) }

    /// No flag at all.
    package static var none: Readiness { Readiness(bits: 0) }

    package var isEmpty: Bool { bits == 0 }

    /// Whether all of the other's flags are set.
    package func contains(_ other: Readiness) -> Bool { bits & other.bits == other.bits }

    /// Whether none of the other's flags is set.
    package func isDisjoint(with other: Readiness) -> Bool { bits & other.bits == 0 }

    /// Sets the other's flags.
    package mutating func insert(_ other: Readiness) {
        bits |= other.bits
    }

    /// The flags of both.
    package func with(_ other: Readiness) -> Readiness { Readiness(bits: bits | other.bits) }

    /// The flags that are not the other's.
    package func subtracting(_ other: Readiness) -> Readiness { Readiness(bits: bits & ~other.bits) }

    package static func == (left: Readiness, right: Readiness) -> Bool { left.bits == right.bits }
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
