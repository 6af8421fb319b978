import Transport

/// Reads a streamed completion of the legacy interface.
package struct OpenAICompletionsEventDecoder: AnswerDecoder {
    /// The events of the frame that `next` returned last.
    package private(set) var events: [Event] = []
    /// Whether the answer ended or failed: the rest of the body does not matter.
    package private(set) var isOver = false

    private var sse: SSEParser
    private let json: JSONParser
    private var reader = OpenAICompletionsAnswerReader()
    private let expectedChoices: Int
    private var bodyEnded = false
    private var unfinished: SSEEvent?

    /// Makes a decoder for the answer to a call with so many choices; decoders on one loop may share a JSON parser.
    package init(choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default) {
        expectedChoices = choiceCount
        json = parser
        sse = SSEParser(limits: limits)
        events.reserveCapacity(8)
    }

    /// Hands over the next bytes of the body.
    package mutating func feed(_ chunk: [UInt8]) {
        guard !isOver else { return }
        sse.feed(chunk)
    }

    /// Tells that the body is complete; the connection's own failures are the caller's to report.
    package mutating func finish() {
        guard !bodyEnded, !isOver else { return }
        bodyEnded = true
        if case .unfinished(let event) = sse.finish() { unfinished = event }
    }

    /// The next frame, nil when more bytes are needed or the answer is over.
    package mutating func next() -> AnswerFrame? {
        events.removeAll(keepingCapacity: true)
        guard !isOver else { return nil }
        if bodyEnded { return nextAtEnd() }
        do throws(SSEError) {
            guard let event = try sse.next() else { return nil }
            return frame(event, event.rawFrame)
        } catch {
            return fail(invalid(error.description))
        }
    }

    /// What an unfinished last event holds, if it is whole but for its blank line, and then the end.
    private mutating func nextAtEnd() -> AnswerFrame {
        if let event = unfinished {
            unfinished = nil
            if event.withData(Self.isDone) { return end() }
            if event.data.last == UInt8(ascii: "}"), (try? json.parse(event.data)) != nil {
                var bytes = Array(event.rawFrame)
                if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
                bytes.append(UInt8(ascii: "\n"))
                return frame(event, bytes[...])
            }
            return fail(premature())
        }
        let isComplete = reader.choiceCount > 0 && reader.finishedCount >= max(expectedChoices, reader.choiceCount)
        return isComplete ? end() : fail(premature())
    }

    private mutating func frame(_ event: borrowing SSEEvent, _ bytes: ArraySlice<UInt8>) -> AnswerFrame {
        if event.withData(Self.isDone) { return end(bytes) }
        do throws(Failure) {
            let remarks = try event.withData { data throws(Failure) in try read(data) }
            return AnswerFrame(bytes: bytes, isUsageOnly: remarks.isUsageOnly, statesUsage: remarks.statesUsage)
        } catch {
            return fail(error)
        }
    }

    private mutating func read(
        _ data: UnsafeBufferPointer<UInt8>
    ) throws(Failure) -> OpenAICompletionsAnswerReader.Remarks {
        // Both closures are written in place: one that is kept in a variable is allocated for every chunk.
        let phase = reader.phase
        return try json.withRoot(
            of: data,
            refusal: { _ in
                Failure(.invalidResponse, "the provider's stream holds something that is not JSON", phase: phase)
            },
            { root throws(Failure) in try reader.read(root, &events) })
    }

    private mutating func end(_ bytes: ArraySlice<UInt8> = []) -> AnswerFrame {
        guard reader.choiceCount > 0 else {
            return fail(Failure(.invalidResponse, "the provider's stream ended without an answer"))
        }
        isOver = true
        events.append(.ended)
        return AnswerFrame(bytes: bytes)
    }

    private mutating func fail(_ failure: Failure) -> AnswerFrame {
        isOver = true
        let isLate = reader.hasOutput || events.contains(where: \.commits)
        events.append(.failed(isLate ? failure.afterOutput() : failure))
        return AnswerFrame(bytes: [])
    }

    private func invalid(_ message: String) -> Failure {
        Failure(.invalidResponse, message, phase: reader.phase)
    }

    private func premature() -> Failure {
        Failure(
            .prematureEnd, "the provider's stream stopped before the answer was complete", phase: reader.phase)
    }

    private static func isDone(_ data: UnsafeBufferPointer<UInt8>) -> Bool {
        guard data.first == UInt8(ascii: "["), data.count >= 6 else { return false }
        return data.prefix(6).elementsEqual("[DONE]".utf8) && data.dropFirst(6).allSatisfy { $0 <= 0x20 }
    }
}
