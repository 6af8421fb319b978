import Glibc
import Transport

/// Reads a streamed answer in either form.
///
/// Server-sent events are what lip asks for. Google ends a broken event stream with a bare JSON object that holds the
/// error, outside of any event; a server that does not know `alt=sse` sends one JSON array. Both begin a line with a
/// bracket, which no event does: from there on, objects are read instead of events.
package struct GeminiEventDecoder: AnswerDecoder {
    /// The events of the frame that `next` returned last.
    package private(set) var events: [Event] = []
    /// Whether the answer ended or failed: the rest of the body does not matter.
    package private(set) var isOver = false

    private var sse: SSEParser
    private let json: JSONParser
    private var reader = GeminiAnswerReader()
    private var splitter: GeminiValueSplitter
    private var readsObjects = false
    private var isAtLineStart = true
    private let expectedChoices: Int
    private var bodyEnded = false
    private var unfinished: SSEEvent?

    /// Makes a decoder for the answer to a call with so many candidates; decoders on one loop may share a JSON parser.
    package init(choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default) {
        expectedChoices = choiceCount
        json = parser
        sse = SSEParser(limits: limits)
        splitter = GeminiValueSplitter(objectBytesMax: limits.eventBytesMax)
        events.reserveCapacity(8)
    }

    /// Hands over the next bytes of the body.
    package mutating func feed(_ chunk: [UInt8]) {
        guard !isOver, !chunk.isEmpty else { return }
        if readsObjects { return splitter.feed(chunk[...]) }
        guard let start = bareStart(chunk) else { return sse.feed(chunk) }
        readsObjects = true
        if start > 0 { sse.feed(Array(chunk[..<start])) }
        splitter.feed(chunk[start...])
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
        do throws(SSEError) {
            if !bodyEnded, let event = try sse.next() { return frame(event, event.rawFrame) }
        } catch {
            return fail(invalid(error.description))
        }
        if readsObjects {
            if let object = splitter.next() { return frame(object) }
            if splitter.isBroken {
                return fail(invalid("the provider's stream holds something that is not JSON"))
            }
        }
        return bodyEnded ? nextAtEnd() : nil
    }

    /// Where a line of the chunk begins with a bracket; nil where none does.
    private mutating func bareStart(_ chunk: [UInt8]) -> Int? {
        let found: Int? = chunk.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            var start = isAtLineStart ? 0 : bytes.count
            if !isAtLineStart, let line = memchr(base, 0x0A, bytes.count) { start = base.distance(to: line) + 1 }
            while start < bytes.count {
                let byte = bytes[start]
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { return start }
                guard let line = memchr(base + start, 0x0A, bytes.count - start) else { break }
                start = base.distance(to: line) + 1
            }
            return nil
        }
        isAtLineStart = chunk.last == 0x0A
        return found
    }

    /// What an unfinished last event holds, if it is whole but for its blank line, and then the end.
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
        let isCut = readsObjects && (splitter.isInArray || splitter.hasUnfinished)
        let isComplete = reader.choiceCount > 0 && reader.finishedCount >= max(expectedChoices, reader.choiceCount)
        return isComplete && !isCut ? end() : fail(premature())
    }

    private mutating func frame(_ event: borrowing SSEEvent, _ bytes: ArraySlice<UInt8>) -> AnswerFrame {
        // Not Gemini's, but some who imitate it end their streams with OpenAI's mark: the end of the body decides.
        if event.withData({ $0.first == UInt8(ascii: "[") && $0.elementsEqual("[DONE]".utf8) }) {
            return AnswerFrame(bytes: [])
        }
        do throws(Failure) {
            let statesUsage = try event.withData { data throws(Failure) in try read(data) }
            return AnswerFrame(bytes: bytes, statesUsage: statesUsage)
        } catch {
            return fail(error)
        }
    }

    private mutating func frame(_ object: [UInt8]) -> AnswerFrame {
        do throws(Failure) {
            let statesUsage = try object.withUnsafeBufferPointer { data throws(Failure) in try read(data) }
            return AnswerFrame(bytes: object[...], statesUsage: statesUsage)
        } catch {
            return fail(error)
        }
    }

    private mutating func read(_ data: UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool {
        // Both closures are written in place: one that is kept in a variable is allocated for every chunk.
        let phase = reader.phase
        return try json.withRoot(
            of: data,
            refusal: { _ in
                Failure(.invalidResponse, "the provider's stream holds something that is not JSON", phase: phase)
            },
            { root throws(Failure) in try reader.read(root, &events) })
    }

    private mutating func end() -> AnswerFrame {
        reader.tellUsage(&events)
        isOver = true
        events.append(.ended)
        return AnswerFrame(bytes: [])
    }

    private mutating func fail(_ failure: Failure) -> AnswerFrame {
        isOver = true
        reader.tellUsage(&events)
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
}
