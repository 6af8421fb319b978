import Transport

/// Reads a streamed chat completion.
package struct OpenAIChatEventDecoder: AnswerDecoder {
    private var stream: SSEAnswerDecoder<OpenAIChatAnswerReader>

    /// Makes a decoder for the answer to a call with so many choices; decoders on one loop may share a JSON parser.
    ///
    /// What it reads is the same without patterns, by which it knows most deltas of text without a parser.
    package init(
        choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default, usesPatterns: Bool = true
    ) {
        stream = SSEAnswerDecoder(
            OpenAIChatAnswerReader(), choiceCount: choiceCount, parser: parser, limits: limits,
            usesPatterns: usesPatterns)
    }

    package var events: [Event] { stream.events }
    package var isOver: Bool { stream.isOver }
    package mutating func feed(_ chunk: [UInt8]) { stream.feed(chunk) }
    package mutating func finish() { stream.finish() }
    package mutating func next() -> AnswerFrame? { stream.next() }
}

extension OpenAIChatAnswerReader: ChoiceCountingReader {
    static var endMark: SSEEndMark? { .end }

    mutating func read(
        object root: JSONCursor, named name: ArraySlice<UInt8>, _ events: inout [Event]
    ) throws(Failure) -> SSEFrameRemarks {
        try read(root, &events).ofFrame
    }

    mutating func end(_ events: inout [Event]) throws(Failure) {
        try checkBegun()
        flush(&events)
    }
}

extension OpenAIChatAnswerReader.Remarks {
    /// What of this matters in a stream.
    var ofFrame: SSEFrameRemarks {
        SSEFrameRemarks(
            isUsageOnly: isUsageOnly, statesUsage: statesUsage, isRepeatable: hasChoices && !statesUsage && !hasCalls)
    }
}
