import Dialects
import FuzzSupport
import Transport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what comes
/// out of it as a stream and as a body agrees.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzOpenAIResponsesStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count) else { return 0 }
    let whole = StreamReading(checking: input) { OpenAIResponsesEventDecoder() }
    check(whole)
    return 0
}

/// What a client gets must end as the stream did, and hold the same answer.
private func check(_ whole: StreamReading) {
    let fallback = ResponseInfo(id: "resp_f", model: "m", created: 1)
    var encoder = OpenAIResponsesStreamEncoder(includeUsage: true, fallback: fallback)
    var output: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &output) }
    precondition(encoder.isOver, "an ended stream is not over")
    numbersHaveNoGap(output)
    let again = StreamReading([output], OpenAIResponsesEventDecoder())
    guard let answer = whole.answer else {
        precondition(!again.hasEnded, "a failed stream looks finished")
        return
    }
    precondition(again.hasEnded, "a finished stream looks failed")
    guard let copy = again.answer else { preconditionFailure("a rebuilt stream does not collect") }
    let body = OpenAIResponsesAnswerWriter.body(answer, fallback: fallback)
    let unary: Answer?
    do throws(Failure) {
        unary = StreamReading.answer(try OpenAIResponsesUnaryDecoder.decode(body))
    } catch {
        preconditionFailure("a collected answer is refused: \(error.message)")
    }
    for other in [copy, unary] {
        for kind in [Answer.Piece.Kind.text, .refusal, .toolCall] {
            precondition(said(answer, kind) == other.map { said($0, kind) }, "a rebuilt answer says something else")
        }
    }
}

private func said(_ answer: Answer, _ kind: Answer.Piece.Kind) -> String {
    (answer.choices.first?.pieces ?? []).filter { $0.kind == kind }.map(\.text).joined()
}

private func numbersHaveNoGap(_ output: [UInt8]) {
    var parser = SSEParser()
    parser.feed(output)
    var expected = 0
    while let event = try? parser.next() {
        guard let root = (try? JSONDocument(parsing: Array(event.data)))?.root else {
            preconditionFailure("a written frame is not JSON")
        }
        precondition(root["sequence_number"]?.int == expected, "the numbers of the events have a gap")
        expected += 1
    }
    precondition(expected > 0, "a stream holds no event")
}
