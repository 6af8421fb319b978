import Dialects
import FuzzSupport
import Transport

/// Reads an agent's answer in two ways of splitting it, which must give the same events and the same answers to the agent.
///
/// The first byte seeds the split and chooses the limit of a line; behind it are the stream's own bytes. The same bytes are
/// then an answer to each step of a handshake, which must come to an end.
func fuzzACPStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count), let seed = data?.pointee else { return 0 }
    let limits = NDJSONLimits(lineBytesMax: seed & 1 == 1 ? 200 : 4096)
    func decoder() -> ACPEventDecoder { ACPEventDecoder(ACPSession(id: "s", content: []), limits: limits) }

    let reading = StreamReading(checking: input, decoder)
    let isFinished = reading.events.contains { if case .finished = $0 { true } else { false } }
    precondition(isFinished == reading.hasEnded, "an answer is complete without a reason, or has one and is not")
    let whole = replies(to: [input.bytes], decoder())
    precondition(replies(to: input.pieces, decoder()) == whole, "a split changed the answers to the agent")
    for reply in whole { check(reply) }
    shakeHands(input.bytes)
    return 0
}

/// What an agent is answered while it sends these pieces.
private func replies(to pieces: [[UInt8]], _ decoder: ACPEventDecoder) -> [[UInt8]] {
    var decoder = decoder
    var replies: [[UInt8]] = []
    func take() {
        while decoder.next() != nil {}
        replies += decoder.takeReplies()
    }
    for piece in pieces {
        decoder.feed(piece)
        take()
    }
    decoder.finish()
    take()
    return replies
}

/// What an agent is answered is a JSON-RPC answer with one outcome, on one line.
private func check(_ reply: [UInt8]) {
    guard let document = try? JSONDocument(parsing: reply) else { preconditionFailure("an answer is not JSON") }
    let root = document.root
    precondition(root["jsonrpc"]?.string == "2.0" && root["id"] != nil, "an answer is not JSON-RPC")
    precondition((root["result"] == nil) != (root["error"] == nil), "an answer has not one outcome")
}

/// However the steps are answered, a handshake ends with a session or a failure that names its step.
private func shakeHands(_ answer: [UInt8]) {
    var handshake = ACPHandshake(ACPSettings(authMethod: "a", clientVersion: "1"))
    var action = handshake.began()
    for _ in 0..<4 {
        switch action {
        case .send: action = handshake.answered(answer)
        case .ready(let session):
            precondition(!session.id.isEmpty, "a session without an id")
            return
        case .fail(let failure):
            let steps = ["initialize: ", "authenticate: ", "session/new: "]
            precondition(steps.contains { failure.message.hasPrefix($0) }, "a failure does not name its step")
            return
        }
    }
    preconditionFailure("a handshake does not end")
}
