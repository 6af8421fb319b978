import Transport

/// Reads a streamed Messages answer.
package struct AnthropicEventDecoder: AnswerDecoder {
    /// The events of the frame that `next` returned last.
    package private(set) var events: [Event] = []
    /// Whether the answer ended or failed: the rest of the body does not matter.
    package private(set) var isOver = false

    private var sse: SSEParser
    private let json: JSONParser
    private var reader = AnthropicAnswerReader()
    private var bodyEnded = false
    private var unfinished: SSEEvent?

    /// Makes a decoder; decoders on one loop may share a JSON parser, and this dialect knows one choice only.
    package init(choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default) {
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
            return fail(Failure(.invalidResponse, error.description, phase: reader.phase))
        }
    }

    /// What an unfinished last event holds, if it is whole but for its blank line, and then the end.
    ///
    /// A stream that stated why the message ended is complete, even where its last mark is missing.
    private mutating func nextAtEnd() -> AnswerFrame {
        if let event = unfinished {
            unfinished = nil
            if event.data.last == UInt8(ascii: "}"), (try? json.parse(event.data)) != nil {
                var bytes = Array(event.rawFrame)
                if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
                bytes.append(UInt8(ascii: "\n"))
                return frame(event, bytes[...])
            }
            return fail(premature())
        }
        guard reader.hasFinished else { return fail(premature()) }
        isOver = true
        events.append(.ended)
        return AnswerFrame(bytes: [])
    }

    private mutating func frame(_ event: borrowing SSEEvent, _ bytes: ArraySlice<UInt8>) -> AnswerFrame {
        do throws(Failure) {
            let name = event.name
            let isLast = try event.withData { data throws(Failure) in try read(data, name) }
            if isLast {
                isOver = true
                events.append(.ended)
            }
            return AnswerFrame(bytes: bytes)
        } catch {
            return fail(error)
        }
    }

    private mutating func read(
        _ data: UnsafeBufferPointer<UInt8>, _ name: ArraySlice<UInt8>
    ) throws(Failure) -> Bool {
        // Both closures are written in place: one that is kept in a variable is allocated for every frame.
        let phase = reader.phase
        return try json.withRoot(
            of: data,
            refusal: { _ in
                Failure(.invalidResponse, "the provider's stream holds something that is not JSON", phase: phase)
            },
            { root throws(Failure) in try reader.read(event: root, named: name, &events) })
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
}
