/// A bounded dictionary that knows when each of its entries was seen last, and forgets the one unseen for longest.
///
/// A value without clock or lock: time is an argument. Every operation takes the same time however many entries there
/// are, but for `first(where:)`: the order is a list through the slots, and slots of removed entries are used again.
package struct RecencyTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// An entry as it stands.
    package struct Entry: Sendable {
        package let key: Key
        package let value: Value
        /// When it was put in or touched last.
        package let seen: MonotonicInstant
    }

    private struct Slot {
        /// Nil while the slot is free.
        var entry: Entry?
        var older: Int32
        var newer: Int32
    }

    private var none: Int32 { -1 }

    /// The most entries held.
    package let countMax: Int
    private var slots: [Slot] = []
    private var positions: [Key: Int32] = [:]
    private var free: [Int32] = []
    private var oldestPosition: Int32 = -1
    private var newestPosition: Int32 = -1

    package init(countMax: Int) {
        precondition((1...Int(Int32.max)).contains(countMax), "a table must be able to hold an entry")
        self.countMax = countMax
    }

    package var count: Int { positions.count }

    /// The entry that was unseen for longest.
    package var oldest: Entry? {
        oldestPosition == none ? nil : slots[Int(oldestPosition)].entry
    }

    /// The entry of a key, which does not count as seeing it.
    package subscript(key: Key) -> Entry? {
        positions[key].flatMap { slots[Int($0)].entry }
    }

    /// Any entry that meets a condition; looks at all of them.
    package func first(where condition: (Entry) -> Bool) -> Entry? {
        for slot in slots {
            if let entry = slot.entry, condition(entry) { return entry }
        }
        return nil
    }

    /// Notes that the entry of a key was seen; does nothing where there is none.
    package mutating func touch(_ key: Key, at now: MonotonicInstant) {
        guard let position = positions[key], let entry = slots[Int(position)].entry else { return }
        unlink(position)
        slots[Int(position)].entry = Entry(key: key, value: entry.value, seen: now)
        link(position)
    }

    /// Puts in an entry as seen now, in place of one of the same key.
    ///
    /// - Returns: The entry that had to make room, if there was no other.
    @discardableResult
    package mutating func insert(_ value: Value, for key: Key, at now: MonotonicInstant) -> Entry? {
        remove(key)
        var evicted: Entry?
        if positions.count >= countMax, let oldest {
            evicted = oldest
            remove(oldest.key)
        }
        let slot = Slot(entry: Entry(key: key, value: value, seen: now), older: none, newer: none)
        let position: Int32
        if let reused = free.popLast() {
            position = reused
            slots[Int(reused)] = slot
        } else {
            position = Int32(slots.count)
            slots.append(slot)
        }
        positions[key] = position
        link(position)
        return evicted
    }

    /// Takes out the entry of a key.
    @discardableResult
    package mutating func remove(_ key: Key) -> Entry? {
        guard let position = positions.removeValue(forKey: key) else { return nil }
        unlink(position)
        defer { slots[Int(position)].entry = nil }
        free.append(position)
        return slots[Int(position)].entry
    }

    // MARK: Order

    /// Puts a slot behind all others.
    private mutating func link(_ position: Int32) {
        slots[Int(position)].older = newestPosition
        slots[Int(position)].newer = none
        if newestPosition == none {
            oldestPosition = position
        } else {
            slots[Int(newestPosition)].newer = position
        }
        newestPosition = position
    }

    private mutating func unlink(_ position: Int32) {
        let (older, newer) = (slots[Int(position)].older, slots[Int(position)].newer)
        if older == none { oldestPosition = newer } else { slots[Int(older)].newer = newer }
        if newer == none { newestPosition = older } else { slots[Int(newer)].older = older }
    }
}
