import Dialects
import Transport

/// Reads a stream of Amazon's events in two ways of splitting it, which must give the same answer.
///
/// The first byte seeds the split. Behind it the odd seeds have the stream's own bytes; the even ones have lines, each of
/// which becomes a message with right checksums, or hardly any input would get past them: a letter for the type, then the
/// payload.
func fuzzBedrockConverseStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: count)
    guard let seed = input.first else { return 0 }
    let stream = seed & 1 == 1 ? Array(input.dropFirst()) : framed(Array(input.dropFirst()))

    let whole = events([stream])
    var pieces: [[UInt8]] = []
    var state = UInt32(seed) &+ 1
    var start = 0
    while start < stream.count {
        state = state &* 1_664_525 &+ 1_013_904_223
        let end = min(stream.count, start + Int(state >> 24) % (Int(seed) % 32 + 2) + 1)
        pieces.append(Array(stream[start..<end]))
        start = end
    }
    precondition(events(pieces) == whole, "a split changed the events")

    let ends = whole.filter(isEnd)
    precondition(ends.count == 1 && whole.last.map(isEnd) == true, "a stream does not end once, at its end")
    precondition(calls(whole), "a tool call's arguments come before its start, or it starts twice")
    checkHeaders(stream)
    return 0
}

private func framed(_ input: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = []
    for line in input.split(separator: 0x0A) {
        let headers: [(name: String, value: String)] =
            switch line.first {
            case UInt8(ascii: "s"): [(":message-type", "event"), (":event-type", "messageStart")]
            case UInt8(ascii: "b"): [(":message-type", "event"), (":event-type", "contentBlockStart")]
            case UInt8(ascii: "d"): [(":message-type", "event"), (":event-type", "contentBlockDelta")]
            case UInt8(ascii: "e"): [(":message-type", "event"), (":event-type", "contentBlockStop")]
            case UInt8(ascii: "m"): [(":message-type", "event"), (":event-type", "messageStop")]
            case UInt8(ascii: "u"): [(":message-type", "event"), (":event-type", "metadata")]
            case UInt8(ascii: "x"): [(":message-type", "exception"), (":exception-type", "throttlingException")]
            default: []
            }
        AmazonEventStreamWriter.append(headers: headers, payload: Array(line.dropFirst()), to: &stream)
    }
    return stream
}

private func events(_ pieces: [[UInt8]]) -> [Event] {
    var decoder = BedrockConverseEventDecoder()
    var events: [Event] = []
    for piece in pieces {
        decoder.feed(piece)
        while decoder.next() != nil { events += decoder.events }
    }
    decoder.finish()
    while decoder.next() != nil { events += decoder.events }
    return events
}

/// Whatever a message's headers are, asking for one is safe, and the parts lie within the message.
private func checkHeaders(_ stream: [UInt8]) {
    var parser = AmazonEventStreamParser()
    parser.feed(stream)
    while let message = try? parser.next() {
        _ = message.text(":event-type")
        precondition(message.payload.count + AmazonEventStreamParser.messageBytesMin <= message.bytes.count)
    }
}

private func isEnd(_ event: Event) -> Bool {
    switch event {
    case .ended, .failed: true
    default: false
    }
}

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
