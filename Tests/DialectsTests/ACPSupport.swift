import Dialects
import Testing
import Transport

let acpSession = ACPSession(id: "sess_1", content: [])

/// The prompt that a call becomes, and what is dropped.
func prompt(_ call: Call, _ content: ACPPromptContent = []) throws -> EncodedRequest {
    try ACPRequestEncoder.encode(call, in: ACPSession(id: "sess_1", content: content))
}

/// The blocks of the prompt that a call becomes, as JSON.
func promptBlocks(_ call: Call, _ content: ACPPromptContent = []) throws -> String {
    let document = try JSONDocument(parsing: try prompt(call, content).body)
    #expect(document.root["jsonrpc"]?.string == "2.0")
    #expect(document.root["id"]?.int == 4)
    #expect(document.root["method"]?.string == "session/prompt")
    #expect(document.root["params"]?["sessionId"]?.string == "sess_1")
    let blocks = try #require(document.root["params"]?["prompt"])
    return String(decoding: blocks.raw, as: UTF8.self)
}

/// A line that tells of progress.
func acpUpdate(_ members: String, session: String = "sess_1") -> String {
    #"{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"\#(session)","update":{\#(members)}}}"# + "\n"
}

func acpChunk(_ text: String, thought: Bool = false) -> String {
    acpUpdate(
        #""sessionUpdate":"agent_\#(thought ? "thought" : "message")_chunk","content":{"type":"text","text":"\#(text)"}"#
    )
}

/// The line that ends a turn.
func acpEnd(_ reason: String = "end_turn", _ more: String = "") -> String {
    #"{"jsonrpc":"2.0","id":4,"result":{"stopReason":"\#(reason)"\#(more)}}"# + "\n"
}

/// The events of an answer that arrives in these pieces and then ends, and what the agent is answered.
func decodeACP(_ pieces: [[UInt8]], limits: NDJSONLimits = .default) -> (events: [Event], replies: [String]) {
    var decoder = ACPEventDecoder(acpSession, limits: limits)
    var events: [Event] = []
    var replies: [String] = []
    func take() {
        while decoder.next() != nil { events += decoder.events }
        replies += decoder.takeReplies().map { text($0) }
    }
    for piece in pieces {
        decoder.feed(piece)
        take()
    }
    decoder.finish()
    take()
    return (events, replies)
}

func decodeACP(_ stream: String, limits: NDJSONLimits = .default) -> [Event] {
    decodeACP([bytes(stream)], limits: limits).events
}
