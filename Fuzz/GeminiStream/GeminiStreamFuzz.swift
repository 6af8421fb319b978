import Dialects
import FuzzSupport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what comes
/// out of it in either form holds the same answer.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzGeminiStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count) else { return 0 }
    let whole = StreamReading(checking: input) { GeminiEventDecoder() }
    for form in [GeminiStreamForm.events, .array] { check(whole, form) }
    return 0
}

/// What a client gets must end as the stream did, and hold the same answer.
private func check(_ whole: StreamReading, _ form: GeminiStreamForm) {
    var encoder = GeminiStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "f", model: "m"), form: form)
    var output: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &output) }
    let again = StreamReading([output], GeminiEventDecoder())
    guard let answer = whole.answer else {
        precondition(!again.hasEnded, "a failed stream looks finished")
        return
    }
    precondition(again.hasEnded, "a finished stream looks failed")
    guard let copy = again.answer else { preconditionFailure("a rebuilt stream does not collect") }
    for choice in answer.choices {
        guard let other = copy.choices.first(where: { $0.index == choice.index }) else {
            preconditionFailure("a rebuilt stream lost a choice")
        }
        for kind in [Answer.Piece.Kind.text, .reasoning, .toolCall] {
            precondition(said(choice, kind) == said(other, kind), "a rebuilt stream says something else")
        }
    }
}

/// All texts of a kind; arguments without the line ends between their tokens, for which a stream has no place.
private func said(_ choice: Answer.Choice, _ kind: Answer.Piece.Kind) -> [UInt8] {
    let texts = choice.pieces.filter { $0.kind == kind }.flatMap { Array($0.text.utf8) }
    return kind == .toolCall ? texts.filter { $0 != 0x0A && $0 != 0x0D } : texts
}
