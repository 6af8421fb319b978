import Dialects
import Testing
import Transport

/// What a chat request becomes for Bedrock.
func converse(ofChat request: String, as model: String = "anthropic.claude-3-5-haiku-20241022-v1:0") throws
    -> EncodedRequest
{
    BedrockConverseRequestEncoder.encode(try chatCall(request), as: model)
}

/// What a Messages request becomes for Bedrock.
func converse(ofMessages request: String, as model: String = "us.anthropic.claude-sonnet-4-20250514-v1:0") throws
    -> EncodedRequest
{
    BedrockConverseRequestEncoder.encode(try messagesCall(request), as: model)
}

/// One message of a ConverseStream.
func converseEvent(_ type: String, _ payload: String) -> [UInt8] {
    amazonMessage([(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], payload)
}

/// One exception of a ConverseStream.
func converseException(_ type: String, _ payload: String) -> [UInt8] {
    amazonMessage(
        [(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")], payload)
}

/// One message in Amazon's framing.
func amazonMessage(_ headers: [(name: String, value: String)], _ payload: String) -> [UInt8] {
    var output: [UInt8] = []
    AmazonEventStreamWriter.append(headers: headers, payload: bytes(payload), to: &output)
    return output
}

/// Deltas of one block, and its end.
func converseBlock(_ index: Int, start: String? = nil, _ deltas: String...) -> [UInt8] {
    let start = start.map {
        converseEvent("contentBlockStart", #"{"contentBlockIndex":\#(index),"start":\#($0),"p":"ab"}"#)
    }
    return (start ?? [])
        + deltas.flatMap {
            converseEvent("contentBlockDelta", #"{"contentBlockIndex":\#(index),"delta":\#($0),"p":"abc"}"#)
        }
        + converseEvent("contentBlockStop", #"{"contentBlockIndex":\#(index),"p":""}"#)
}

let converseStart = converseEvent("messageStart", #"{"role":"assistant","p":"abcd"}"#)

/// The end of a stream with its counts.
func converseEnd(
    _ reason: String = "end_turn",
    usage: String =
        #"{"inputTokens":3,"outputTokens":9,"totalTokens":19,"cacheReadInputTokens":5,"cacheWriteInputTokens":2}"#
) -> [UInt8] {
    converseEvent("messageStop", #"{"stopReason":"\#(reason)","p":"a"}"#)
        + converseEvent("metadata", #"{"usage":\#(usage),"metrics":{"latencyMs":7},"p":"ab"}"#)
}

/// The events of a ConverseStream that arrives in these pieces and then ends.
func decodeConverse(_ pieces: [[UInt8]]) -> [Event] {
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
