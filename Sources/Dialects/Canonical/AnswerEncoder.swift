/// Writes a streamed answer for a client: frames of its own dialect as they came, or frames built from events.
///
/// The stream ends exactly once, well or with an error in the client's protocol. Belongs to one task at a time.
package protocol AnswerEncoder {
    /// Whether the stream was ended, well or not: nothing more may be written.
    var isOver: Bool { get }

    /// Appends a frame that came in the client's dialect; its events tell what it holds.
    mutating func carry(_ frame: AnswerFrame, _ events: [Event], into output: inout [UInt8])

    /// Appends what an event becomes, if it becomes anything.
    mutating func encode(_ event: Event, into output: inout [UInt8])

    /// Ends the stream with an error in the form that the protocol's clients raise.
    mutating func fail(_ failure: Failure, into output: inout [UInt8])

    /// Appends what the protocol's own clients skip, to keep a silent connection in use; may append nothing.
    static func keepAlive(into output: inout [UInt8])
}
