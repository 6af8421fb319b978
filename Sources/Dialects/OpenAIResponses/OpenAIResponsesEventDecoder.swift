import Transport

/// Reads a streamed response.
package struct OpenAIResponsesEventDecoder: AnswerDecoder {
    private var stream: SSEAnswerDecoder<OpenAIResponsesAnswerReader>

    /// Makes a decoder; decoders on one loop may share a JSON parser, and this dialect knows one choice only.
    package init(
        choiceCount: Int = 1, parser: JSONParser = JSONParser(), limits: SSELimits = .default,
        flavor: OpenAIResponsesFlavor = .openAI
    ) {
        var reader = OpenAIResponsesAnswerReader()
        if flavor.isCodex { reader.streamed = OpenAIResponsesStreamedItems(bytesMax: limits.eventBytesMax) }
        stream = SSEAnswerDecoder(reader, choiceCount: choiceCount, parser: parser, limits: limits)
    }

    package var events: [Event] { stream.events }
    package var isOver: Bool { stream.isOver }
    package mutating func feed(_ chunk: [UInt8]) { stream.feed(chunk) }
    package mutating func finish() { stream.finish() }
    package mutating func next() -> AnswerFrame? { stream.next() }
}

extension OpenAIResponsesAnswerReader: SSEAnswerReader {
    /// Some servers close every stream with the mark of chat completions.
    static var endMark: SSEEndMark? { .premature }

    /// A response says itself that it is complete.
    func isComplete(choiceCount: Int) -> Bool { false }

    mutating func read(
        object root: JSONCursor, named name: ArraySlice<UInt8>, _ events: inout [Event]
    ) throws(Failure) -> SSEFrameRemarks {
        try read(root, &events)
    }

    mutating func note(_ event: borrowing SSEEvent) throws(Failure) {
        let phase = phase
        try streamed?.note(event, phase: phase)
    }

    func completed(_ event: borrowing SSEEvent) -> SSECompletedFrame? {
        streamed?.completed(event)
    }
}
