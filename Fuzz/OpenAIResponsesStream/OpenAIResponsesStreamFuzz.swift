import Dialects
import Transport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what comes
/// out of it as a stream and as a body agrees.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzOpenAIResponsesStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: count)
    guard let seed = input.first else { return 0 }
    let stream = Array(input.dropFirst())

    let whole = Reading([stream])
    var pieces: [[UInt8]] = []
    var state = UInt32(seed) &+ 1
    var start = 0
    while start < stream.count {
        state = state &* 1_664_525 &+ 1_013_904_223
        let end = min(stream.count, start + Int(state >> 24) % (Int(seed) % 32 + 2))
        pieces.append(Array(stream[start..<end]))
        start = end
    }
    precondition(Reading(pieces) == whole, "a split changed the events or frames")

    let ends = whole.events.filter(isEnd)
    precondition(ends.count == 1 && whole.events.last.map(isEnd) == true, "a stream does not end once, at its end")
    precondition(calls(whole.events), "a tool call's arguments come before its start, or it starts twice")
    check(whole)
    return 0
}

/// What a client gets must end as the stream did, and hold the same answer.
private func check(_ whole: Reading) {
    let fallback = ResponseInfo(id: "resp_f", model: "m", created: 1)
    var encoder = OpenAIResponsesStreamEncoder(includeUsage: true, fallback: fallback)
    var output: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &output) }
    precondition(encoder.isOver, "an ended stream is not over")
    numbersHaveNoGap(output)
    let again = Reading([output])
    guard let answer = collected(whole.events) else {
        precondition(!again.hasEnded, "a failed stream looks finished")
        return
    }
    precondition(again.hasEnded, "a finished stream looks failed")
    guard let copy = collected(again.events) else { preconditionFailure("a rebuilt stream does not collect") }
    let body = OpenAIResponsesAnswerWriter.body(answer, fallback: fallback)
    let unary: Answer?
    do throws(Failure) {
        unary = collected(try OpenAIResponsesUnaryDecoder.decode(body))
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

private func isEnd(_ event: Event) -> Bool {
    switch event {
    case .ended, .failed: true
    default: false
    }
}

/// Whether each tool call starts once, before its arguments.
private func calls(_ events: [Event]) -> Bool {
    var started: Set<Int> = []
    for event in events {
        switch event {
        case .toolCallStarted(_, let index, _, _, _): if !started.insert(index).inserted { return false }
        case .toolCallArguments(_, let index, _): if !started.contains(index) { return false }
        default: break
        }
    }
    return true
}

private func collected(_ events: [Event]) -> Answer? {
    var answer = Answer()
    for event in events {
        do throws(Failure) { try answer.append(event) } catch { return nil }
    }
    return answer
}

/// Everything that a decoder makes of a stream.
private struct Reading: Equatable {
    var events: [Event] = []
    var frames: [UInt8] = []

    var hasEnded: Bool { events.last == .ended }

    init(_ pieces: [[UInt8]]) {
        var decoder = OpenAIResponsesEventDecoder()
        for piece in pieces {
            decoder.feed(piece)
            take(&decoder)
        }
        decoder.finish()
        take(&decoder)
    }

    private mutating func take(_ decoder: inout OpenAIResponsesEventDecoder) {
        while let frame = decoder.next() {
            events += decoder.events
            // Where line ends are mixed, a split between CR and LF decides to which frame the LF belongs.
            frames += frame.bytes.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        }
    }
}
