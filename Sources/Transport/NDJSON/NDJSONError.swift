/// Why a stream of JSON lines was refused; after it the parser takes nothing more.
package enum NDJSONError: Error, Sendable, Equatable, CustomStringConvertible {
    case lineTooLong(limit: Int)

    /// One sentence for people, safe to show.
    package var description: String {
        switch self {
        case .lineTooLong(let limit): "a line of the stream is longer than \(limit) bytes"
        }
    }
}
