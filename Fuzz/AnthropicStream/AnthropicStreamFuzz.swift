import Dialects
import Transport

/// Decodes a stream in two ways of splitting it, which must give the same events and frames, and checks that what
/// comes out of it as a stream and as a body agrees.
///
/// The first byte seeds the split, the rest is the stream.
func fuzzAnthropicStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
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

/// What a client gets must end as the stream did, and hold the same answer, streamed or whole.
private func check(_ whole: Reading) {
    var encoder = AnthropicStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "f", model: "m"))
    var output: [UInt8] = []
    for event in whole.events { encoder.encode(event, into: &output) }
    precondition(encoder.isOver, "a stream that ended was not ended for the client")
    let again = Reading([output])
    guard let answer = collected(whole.events) else {
        precondition(!again.hasEnded, "a failed stream looks finished")
        return
    }
    precondition(again.hasEnded, "a finished stream looks failed")
    guard let copy = collected(again.events) else { preconditionFailure("a rebuilt stream does not collect") }
    precondition(said(copy) == said(answer), "a rebuilt stream says something else")
    do throws(Failure) {
        let body = AnthropicAnswerWriter.body(answer, fallback: ResponseInfo(id: "f", model: "m"))
        guard let read = collected(try AnthropicUnaryDecoder.decode(body)) else {
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

private func isEnd(_ event: Event) -> Bool {
    switch event {
    case .ended, .failed: true
    default: false
    }
}

/// Whether each tool call starts once, before its arguments.
private func calls(_ events: [Event]) -> Bool {
    var started: Set<[Int]> = []
    for event in events {
        switch event {
        case .toolCallStarted(let choice, let index, _, _, _):
            if !started.insert([choice, index]).inserted { return false }
        case .toolCallArguments(let choice, let index, _):
            if !started.contains([choice, index]) { return false }
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
        var decoder = AnthropicEventDecoder()
        for piece in pieces {
            decoder.feed(piece)
            take(&decoder)
        }
        decoder.finish()
        take(&decoder)
    }

    private mutating func take(_ decoder: inout AnthropicEventDecoder) {
        while let frame = decoder.next() {
            events += decoder.events
            // Where line ends are mixed, a split between CR and LF decides to which frame the LF belongs.
            frames += frame.bytes.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        }
    }
}
