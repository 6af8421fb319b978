import Transport

/// Reads a streamed Converse answer: messages of `application/vnd.amazon.eventstream`, each with one JSON object.
package struct BedrockConverseEventDecoder: AnswerDecoder {
    /// The events of the frame that `next` returned last.
    package private(set) var events: [Event] = []
    /// Whether the answer ended or failed: the rest of the body does not matter.
    package private(set) var isOver = false

    private var stream: AmazonEventStreamParser
    private let json: JSONParser
    private var reader = BedrockConverseAnswerReader()
    private var bodyEnded = false

    /// Makes a decoder; decoders on one loop may share a JSON parser.
    ///
    /// This dialect knows one choice only.
    package init(
        choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: AmazonEventStreamLimits = .default
    ) {
        json = parser
        stream = AmazonEventStreamParser(limits: limits)
        events.reserveCapacity(8)
    }

    /// Hands over the next bytes of the body.
    package mutating func feed(_ chunk: [UInt8]) {
        guard !isOver else { return }
        stream.feed(chunk)
    }

    /// Tells that the body is complete; the connection's own failures are the caller's to report.
    package mutating func finish() {
        bodyEnded = true
    }

    /// The next frame, nil when more bytes are needed or the answer is over.
    package mutating func next() -> AnswerFrame? {
        events.removeAll(keepingCapacity: true)
        guard !isOver else { return nil }
        do throws(AmazonEventStreamError) {
            if let message = try stream.next() { return frame(message) }
        } catch {
            return fail(Failure(.invalidResponse, error.description, phase: reader.phase))
        }
        return bodyEnded ? nextAtEnd() : nil
    }

    /// A stream that stated why the message ended is complete, even where its counts are missing.
    private mutating func nextAtEnd() -> AnswerFrame {
        guard reader.hasFinished, !stream.isInMessage else {
            return fail(
                Failure(
                    .prematureEnd, "the provider's stream stopped before the answer was complete",
                    phase: reader.phase))
        }
        isOver = true
        events.append(.ended)
        return AnswerFrame(bytes: [])
    }

    private mutating func frame(_ message: AmazonEventStreamMessage) -> AnswerFrame {
        do throws(Failure) {
            if try read(message) {
                isOver = true
                events.append(.ended)
            }
            return AnswerFrame(bytes: message.bytes)
        } catch {
            return fail(error)
        }
    }

    private mutating func read(_ message: AmazonEventStreamMessage) throws(Failure) -> Bool {
        guard message.text(":message-type").map({ $0.elementsEqual("event".utf8) }) ?? true else {
            throw exception(message)
        }
        guard let kind = message.text(":event-type").flatMap(BedrockConverseAnswerReader.EventKind.init) else {
            // New kinds of events may come at any time.
            return false
        }
        let phase = reader.phase
        return try message.payload.withUnsafeBufferPointer { payload throws(Failure) in
            try json.withRoot(
                of: payload,
                refusal: { _ in
                    Failure(.invalidResponse, "the provider's stream holds something that is not JSON", phase: phase)
                },
                { root throws(Failure) in try reader.read(event: root, kind, &events) })
        }
    }

    /// What a message says that is no event: `exception` names its type and has a JSON object, `error` has both in headers.
    private func exception(_ message: AmazonEventStreamMessage) -> Failure {
        let type = message.text(":exception-type") ?? message.text(":error-code") ?? []
        let said = message.text(":error-message").map { String(decoding: $0, as: UTF8.self) }
        let document = try? json.parse(message.payload)
        let text = document?.root["message"]?.string ?? document?.root["Message"]?.string
        return BedrockConverseErrors.failure(exception: type, message: text ?? said, phase: reader.phase)
    }

    private mutating func fail(_ failure: Failure) -> AnswerFrame {
        isOver = true
        let isLate = reader.hasOutput || events.contains(where: \.commits)
        events.append(.failed(isLate ? failure.afterOutput() : failure))
        return AnswerFrame(bytes: [])
    }
}
