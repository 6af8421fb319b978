import Testing

@testable import Runtime

@Suite struct TimerHeapTests {
    private func instant(_ nanoseconds: Int64) -> MonotonicInstant { MonotonicInstant(nanoseconds: nanoseconds) }

    @Test("equal deadlines fire in the order of scheduling")
    func stable() {
        var heap = TimerHeap()
        var fired: [Int] = []
        for number in 0..<10 { _ = heap.schedule(at: instant(5)) { fired.append(number) } }
        while let action = heap.popDue(at: instant(5)) { action() }
        #expect(fired == Array(0..<10))
    }

    @Test("nothing fires before its deadline")
    func notEarly() {
        var heap = TimerHeap()
        _ = heap.schedule(at: instant(5)) {}
        #expect(heap.popDue(at: instant(4)) == nil)
        #expect(heap.next == instant(5))
    }

    @Test("an id does not name the timer that took its slot")
    func reusedSlot() {
        var heap = TimerHeap()
        let first = heap.schedule(at: instant(1)) {}
        #expect(heap.cancel(first) != nil)
        let second = heap.schedule(at: instant(2)) {}
        #expect(heap.cancel(first) == nil)
        #expect(heap.count == 1)
        #expect(heap.cancel(second) != nil)
        #expect(heap.cancel(second) == nil)
    }

    @Test("a pass is bounded by what was scheduled when it began")
    func boundedPass() {
        var heap = TimerHeap()
        _ = heap.schedule(at: instant(1)) {}
        let last = heap.lastScheduled
        #expect(heap.popDue(at: instant(9), scheduledUpTo: last) != nil)
        _ = heap.schedule(at: instant(1)) {}
        #expect(heap.popDue(at: instant(9), scheduledUpTo: last) == nil)
        #expect(heap.count == 1)
    }

    @Test("random schedules, cancellations and pops behave as a sorted list does", arguments: 0..<40)
    func againstSortedList(seed: Int) {
        var generator = XoshiroGenerator(seed: UInt64(seed))
        var heap = TimerHeap()
        var reference: [(deadline: Int64, number: Int, id: TimerID)] = []
        var retired: [TimerID] = []
        var now: Int64 = 0
        var number = 0
        var fired: [Int] = []
        for _ in 0..<2000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let deadline = now + Int64.random(in: 0..<50, using: &generator)
                let timer = number
                let id = heap.schedule(at: instant(deadline)) { fired.append(timer) }
                reference.append((deadline, timer, id))
                number += 1
            case 5..<7:
                guard let position = reference.indices.randomElement(using: &generator) else { continue }
                let removed = reference.remove(at: position)
                #expect(heap.cancel(removed.id) != nil)
                retired.append(removed.id)
            case 7:
                if let id = retired.randomElement(using: &generator) { #expect(heap.cancel(id) == nil) }
            default:
                now += Int64.random(in: 0..<20, using: &generator)
                fired = []
                while let action = heap.popDue(at: instant(now)) { action() }
                // Numbers rise with the order of scheduling.
                let due = reference.filter { $0.deadline <= now }
                    .sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }
                #expect(fired == due.map(\.number))
                retired += due.map(\.id)
                reference.removeAll { $0.deadline <= now }
            }
            #expect(heap.count == reference.count)
            #expect(heap.next == reference.map(\.deadline).min().map(instant))
        }
    }
}
