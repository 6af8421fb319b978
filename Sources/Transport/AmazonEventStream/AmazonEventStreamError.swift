/// Why a stream of Amazon's events was refused; after it the parser takes nothing more.
package enum AmazonEventStreamError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A length in the prelude that no message can have.
    case malformedLength
    case messageTooLong(limit: Int)
    case headersTooLong(limit: Int)
    /// The prelude or the message is not what was sent.
    case checksumMismatch
    case malformedHeaders

    /// One sentence for people, safe to show.
    package var description: String {
        switch self {
        case .malformedLength: "a message of the event stream states a length that it cannot have"
        case .messageTooLong(let limit): "a message of the event stream is longer than \(limit) bytes"
        case .headersTooLong(let limit): "the headers of an event stream's message are longer than \(limit) bytes"
        case .checksumMismatch: "a message of the event stream has a wrong checksum"
        case .malformedHeaders: "a message of the event stream has malformed headers"
        }
    }
}
