import CLinux
import Runtime
import Transport

/// Remembers what was received and how it went, and wakes those who wait for something to happen.
final class RequestLog {
    private let remembered: Int
    private let recordDescriptor: CInt
    /// A ring once it is full: the oldest entry gives way.
    private var entries: [LogEntry] = []
    private var oldest = 0
    private var watches: [Watch] = []
    private var nextWatch = 0
    /// Requests that were not HTTP as it should be, with what was wrong.
    private(set) var malformed: [String] = []
    private static let malformedMax = 1000

    /// - Parameters:
    ///   - remembered: requests kept for the control API; 0 keeps none.
    ///   - recordDescriptor: where a line of JSON goes for each request that has ended, or -1.
    init(remembered: Int, recordDescriptor: CInt) {
        self.remembered = remembered
        self.recordDescriptor = recordDescriptor
    }

    func add(_ entry: LogEntry) {
        guard remembered > 0 else { return }
        if entries.count < remembered {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % remembered
        }
        changed()
    }

    func addMalformed(_ problem: String) {
        if malformed.count < Self.malformedMax { malformed.append(problem) }
        changed()
    }

    /// Writes the entry to the record file.
    func ended(_ entry: LogEntry) {
        if recordDescriptor >= 0 {
            var json = JSONWriter()
            entry.write(into: &json)
            let line = json.bytes + [0x0A]
            _ = write(recordDescriptor, line, line.count)
        }
        changed()
    }

    func forgetAll() {
        entries.removeAll()
        malformed.removeAll()
        oldest = 0
    }

    /// The entries that a filter lets through, in order of arrival.
    func entries(_ filter: Watch.Filter) -> [LogEntry] {
        (entries[oldest...] + entries[..<oldest]).filter(filter.admits)
    }

    // MARK: Watches

    /// Calls `met` once the condition holds, at once when it does already; returns a number to cancel it by.
    func watch(_ condition: Watch.Condition, _ met: @escaping () -> Void) -> Int {
        nextWatch += 1
        let watch = Watch(id: nextWatch, condition: condition, met: met)
        if condition.holds(for: entries(condition.filter)) { met() } else { watches.append(watch) }
        return watch.id
    }

    func cancelWatch(_ id: Int) { watches.removeAll { $0.id == id } }

    /// Looks at the watches again; called after anything has happened.
    func changed() {
        if watches.isEmpty { return }
        let met = watches.filter { $0.condition.holds(for: entries($0.condition.filter)) }
        watches.removeAll { watch in met.contains { $0.id == watch.id } }
        for watch in met { watch.met() }
    }
}
