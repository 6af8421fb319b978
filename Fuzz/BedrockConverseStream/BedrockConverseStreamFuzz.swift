import Dialects
import FuzzSupport
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

    _ = StreamReading(checking: SplitInput(stream, seed: seed)) { BedrockConverseEventDecoder() }
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

/// Whatever a message's headers are, asking for one is safe, and the parts lie within the message.
private func checkHeaders(_ stream: [UInt8]) {
    var parser = AmazonEventStreamParser()
    parser.feed(stream)
    while let message = try? parser.next() {
        _ = message.text(":event-type")
        precondition(message.payload.count + AmazonEventStreamParser.messageBytesMin <= message.bytes.count)
    }
}
