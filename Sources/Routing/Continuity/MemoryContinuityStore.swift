import Runtime

/// Keeps lineage in memory: for as long as the process runs, a leg is seen, and there is room.
///
/// Loops write into the table under a lock that is held for about a microsecond; a query takes it in steps, so that a
/// walk over all legs never stands in a loop's way.
package actor MemoryContinuityStore: ContinuityStore {
    /// How many legs a query looks at before it lets others have the table.
    private static let stepCount = 1024

    private let table: Locked<LineageTable>
    private let clock: any MonotonicClock

    /// - Parameters:
    ///   - timeToLive: how long a leg is kept after it was last seen; nil for as long as there is room.
    ///   - legsMax: the most legs kept; beyond it the one unseen for longest goes.
    package init(timeToLive: Duration?, legsMax: Int, clock: any MonotonicClock = SystemClock()) {
        table = Locked(LineageTable(timeToLive: timeToLive, legsMax: legsMax))
        self.clock = clock
    }

    package nonisolated func record(_ turn: Turn) {
        let now = clock.now()
        table.withLock { $0.record(turn, at: now) }
    }

    package nonisolated var statistics: ContinuityStatistics { table.withLock { $0.statistics } }

    package func aLeg(_ id: ALegID) -> ALeg? {
        let now = clock.now()
        return table.withLock { $0.aLeg(id, at: now) }
    }

    package func attempts(of id: ALegID) -> [AttemptRecord] {
        let now = clock.now()
        return table.withLock { $0.attempts(of: id, at: now) }
    }

    package func page(_ query: LineageQuery) -> LineagePage {
        let now = clock.now()
        var selection = LineageSelection(query)
        var position: Int? = 0
        while let start = position {
            // Taken out and put back, since what the lock guards may not change what lies outside of it.
            (selection, position) = table.withLock { [selection] table in
                var selection = selection
                let next = table.walk(from: start, count: Self.stepCount, at: now) {
                    selection.consider($0, number: $1)
                }
                return (selection, next)
            }
        }
        return selection.page
    }

    package nonisolated func shutdown() async {
        table.withLock { $0.close() }
    }
}
