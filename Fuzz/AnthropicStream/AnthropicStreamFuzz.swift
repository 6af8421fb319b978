import Dialects
import FuzzSupport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what
/// comes out of it as a stream and as a body agrees.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzAnthropicStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count) else { return 0 }
    let whole = StreamReading(checking: input) { AnthropicEventDecoder() }
    let parsed = StreamReading([input.bytes], AnthropicEventDecoder(usesPatterns: false))
    precondition(parsed == whole, "a delta known by its pattern says something else than its JSON")
    check(whole)
    return 0
}

/// What a client gets must end as the stream did, and hold the same answer, streamed or whole.
private func check(_ whole: StreamReading) {
    var encoder = AnthropicStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "f", model: "m"))
    var output: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &output) }
    precondition(encoder.isOver, "a stream that ended was not ended for the client")
    let again = StreamReading([output], AnthropicEventDecoder())
    guard let answer = whole.answer else {
        precondition(!again.hasEnded, "a failed stream looks finished")
        return
    }
    precondition(again.hasEnded, "a finished stream looks failed")
    guard let copy = again.answer else { preconditionFailure("a rebuilt stream does not collect") }
    precondition(said(copy) == said(answer), "a rebuilt stream says something else")
    do throws(Failure) {
        let body = AnthropicAnswerWriter.body(answer, fallback: ResponseInfo(id: "f", model: "m"))
        guard let read = StreamReading.answer(try AnthropicUnaryDecoder.decode(body)) else {
            preconditionFailure("a written body does not collect")
        }
        precondition(wholeText(read) == wholeText(answer), "a written body says something else")
    } catch {
        preconditionFailure("a written body is refused: \(error.message)")
    }
}

/// Text, thinking and seals of an answer, and its calls, in their order; an empty text says nothing.
private func said(_ answer: Answer) -> [String] {
    (answer.choices.first?.pieces ?? []).compactMap { piece in
        switch piece.kind {
        case .text: piece.text.isEmpty ? nil : "text \(piece.text)"
        case .reasoning: "thinking \(piece.text) \(piece.signature ?? "")"
        // Clients get arguments as they are, and a call without any as an empty object.
        case .toolCall: "call \(piece.callName) \(piece.text)"
        case .refusal, .media, .reasoningDetails: nil
        }
    }
}

private func wholeText(_ answer: Answer) -> [String] {
    (answer.choices.first?.pieces ?? []).filter { $0.kind == .text && !$0.text.isEmpty }.map(\.text)
}
