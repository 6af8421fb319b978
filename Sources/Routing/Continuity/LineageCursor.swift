/// A place between two attempts in the order of pages: start, then the number under which the store recorded it.
///
/// Valid for the store that made it, for as long as that runs.
package struct LineageCursor: Sendable, Equatable, Comparable, CustomStringConvertible {
    /// In nanoseconds since the Unix epoch.
    var startedAt: Int64
    var number: Int64

    init(startedAt: Int64, number: Int64) {
        self.startedAt = startedAt
        self.number = number
    }

    /// Reads a cursor as `description` writes it; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let startedAt = Int64(parts[0]), let number = Int64(parts[1]) else { return nil }
        self.init(startedAt: startedAt, number: number)
    }

    package var description: String { "\(startedAt).\(number)" }

    package static func < (left: LineageCursor, right: LineageCursor) -> Bool {
        (left.startedAt, left.number) < (right.startedAt, right.number)
    }
}
