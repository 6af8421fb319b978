import Dialects
import Transport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what comes
/// out of it in either form holds the same answer.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzGeminiStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
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
    for form in [GeminiStreamForm.events, .array] { check(whole, form) }
    return 0
}

/// What a client gets must end as the stream did, and hold the same answer.
private func check(_ whole: Reading, _ form: GeminiStreamForm) {
    var encoder = GeminiStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "f", model: "m"), form: form)
    var output: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &output) }
    let again = Reading([output])
    guard let answer = collected(whole.events) else {
        precondition(!again.hasEnded, "a failed stream looks finished")
        return
    }
    precondition(again.hasEnded, "a finished stream looks failed")
    guard let copy = collected(again.events) else { preconditionFailure("a rebuilt stream does not collect") }
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

private func isEnd(_ event: Event) -> Bool {
    switch event {
    case .ended, .failed: true
    default: false
    }
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
        var decoder = GeminiEventDecoder()
        for piece in pieces {
            decoder.feed(piece)
            take(&decoder)
        }
        decoder.finish()
        take(&decoder)
    }

    private mutating func take(_ decoder: inout GeminiEventDecoder) {
        while let frame = decoder.next() {
            events += decoder.events
            // Where line ends are mixed, a split between CR and LF decides to which frame the LF belongs.
            frames += frame.bytes.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        }
    }
}
