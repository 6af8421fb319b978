/// Reads a provider's streamed answer, split anywhere.
///
/// Feed a chunk, then take frames until there is none; after each, `events` holds what the frame said. After `finish`
/// the remaining frames come, the last of which ends or fails the answer. Nothing follows `.ended` or `.failed`.
/// Belongs to one task at a time.
package protocol AnswerDecoder {
    /// The events of the frame that `next` returned last.
    ///
    /// Reading changes nothing, but asks for the decoder itself: for a getter that does not, `any AnswerDecoder` copies the
    /// whole decoder, a tenth of what a chunk costs.
    var events: [Event] { mutating get }
    /// Whether the answer ended or failed: the rest of the body does not matter.
    var isOver: Bool { get }

    /// Hands over the next bytes of the body.
    mutating func feed(_ chunk: [UInt8])

    /// Tells that the body is complete; the connection's own failures are the caller's to report.
    mutating func finish()

    /// The next frame, nil when more bytes are needed or the answer is over.
    mutating func next() -> AnswerFrame?
}
