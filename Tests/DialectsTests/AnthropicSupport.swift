import Dialects
import Testing
import Transport

/// The call that a Messages request makes.
func messagesCall(_ request: String) throws -> Call {
    try AnthropicRequestDecoder.decode(bytes(request))
}

/// A Messages request with one user message and more members.
func messagesRequest(_ members: String = "", messages: String = #"[{"role":"user","content":"hi"}]"#) -> String {
    #"{"model":"m","max_tokens":100,"messages":\#(messages)\#(members.isEmpty ? "" : ",")\#(members)}"#
}

/// A Messages request whose one user message holds these blocks.
func messagesRequest(blocks: String, role: String = "user") -> String {
    messagesRequest(messages: #"[{"role":"\#(role)","content":[\#(blocks)]}]"#)
}

/// The failure that a Messages request is refused with.
func messagesFailure(_ request: String) -> Failure? {
    do {
        _ = try AnthropicRequestDecoder.decode(bytes(request))
        return nil
    } catch {
        return error
    }
}

/// What a chat request becomes for a Messages provider.
func messages(
    ofChat request: String, as model: String = "m", flavor: AnthropicFlavor = .anthropic
) throws -> EncodedRequest {
    try AnthropicRequestEncoder.encode(chatCall(request), as: model, stream: false, flavor: flavor)
}

/// One event of a Messages stream, with its name.
func event(_ type: String, _ members: String = "") -> String {
    "event: \(type)\ndata: {\"type\":\"\(type)\"\(members.isEmpty ? "" : ",")\(members)}\n\n"
}

/// The first event of a Messages stream.
let messageStart = event(
    "message_start",
    #""message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":2,"cache_read_input_tokens":5,"output_tokens":1,"service_tier":"standard"}}"#
)

/// A content block that begins with `start` and gets these deltas.
func block(_ index: Int, _ start: String, _ deltas: String...) -> String {
    event("content_block_start", #""index":\#(index),"content_block":\#(start)"#)
        + deltas.map { event("content_block_delta", #""index":\#(index),"delta":\#($0)"#) }.joined()
        + event("content_block_stop", #""index":\#(index)"#)
}

/// A text block in two deltas.
func textBlock(_ index: Int = 0, _ first: String = "Hel", _ second: String = "lo") -> String {
    block(
        index, #"{"type":"text","text":""}"#, #"{"type":"text_delta","text":"\#(first)"}"#,
        #"{"type":"text_delta","text":"\#(second)"}"#)
}

/// The end of a Messages stream.
func messageEnd(_ reason: String = "end_turn", sequence: String = "null", output: Int = 9) -> String {
    event(
        "message_delta",
        #""delta":{"stop_reason":"\#(reason)","stop_sequence":\#(sequence)},"usage":{"output_tokens":\#(output)}"#)
        + event("message_stop")
}

let messagesInfo = ResponseInfo(id: "msg_1", model: "claude", serviceTier: "standard", issuer: .anthropicMessages)

/// Decodes a Messages stream that arrives in these pieces and then ends.
func decodeMessages(_ pieces: [[UInt8]]) -> Decoded {
    var decoder = AnthropicEventDecoder()
    var result = Decoded()
    func take() {
        while let frame = decoder.next() {
            result.events += decoder.events
            if !frame.bytes.isEmpty {
                result.frames.append(text(frame.bytes))
                result.hidden.append(frame.isUsageOnly)
            }
        }
    }
    for piece in pieces {
        decoder.feed(piece)
        take()
    }
    decoder.finish()
    take()
    return result
}

/// Decodes a Messages stream that arrives at once and then ends.
func decodeMessages(_ stream: String) -> Decoded { decodeMessages([bytes(stream)]) }

/// What rebuilt stream the events become.
func encodeMessages(_ events: [Event]) -> String {
    var encoder = AnthropicStreamEncoder(includeUsage: true, fallback: ResponseInfo(id: "msg_f", model: "fallback"))
    var output: [UInt8] = []
    for event in events { encoder.encode(event, into: &output) }
    return text(output)
}

/// What a Messages client gets that is carried a stream.
func carryMessages(_ stream: String) -> String {
    var decoder = AnthropicEventDecoder()
    var encoder = AnthropicStreamEncoder(includeUsage: true, fallback: ResponseInfo())
    var output: [UInt8] = []
    decoder.feed(bytes(stream))
    while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
    decoder.finish()
    while let frame = decoder.next() { encoder.carry(frame, decoder.events, into: &output) }
    return text(output)
}
