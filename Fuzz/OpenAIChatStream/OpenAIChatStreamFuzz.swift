import Dialects
import FuzzSupport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what
/// comes out of it as a stream and as a body agrees.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzOpenAIChatStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count) else { return 0 }
    let whole = StreamReading(checking: input) { OpenAIChatEventDecoder() }
    let parsed = StreamReading([input.bytes], OpenAIChatEventDecoder(usesPatterns: false))
    precondition(parsed == whole, "a delta known by its pattern says something else than its JSON")
    check(whole)
    return 0
}

/// What a client gets must end as the stream did, and hold the same answer.
private func check(_ whole: StreamReading) {
    var encoder = OpenAIChatStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "f", model: "m", created: 1))
    var output: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &output) }
    let again = StreamReading([output], OpenAIChatEventDecoder())
    guard let answer = whole.answer else {
        precondition(!again.hasEnded, "a failed stream looks finished")
        return
    }
    // A choice that said nothing leaves no chunk, and then there may be nothing at all to end.
    guard answer.choices.contains(where: { !$0.pieces.isEmpty || $0.finish != nil }) else { return }
    precondition(again.hasEnded, "a finished stream looks failed")
    guard let copy = again.answer else { preconditionFailure("a rebuilt stream does not collect") }
    for choice in answer.choices where !choice.pieces.isEmpty || choice.finish != nil {
        guard let other = copy.choices.first(where: { $0.index == choice.index }) else {
            preconditionFailure("a rebuilt stream lost a choice")
        }
        for kind in [Answer.Piece.Kind.text, .reasoning, .refusal, .toolCall] {
            let said = choice.pieces.filter { $0.kind == kind }.map(\.text).joined()
            let repeated = other.pieces.filter { $0.kind == kind }.map(\.text).joined()
            precondition(said == repeated, "a rebuilt stream says something else")
        }
    }
}
