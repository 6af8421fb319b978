import Transport

/// Reads an agent's answer to a prompt: lines of JSON, each a JSON-RPC message, the last of which answers the prompt.
///
/// What the agent asks itself on the way is no event: ``takeReplies()`` has what it is to be answered.
package struct ACPEventDecoder: AnswerDecoder {
    /// Answers to the agent that wait to be taken; one that asks more at once is not heard.
    static let replyCountMax = 256

    /// The events of the frame that `next` returned last.
    package private(set) var events: [Event] = []
    /// Whether the answer ended or failed: the rest of the body does not matter.
    package private(set) var isOver = false

    private var lines: NDJSONParser
    private let json: JSONParser
    private var reader: ACPAnswerReader
    private var replies: [[UInt8]] = []
    private var bodyEnded = false

    /// Makes a decoder of the answer to a prompt in a session; decoders on one loop may share a JSON parser.
    package init(_ session: ACPSession, parser: JSONParser = JSONParser(), limits: NDJSONLimits = .default) {
        json = parser
        lines = NDJSONParser(limits: limits)
        reader = ACPAnswerReader(session: session)
        events.reserveCapacity(8)
    }

    /// Whether the agent has answered the prompt, well or with an error: its turn is over.
    package var isAnswered: Bool { reader.hasAnswered }

    /// The messages that are to be sent to the agent, each by itself, because of what it asked; they are taken once.
    package mutating func takeReplies() -> [[UInt8]] {
        guard !replies.isEmpty else { return [] }
        defer { replies = [] }
        return replies
    }

    /// Hands over the next bytes of the body.
    package mutating func feed(_ chunk: [UInt8]) {
        guard !isOver else { return }
        lines.feed(chunk)
    }

    /// Tells that the body is complete; the connection's own failures are the caller's to report.
    package mutating func finish() {
        bodyEnded = true
        lines.finish()
    }

    /// The next frame, nil when more bytes are needed or the answer is over.
    package mutating func next() -> AnswerFrame? {
        events.removeAll(keepingCapacity: true)
        guard !isOver else { return nil }
        do throws(NDJSONError) {
            if let line = try lines.next() { return frame(line) }
        } catch {
            return fail(Failure(.invalidResponse, error.description, phase: reader.phase))
        }
        guard bodyEnded else { return nil }
        return fail(
            Failure(
                .prematureEnd, "the agent's stream stopped before session/prompt was answered", phase: reader.phase))
    }

    private mutating func frame(_ line: ArraySlice<UInt8>) -> AnswerFrame {
        do throws(Failure) {
            if try read(line) {
                isOver = true
                events.append(.ended)
            }
            guard replies.count <= Self.replyCountMax else {
                throw Failure(.invalidResponse, "the agent asks for more than it waits for", phase: reader.phase)
            }
            return AnswerFrame(bytes: line)
        } catch {
            return fail(error)
        }
    }

    private mutating func read(_ line: ArraySlice<UInt8>) throws(Failure) -> Bool {
        let phase = reader.phase
        return try line.withUnsafeBufferPointer { bytes throws(Failure) in
            try json.withRoot(
                of: bytes,
                refusal: { _ in Failure(.invalidResponse, "the agent sent a line that is not JSON", phase: phase) },
                { root throws(Failure) in try reader.read(root, &events, &replies) })
        }
    }

    private mutating func fail(_ failure: Failure) -> AnswerFrame {
        isOver = true
        let isLate = reader.hasOutput || events.contains(where: \.commits)
        events.append(.failed(isLate ? failure.afterOutput() : failure))
        return AnswerFrame(bytes: [])
    }
}
