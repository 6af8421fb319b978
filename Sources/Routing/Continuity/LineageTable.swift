import Runtime

/// A-legs with their attempts, from the one unseen for longest to the one seen last.
///
/// A value without clock or lock. Recording, looking up and forgetting take the same time however many legs there are:
/// the order is a list through the slots, and slots of forgotten legs are used again.
struct LineageTable: Sendable {
    private struct Slot {
        var leg: ALeg
        var seen: MonotonicInstant
        var attempts: Attempts
        var older: Int32
        var newer: Int32
        var isUsed: Bool
    }

    /// The attempts of one A-leg, in the order of their sequence.
    ///
    /// Most legs have one, which lies in the slot: a block of its own would be made at the end of its request, among what
    /// that request leaves behind, and keep the page around it for as long as the leg is remembered.
    private enum Attempts {
        case none
        case one(AttemptRecord)
        case several([AttemptRecord])

        init(_ attempts: [AttemptRecord]) {
            switch attempts.count {
            case 0: self = .none
            case 1: self = .one(attempts[0])
            default: self = .several(attempts)
            }
        }

        var count: Int {
            switch self {
            case .none: 0
            case .one: 1
            case .several(let attempts): attempts.count
            }
        }

        var list: [AttemptRecord] {
            switch self {
            case .none: []
            case .one(let attempt): [attempt]
            case .several(let attempts): attempts
            }
        }

        func forEach(_ body: (AttemptRecord) -> Void) {
            switch self {
            case .none: break
            case .one(let attempt): body(attempt)
            case .several(let attempts): for attempt in attempts { body(attempt) }
            }
        }
    }

    /// The latest attempts that are kept of one A-leg: a conversation may go on for as long as it likes.
    static let attemptsPerLegMax = 256
    /// How many attempts are kept for each A-leg that there is room for, on average: beyond it the oldest legs go.
    static let attemptsPerLegMean = 8
    private static let none: Int32 = -1
    /// How many expired legs one call forgets: after a quiet time no single request pays for all of them.
    private static let expiredCountMax = 64

    private let timeToLive: Duration?
    private let legsMax: Int
    private var slots: [Slot] = []
    private var positions: [ALegID: Int32] = [:]
    private var free: [Int32] = []
    private var oldest = none
    private var newest = none
    private var attemptCount = 0
    private var isClosed = false
    private(set) var statistics = ContinuityStatistics()

    init(timeToLive: Duration?, legsMax: Int) {
        precondition((1...Int(Int32.max)).contains(legsMax), "a table must be able to hold a leg")
        self.timeToLive = timeToLive
        self.legsMax = legsMax
    }

    var legCount: Int { positions.count }

    /// Adds a turn; an attempt of a known sequence replaces that attempt, unless it has another id.
    mutating func record(_ turn: Turn, at now: MonotonicInstant) {
        forgetExpired(at: now)
        guard !isClosed else {
            statistics.droppedCount += 1
            return
        }
        if let position = positions[turn.aLeg.id], isExpired(Int(position), at: now) { forget(position) }
        if let position = positions[turn.aLeg.id] {
            guard isConsistent(turn, with: slots[Int(position)]) else {
                statistics.droppedCount += 1
                return
            }
            slots[Int(position)].leg.lastSeenAt = max(slots[Int(position)].leg.lastSeenAt, turn.aLeg.lastSeenAt)
            slots[Int(position)].seen = now
            put(turn.attempts, into: Int(position))
            unlink(position)
            link(position)
        } else {
            if positions.count >= legsMax { forget(oldest) }
            add(turn, at: now)
        }
        while attemptCount > legsMax * Self.attemptsPerLegMean, oldest != newest { forget(oldest) }
        statistics.recordedCount += 1
    }

    func aLeg(_ id: ALegID, at now: MonotonicInstant) -> ALeg? {
        slot(id, at: now)?.leg
    }

    func attempts(of id: ALegID, at now: MonotonicInstant) -> [AttemptRecord] {
        slot(id, at: now)?.attempts.list ?? []
    }

    /// Shows the attempts of up to `count` slots; returns where to go on, nil at the end.
    func walk(
        from start: Int, count: Int, at now: MonotonicInstant, _ body: (AttemptRecord, _ number: Int64) -> Void
    ) -> Int? {
        let end = min(slots.count, start + count)
        for position in start..<max(start, end) where slots[position].isUsed && !isExpired(position, at: now) {
            slots[position].attempts.forEach { attempt in
                body(attempt, Int64(position) << 32 | Int64(attempt.sequence))
            }
        }
        return end < slots.count ? end : nil
    }

    /// Forgets everything and takes nothing any more.
    mutating func close() {
        isClosed = true
        slots = []
        positions = [:]
        free = []
        oldest = Self.none
        newest = Self.none
        attemptCount = 0
    }

    // MARK: Slots

    private func isConsistent(_ turn: Turn, with slot: Slot) -> Bool {
        let known = slot.attempts.list
        return turn.attempts.allSatisfy { attempt in
            guard let index = Self.place(of: attempt.sequence, in: known) else { return true }
            return known[index].id == attempt.id
        }
    }

    private mutating func add(_ turn: Turn, at now: MonotonicInstant) {
        let slot = Slot(
            leg: turn.aLeg, seen: now, attempts: Attempts(turn.attempts), older: Self.none, newer: Self.none,
            isUsed: true)
        let position: Int32
        if let reused = free.popLast() {
            position = reused
            slots[Int(reused)] = slot
        } else {
            position = Int32(slots.count)
            slots.append(slot)
        }
        attemptCount += turn.attempts.count
        positions[turn.aLeg.id] = position
        link(position)
    }

    private mutating func put(_ added: [AttemptRecord], into position: Int) {
        var attempts = slots[position].attempts.list
        // Let go before it is changed, so that changing it does not copy it.
        slots[position].attempts = .none
        attemptCount -= attempts.count
        for attempt in added {
            if let index = Self.place(of: attempt.sequence, in: attempts) {
                attempts[index] = attempt
                continue
            }
            // Nearly always the last one: only a request that ended before another which began earlier leaves a gap.
            let before = attempts.lastIndex { $0.sequence < attempt.sequence }
            attempts.insert(attempt, at: before.map { $0 + 1 } ?? 0)
            // A quarter at once, so that not every turn of a long conversation moves all of them.
            if attempts.count > Self.attemptsPerLegMax { attempts.removeFirst(Self.attemptsPerLegMax / 4) }
        }
        attemptCount += attempts.count
        slots[position].attempts = Attempts(attempts)
    }

    /// Where the attempt of a sequence stands; searched from the latest.
    private static func place(of sequence: Int, in attempts: [AttemptRecord]) -> Int? {
        guard let index = attempts.lastIndex(where: { $0.sequence <= sequence }) else { return nil }
        return attempts[index].sequence == sequence ? index : nil
    }

    // MARK: Forgetting

    private mutating func forgetExpired(at now: MonotonicInstant) {
        var count = 0
        while oldest != Self.none, count < Self.expiredCountMax, isExpired(Int(oldest), at: now) {
            forget(oldest)
            count += 1
        }
    }

    private func isExpired(_ position: Int, at now: MonotonicInstant) -> Bool {
        guard let timeToLive else { return false }
        return now - slots[position].seen >= timeToLive
    }

    private func slot(_ id: ALegID, at now: MonotonicInstant) -> Slot? {
        guard let position = positions[id], !isExpired(Int(position), at: now) else { return nil }
        return slots[Int(position)]
    }

    private mutating func forget(_ position: Int32) {
        unlink(position)
        positions[slots[Int(position)].leg.id] = nil
        attemptCount -= slots[Int(position)].attempts.count
        slots[Int(position)].attempts = .none
        slots[Int(position)].isUsed = false
        free.append(position)
    }

    // MARK: Order

    /// Puts a slot behind all others.
    private mutating func link(_ position: Int32) {
        slots[Int(position)].older = newest
        slots[Int(position)].newer = Self.none
        if newest == Self.none { oldest = position } else { slots[Int(newest)].newer = position }
        newest = position
    }

    private mutating func unlink(_ position: Int32) {
        let (older, newer) = (slots[Int(position)].older, slots[Int(position)].newer)
        if older == Self.none { oldest = newer } else { slots[Int(older)].newer = newer }
        if newer == Self.none { newest = older } else { slots[Int(newer)].older = older }
    }
}
