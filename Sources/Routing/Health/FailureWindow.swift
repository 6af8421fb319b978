import Runtime

/// How many attempts ended within a rolling span, and how many of them failed.
///
/// The span moves in steps of a tenth of its length: what is counted is between nine tenths and the whole of it.
struct FailureWindow: Sendable {
    /// The fewest attempts within the span of which a share is taken: one failure of two calls at night says nothing.
    static let samplesMin = 20

    private static let slotCount = 10

    private let slotNanoseconds: Int64
    /// The attempts of each tenth, at the index of its number modulo the count.
    private var slots = [(count: Int, failedCount: Int)](repeating: (0, 0), count: slotCount)
    /// The number of the newest tenth, counted from the clock's origin.
    private var newest = Int64.min
    private(set) var count = 0
    private(set) var failedCount = 0

    init(_ span: Duration) {
        slotNanoseconds = max(1, span.wholeNanoseconds / Int64(Self.slotCount))
    }

    /// Counts an attempt; an instant before the newest one counts as that one.
    mutating func add(failed: Bool, at now: MonotonicInstant) {
        advance(to: now.nanoseconds / slotNanoseconds)
        let index = Int(newest % Int64(Self.slotCount))
        slots[index].count += 1
        count += 1
        guard failed else { return }
        slots[index].failedCount += 1
        failedCount += 1
    }

    mutating func clear() {
        for index in slots.indices { slots[index] = (0, 0) }
        count = 0
        failedCount = 0
    }

    private mutating func advance(to number: Int64) {
        guard number > newest else { return }
        if newest < number - Int64(Self.slotCount) {
            clear()
        } else {
            for past in (newest + 1)...number {
                let index = Int(past % Int64(Self.slotCount))
                count -= slots[index].count
                failedCount -= slots[index].failedCount
                slots[index] = (0, 0)
            }
        }
        newest = number
    }
}
