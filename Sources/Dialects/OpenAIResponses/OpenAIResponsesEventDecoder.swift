import Transport

/// Reads a streamed response.
package struct OpenAIResponsesEventDecoder: AnswerDecoder {
    /// The events of the frame that `next` returned last.
    package private(set) var events: [Event] = []
    /// Whether the answer ended or failed: the rest of the body does not matter.
    package private(set) var isOver = false

    private var sse: SSEParser
    private let json: JSONParser
    private var reader = OpenAIResponsesAnswerReader()
    private var bodyEnded = false
    private var unfinished: SSEEvent?
    /// Kept only where the stream's last event does not hold them.
    private var items: OpenAIResponsesStreamedItems?

    /// Makes a decoder; there is one choice in every response.
    ///
    /// Decoders on one loop may share a JSON parser.
    package init(
        choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default,
        flavor: OpenAIResponsesFlavor = .openAI
    ) {
        json = parser
        if flavor.isCodex { items = OpenAIResponsesStreamedItems(bytesMax: limits.eventBytesMax) }
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
            return fail(Failure(.invalidResponse, error.description, phase: reader.phase))
        }
    }

    /// What an unfinished last event holds, if it is whole but for its blank line, and then the end, which is always
    /// premature: a response says itself that it is complete.
    private mutating func nextAtEnd() -> AnswerFrame {
        if let event = unfinished {
            unfinished = nil
            if event.data.last == UInt8(ascii: "}"), (try? json.parse(event.data)) != nil {
                var bytes = Array(event.rawFrame)
                if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
                bytes.append(UInt8(ascii: "\n"))
                return frame(event, bytes[...])
            }
        }
        return fail(premature())
    }

    private mutating func frame(_ event: borrowing SSEEvent, _ bytes: ArraySlice<UInt8>) -> AnswerFrame {
        // Some servers close every stream with the mark of chat completions.
        if event.withData(Self.isDone) { return fail(premature()) }
        do throws(Failure) {
            let remarks = try event.withData { data throws(Failure) in try read(data) }
            if items != nil, let completed = try note(event, hasEnded: remarks.hasEnded) {
                isOver = true
                events.append(.ended)
                return AnswerFrame(
                    bytes: completed.frame[...], statesUsage: true, sequence: remarks.sequence,
                    wholeBody: completed.frame[completed.response])
            }
            var whole: ArraySlice<UInt8>?
            if remarks.hasEnded {
                isOver = true
                events.append(.ended)
                let data = event.data
                whole = remarks.whole.map { data[data.startIndex + $0.lowerBound..<data.startIndex + $0.upperBound] }
            }
            return AnswerFrame(
                bytes: bytes, statesUsage: remarks.hasEnded, sequence: remarks.sequence, wholeBody: whole)
        } catch {
            return fail(error)
        }
    }

    private mutating func read(
        _ data: UnsafeBufferPointer<UInt8>
    ) throws(Failure) -> OpenAIResponsesAnswerReader.Remarks {
        // Both closures are written in place: one that is kept in a variable is allocated for every frame.
        let phase = reader.phase
        return try json.withRoot(
            of: data,
            refusal: { _ in
                Failure(.invalidResponse, "the provider's stream holds something that is not JSON", phase: phase)
            },
            { root throws(Failure) in try reader.read(root, &events) })
    }

    /// Keeps an item that ended; the last frame with all of them, where it lacks them.
    private mutating func note(
        _ event: borrowing SSEEvent, hasEnded: Bool
    ) throws(Failure) -> (frame: [UInt8], response: Range<Int>)? {
        if hasEnded { return items?.completed(event) }
        try items?.note(event, phase: reader.phase)
        return nil
    }

    private mutating func fail(_ failure: Failure) -> AnswerFrame {
        isOver = true
        let isLate = reader.hasOutput || events.contains(where: \.commits)
        events.append(.failed(isLate ? failure.afterOutput() : failure))
        return AnswerFrame(bytes: [])
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
