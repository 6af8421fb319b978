import Transport

/// What a dialect makes of the objects in its server-sent events; `SSEAnswerDecoder` does the rest.
protocol SSEAnswerReader: AnswerReader {
    /// What `[DONE]` in the place of an object means here, the mark that ends OpenAI's chat completions; nil where only an
    /// object may stand there.
    static var endMark: SSEEndMark? { get }

    /// Whether the answer to a call with so many choices is complete, if the body ends now without saying so.
    func isComplete(choiceCount: Int) -> Bool

    /// Appends the events of one event's object; throws the failure that the object reports or is.
    ///
    /// `name` is the event's name, empty where it has none.
    mutating func read(
        object root: JSONCursor, named name: ArraySlice<UInt8>, _ events: inout [Event]
    ) throws(Failure) -> SSEFrameRemarks

    /// Keeps what the last event will lack, of one that was read; throws where that outgrows its limit.
    mutating func note(_ event: borrowing SSEEvent) throws(Failure)

    /// The last event with what it lacks; nil where it lacks nothing.
    func completed(_ event: borrowing SSEEvent) -> SSECompletedFrame?

    /// Appends what waited for the end, where the mark or the body ends the answer; throws where there is none.
    mutating func end(_ events: inout [Event]) throws(Failure)

    /// Appends what is to be told even if the answer fails.
    mutating func fail(_ events: inout [Event])
}

extension SSEAnswerReader {
    mutating func note(_ event: borrowing SSEEvent) throws(Failure) {}

    func completed(_ event: borrowing SSEEvent) -> SSECompletedFrame? { nil }

    mutating func end(_ events: inout [Event]) throws(Failure) {}

    mutating func fail(_ events: inout [Event]) {}
}

/// A reader of answers in several choices, which are complete when each of them gave its finish reason.
protocol ChoiceCountingReader: SSEAnswerReader {
    /// How many choices have begun.
    var choiceCount: Int { get }
    /// How many choices gave their finish reason.
    var finishedCount: Int { get }
}

extension ChoiceCountingReader {
    func isComplete(choiceCount expected: Int) -> Bool {
        choiceCount > 0 && finishedCount >= max(expected, choiceCount)
    }

    /// Throws if no choice has begun.
    func checkBegun() throws(Failure) {
        guard choiceCount > 0 else {
            throw Failure(.invalidResponse, "the provider's stream ended without an answer")
        }
    }
}

/// What a dialect takes the mark `[DONE]` for.
enum SSEEndMark {
    /// The end of the answer.
    case end
    /// What some servers add; the answer is over when it says so itself, or when the body is.
    case nothing
    /// The end of a stream whose answer should have said before that it is complete.
    case premature

    /// Whether an event's data are the mark; white space may follow it.
    static func isWritten(_ data: UnsafeBufferPointer<UInt8>) -> Bool {
        guard data.first == UInt8(ascii: "["), data.count >= 6 else { return false }
        return data.prefix(6).elementsEqual("[DONE]".utf8) && data.dropFirst(6).allSatisfy { $0 <= 0x20 }
    }
}

/// A stream's last frame, to be sent in place of the one that came.
struct SSECompletedFrame {
    var bytes: [UInt8]
    /// Where in it the whole answer stands as a unary body.
    var whole: Range<Int>
}

/// What an object of a stream said beside its events.
struct SSEFrameRemarks {
    /// It states usage and nothing else.
    var isUsageOnly = false
    /// It states usage where a client of its dialect looks for it.
    var statesUsage = false
    /// Its number in the stream.
    var sequence: Int?
    /// Where in the object's text the whole answer stands as a unary body.
    var whole: Range<Int>?
    /// Whether the answer ended with it.
    var hasEnded = false
    /// Whether it left the reader as it was but for its events: one that differs in its text says that text and no more,
    /// whatever was read before.
    var isRepeatable = false
}
