/// Which attempts of all A-legs are asked for: those that match every filter, the latest start first.
package struct LineageQuery: Sendable, Equatable {
    /// The most attempts a page holds.
    package static let limitMax = 500

    /// The earliest start, in nanoseconds since the Unix epoch.
    package var since: Int64?
    /// The first start that is too late, in nanoseconds since the Unix epoch.
    package var until: Int64?
    package var backend: String?
    package var model: String?
    package var outcome: AttemptOutcome?
    /// The end of the page before; nil for the first page.
    package var cursor: LineageCursor?
    /// 1 to ``limitMax``.
    package var limit = 100

    package init() {}

    /// Whether an attempt is one of those asked for, wherever the page begins.
    func matches(_ attempt: AttemptRecord) -> Bool {
        if let since, attempt.startedAt < since { return false }
        if let until, attempt.startedAt >= until { return false }
        if let outcome, attempt.outcome != outcome { return false }
        if let backend, attempt.backend != backend { return false }
        if let model, attempt.model != model { return false }
        return true
    }
}

/// One page of attempts.
package struct LineagePage: Sendable, Equatable {
    /// The latest start first.
    package var attempts: [AttemptRecord]
    /// Where the next page begins; nil after the last one.
    ///
    /// A page may be short, even empty, and yet have a next one.
    package var next: LineageCursor?
}
