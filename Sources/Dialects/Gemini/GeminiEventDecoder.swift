import Glibc
import Transport

/// Reads a streamed answer in either form.
///
/// Server-sent events are what lip asks for. Google ends a broken event stream with a bare JSON object that holds the
/// error, outside of any event; a server that does not know `alt=sse` sends one JSON array. Both begin a line with a
/// bracket, which no event does: from there on, objects are read instead of events.
package struct GeminiEventDecoder: AnswerDecoder {
    private var stream: SSEAnswerDecoder<GeminiAnswerReader>
    private var splitter: GeminiValueSplitter
    private var readsObjects = false
    private var isAtLineStart = true

    /// Makes a decoder for the answer to a call with so many candidates; decoders on one loop may share a JSON parser.
    package init(choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default) {
        stream = SSEAnswerDecoder(GeminiAnswerReader(), choiceCount: choiceCount, parser: parser, limits: limits)
        splitter = GeminiValueSplitter(objectBytesMax: limits.eventBytesMax)
    }

    package var events: [Event] { stream.events }
    package var isOver: Bool { stream.isOver }

    package mutating func feed(_ chunk: [UInt8]) {
        guard !isOver, !chunk.isEmpty else { return }
        if readsObjects { return splitter.feed(chunk[...]) }
        guard let start = bareStart(chunk) else { return stream.feed(chunk) }
        readsObjects = true
        if start > 0 { stream.feed(Array(chunk[..<start])) }
        splitter.feed(chunk[start...])
    }

    package mutating func finish() { stream.finish() }

    package mutating func next() -> AnswerFrame? {
        guard readsObjects else { return stream.next() }
        stream.forgetEvents()
        guard !isOver else { return nil }
        if !stream.bodyEnded, let frame = stream.nextInBody() { return frame }
        if let object = splitter.next() { return stream.frame(object) }
        if splitter.isBroken { return stream.fail("the provider's stream holds something that is not JSON") }
        return stream.bodyEnded ? stream.nextAtEnd(isCut: splitter.isInArray || splitter.hasUnfinished) : nil
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
}

extension GeminiAnswerReader: ChoiceCountingReader {
    /// Not Gemini's, but some who imitate it end their streams with OpenAI's mark: the end of the body decides.
    static var endMark: SSEEndMark? { .nothing }

    mutating func read(
        object root: JSONCursor, named name: ArraySlice<UInt8>, _ events: inout [Event]
    ) throws(Failure) -> SSEFrameRemarks {
        SSEFrameRemarks(statesUsage: try read(root, &events))
    }

    mutating func end(_ events: inout [Event]) throws(Failure) { tellUsage(&events) }

    mutating func fail(_ events: inout [Event]) { tellUsage(&events) }
}
