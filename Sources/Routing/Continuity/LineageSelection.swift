/// Picks the page that a query asks for out of attempts that come in any order.
struct LineageSelection: Sendable {
    private struct Candidate {
        var place: LineageCursor
        var attempt: AttemptRecord
    }

    private let query: LineageQuery
    /// The latest starts so far, unordered until they are twice as many as needed.
    private var candidates: [Candidate] = []
    /// No place at or before it can be on the page any more.
    private var floor: LineageCursor?

    init(_ query: LineageQuery) {
        self.query = query
    }

    /// Takes an attempt into account; `number` tells attempts of the same start apart.
    mutating func consider(_ attempt: AttemptRecord, number: Int64) {
        let place = LineageCursor(startedAt: attempt.startedAt, number: number)
        if let cursor = query.cursor, place >= cursor { return }
        if let floor, place <= floor { return }
        guard query.matches(attempt) else { return }
        candidates.append(Candidate(place: place, attempt: attempt))
        if candidates.count > 2 * (query.limit + 1) { shrink() }
    }

    /// The page, once every attempt was considered.
    var page: LineagePage {
        var copy = self
        copy.shrink()
        let chosen = copy.candidates.prefix(query.limit)
        let next = copy.candidates.count > query.limit ? chosen.last?.place : nil
        return LineagePage(attempts: chosen.map(\.attempt), next: next)
    }

    /// Keeps one more than the page holds, to know whether there is a next one.
    private mutating func shrink() {
        candidates.sort { $0.place > $1.place }
        guard candidates.count > query.limit + 1 else { return }
        candidates.removeSubrange((query.limit + 1)...)
        floor = candidates.last?.place
    }
}
