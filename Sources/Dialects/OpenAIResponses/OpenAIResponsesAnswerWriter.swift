import Transport

/// Writes a whole answer as a response object.
package enum OpenAIResponsesAnswerWriter {
    /// The body of the answer; `echo` is what it repeats of the request.
    ///
    /// The same object is what a client gets that asks for a stored response later.
    package static func body(
        _ answer: Answer, fallback: ResponseInfo, echo: OpenAIResponsesEcho = .none
    ) -> [UInt8] {
        var lifecycle = OpenAIResponsesLifecycle(writes: false, fallback: fallback, echo: echo)
        lifecycle.adopt(answer.info)
        // Nothing is written on the way, and the answer was held to its limits when it was collected.
        var nothing: [UInt8] = []
        func add(_ event: Event) { try? lifecycle.add(event, into: &nothing) }
        if let choice = answer.choices.first(where: { $0.index == 0 }) {
            for event in events(of: choice) { add(event) }
        }
        if let usage = answer.usage { add(.usage(usage)) }
        lifecycle.end(into: &nothing)
        var json = JSONWriter(reservingBytes: 2048)
        lifecycle.finalObject.write(lifecycle.items, to: &json)
        return json.bytes
    }

    private static func events(of choice: Answer.Choice) -> [Event] {
        var events: [Event] = []
        var callCount = 0
        let holdsRemarks = choice.pieces.contains { !$0.annotations.isEmpty || !$0.logprobs.isEmpty }
        for piece in choice.pieces {
            switch piece.kind {
            case .text: events.append(.textDelta(choice: 0, piece.text))
            case .refusal: events.append(.refusalDelta(choice: 0, piece.text))
            case .reasoning:
                events.append(.reasoningDelta(choice: 0, piece.text))
                if let signature = piece.signature { events.append(.reasoningSignature(choice: 0, signature)) }
            case .reasoningDetails: if let raw = piece.raw { events.append(.reasoningDetails(choice: 0, raw)) }
            case .media: if let raw = piece.raw { events.append(.media(choice: 0, raw)) }
            case .toolCall:
                events.append(
                    .toolCallStarted(
                        choice: 0, index: callCount, id: piece.callID, name: piece.callName, kind: piece.callKind))
                events.append(.toolCallArguments(choice: 0, index: callCount, piece.text))
                callCount += 1
            }
            for annotations in piece.annotations { events.append(.annotations(choice: 0, annotations)) }
            for logprobs in piece.logprobs { events.append(.logprobs(choice: 0, logprobs)) }
        }
        if !holdsRemarks {
            for annotations in choice.annotations { events.append(.annotations(choice: 0, annotations)) }
        }
        if let finish = choice.finish { events.append(.finished(choice: 0, finish)) }
        return events
    }
}
