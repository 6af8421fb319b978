/// Somebody who waits until the log shows something.
struct Watch {
    /// Which requests count.
    struct Filter {
        var model: String?
        var path: String?

        func admits(_ entry: LogEntry) -> Bool {
            (model == nil || entry.model == model) && (path == nil || entry.request.path == path)
        }
    }

    enum Event: String, CaseIterable {
        /// So many requests have been received.
        case request
        /// So many answers have begun.
        case answer
        /// So many answers are over, however.
        case end
        case completed
        /// So many clients have hung up.
        case disconnect
        /// One answer has come so many content chunks far.
        case chunk
        /// So many answers wait at a gate.
        case gate
        /// No answer is in progress.
        case idle
    }

    struct Condition {
        var event: Event
        var count: Int
        var filter: Filter

        func holds(for entries: [LogEntry]) -> Bool {
            switch event {
            case .request: entries.count >= count
            case .answer: entries.count { $0.answered != nil } >= count
            case .end: entries.count { $0.outcome != .inProgress } >= count
            case .completed: entries.count { $0.outcome == .completed } >= count
            case .disconnect: entries.count { $0.outcome == .clientGone } >= count
            case .chunk: entries.contains { $0.chunksSent >= count }
            case .gate: entries.count { $0.gate != nil && $0.outcome == .inProgress } >= count
            case .idle: !entries.contains { $0.outcome == .inProgress }
            }
        }
    }

    let id: Int
    let condition: Condition
    let met: () -> Void
}
