import Transport

/// Reads a streamed Messages answer.
package struct AnthropicEventDecoder: AnswerDecoder {
    private var stream: SSEAnswerDecoder<AnthropicAnswerReader>

    /// Makes a decoder; decoders on one loop may share a JSON parser, and this dialect knows one choice only.
    ///
    /// What it reads is the same without patterns, by which it knows most deltas of text without a parser.
    package init(
        choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default, usesPatterns: Bool = true
    ) {
        stream = SSEAnswerDecoder(
            AnthropicAnswerReader(), choiceCount: choiceCount, parser: parser, limits: limits,
            usesPatterns: usesPatterns)
    }

    package var events: [Event] { stream.events }
    package var isOver: Bool { stream.isOver }
    package mutating func feed(_ chunk: [UInt8]) { stream.feed(chunk) }
    package mutating func finish() { stream.finish() }
    package mutating func next() -> AnswerFrame? { stream.next() }
}

extension AnthropicAnswerReader: SSEAnswerReader {
    static var endMark: SSEEndMark? { nil }

    /// A stream that stated why the message ended is complete, even where its last mark is missing.
    func isComplete(choiceCount: Int) -> Bool { hasFinished }

    mutating func read(
        object root: JSONCursor, named name: ArraySlice<UInt8>, _ events: inout [Event]
    ) throws(Failure) -> SSEFrameRemarks {
        try read(event: root, named: name, &events)
    }
}
