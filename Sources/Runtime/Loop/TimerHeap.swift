/// Names one scheduled deadline; stays invalid for ever once the deadline fired or was cancelled.
package struct TimerID: Hashable, Sendable {
    fileprivate var slot: Int32
    fileprivate var generation: UInt32
}

/// A binary heap of cancellable deadlines: a value without clock or threads, owned by one loop.
///
/// Scheduling and cancelling cost O(log n); slots are reused, and a generation keeps an old `TimerID` from naming a new
/// timer.
package struct TimerHeap {
    private struct Slot {
        var generation: UInt32 = 0
        /// Position in `heap`, or -1 while the slot is free.
        var position: Int32 = -1
        var deadline = MonotonicInstant.distantFuture
        /// Order of scheduling, so that equal deadlines fire first come, first served.
        var order: UInt64 = 0
        var action: (() -> Void)?
    }

    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var heap: [Int32] = []
    private var scheduled: UInt64 = 0

    package init() {}

    package var count: Int { heap.count }

    /// The earliest deadline, if any timer is pending.
    package var next: MonotonicInstant? {
        heap.first.map { slots[Int($0)].deadline }
    }

    package mutating func schedule(at deadline: MonotonicInstant, _ action: @escaping () -> Void) -> TimerID {
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
        } else {
            slot = Int32(slots.count)
            slots.append(Slot())
        }
        scheduled += 1
        slots[Int(slot)].deadline = deadline
        slots[Int(slot)].order = scheduled
        slots[Int(slot)].action = action
        slots[Int(slot)].position = Int32(heap.count)
        heap.append(slot)
        siftUp(heap.count - 1)
        return TimerID(slot: slot, generation: slots[Int(slot)].generation)
    }

    /// The number of the timer that was scheduled last, for `popDue`.
    package var lastScheduled: UInt64 { scheduled }

    /// Removes a pending timer and returns its action; nil when it has fired or was cancelled before.
    ///
    /// The caller releases the action: what it holds may reach the heap's owner again when it goes.
    package mutating func cancel(_ id: TimerID) -> (() -> Void)? {
        guard id.slot < slots.count, slots[Int(id.slot)].generation == id.generation else { return nil }
        guard slots[Int(id.slot)].position >= 0 else { return nil }
        return remove(at: Int(slots[Int(id.slot)].position))
    }

    /// Takes the earliest timer if it is due at `now` and was scheduled no later than number `last`.
    ///
    /// The bound ends a pass over timers that schedule new ones which are due at once.
    package mutating func popDue(at now: MonotonicInstant, scheduledUpTo last: UInt64 = .max) -> (() -> Void)? {
        guard let first = heap.first, slots[Int(first)].deadline <= now, slots[Int(first)].order <= last else {
            return nil
        }
        return remove(at: 0)
    }

    private mutating func remove(at position: Int) -> (() -> Void)? {
        let slot = Int(heap[position])
        let last = heap.removeLast()
        if position < heap.count {
            heap[position] = last
            slots[Int(last)].position = Int32(position)
            siftUp(position)
            siftDown(Int(slots[Int(last)].position))
        }
        slots[slot].position = -1
        let action = slots[slot].action.take()
        slots[slot].generation &+= 1
        free.append(Int32(slot))
        return action
    }

    private func precedes(_ left: Int32, _ right: Int32) -> Bool {
        let (first, second) = (slots[Int(left)].deadline, slots[Int(right)].deadline)
        return first == second ? slots[Int(left)].order < slots[Int(right)].order : first < second
    }

    private mutating func siftUp(_ start: Int) {
        var position = start
        let slot = heap[position]
        while position > 0 {
            let parent = (position - 1) / 2
            guard precedes(slot, heap[parent]) else { break }
            heap[position] = heap[parent]
            slots[Int(heap[position])].position = Int32(position)
            position = parent
        }
        heap[position] = slot
        slots[Int(slot)].position = Int32(position)
    }

    private mutating func siftDown(_ start: Int) {
        var position = start
        let slot = heap[position]
        while true {
            var child = 2 * position + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
            guard precedes(heap[child], slot) else { break }
            heap[position] = heap[child]
            slots[Int(heap[position])].position = Int32(position)
            position = child
        }
        heap[position] = slot
        slots[Int(slot)].position = Int32(position)
    }
}
