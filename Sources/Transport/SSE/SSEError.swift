/// Why an event stream was refused; after it the parser takes nothing more.
package enum SSEError: Error, Sendable, Equatable, CustomStringConvertible {
    case lineTooLong(limit: Int)
    case eventTooLong(limit: Int)

    /// One sentence for people, safe to show.
    package var description: String {
        switch self {
        case .lineTooLong(let limit): "a line of the event stream is longer than \(limit) bytes"
        case .eventTooLong(let limit): "an event of the event stream is longer than \(limit) bytes"
        }
    }
}
