import Dialects
import FuzzSupport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what a
/// client gets of it, carried, rebuilt or as a body, holds the same answer.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzOpenAICompletionsStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count) else { return 0 }
    let whole = StreamReading(checking: input) { OpenAICompletionsEventDecoder() }
    let parsed = StreamReading([input.bytes], OpenAICompletionsEventDecoder(usesPatterns: false))
    precondition(parsed == whole, "a delta known by its pattern says something else than its JSON")

    var carrier = OpenAICompletionsStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "f", model: "m"))
    var carried: [UInt8] = []
    _ = StreamReading([input.bytes], OpenAICompletionsEventDecoder()) { frame, events in
        carrier.carry(frame, events, into: &carried)
    }
    precondition(carrier.isOver, "a carried stream was not ended for the client")
    check(StreamReading([carried], OpenAICompletionsEventDecoder()), says: whole)

    var encoder = OpenAICompletionsStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "f", model: "m"))
    var rebuilt: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &rebuilt) }
    precondition(encoder.isOver, "a rebuilt stream was not ended for the client")
    check(StreamReading([rebuilt], OpenAICompletionsEventDecoder()), says: whole)

    if let answer = whole.answer, !answer.choices.isEmpty { checkBody(answer) }
    return 0
}

/// What a client gets must end as the stream did, and hold the same answer.
private func check(_ copy: StreamReading, says whole: StreamReading) {
    guard let answer = whole.answer else {
        precondition(!copy.hasEnded, "a failed stream looks finished")
        return
    }
    // A choice that said nothing leaves no chunk, and then there may be nothing at all to end.
    guard answer.choices.contains(where: { !$0.pieces.isEmpty || $0.finish != nil }) else { return }
    precondition(copy.hasEnded, "a finished stream looks failed")
    guard let again = copy.answer else { preconditionFailure("a copied stream does not collect") }
    precondition(again.usage == answer.usage, "a copied stream states another usage")
    precondition(said(again) == said(answer), "a copied stream says something else")
}

/// The body of a unary call must hold the same answer.
private func checkBody(_ answer: Answer) {
    do throws(Failure) {
        let body = OpenAICompletionsAnswerWriter.body(answer, fallback: ResponseInfo(id: "f", model: "m"))
        guard let read = StreamReading.answer(try OpenAICompletionsUnaryDecoder.decode(body)) else {
            preconditionFailure("a written body does not collect")
        }
        precondition(read.usage == answer.usage, "a written body states another usage")
        precondition(read.choices.map(\.index) == answer.choices.map(\.index), "a written body has other choices")
        precondition(said(read) == said(answer), "a written body says something else")
    } catch {
        preconditionFailure("a written body is refused: \(error.message)")
    }
}

/// The text of each choice that says anything.
private func said(_ answer: Answer) -> [Int: [UInt8]] {
    var texts: [Int: [UInt8]] = [:]
    for choice in answer.choices {
        for piece in choice.pieces where !piece.text.isEmpty { texts[choice.index, default: []] += piece.text.utf8 }
    }
    return texts
}
