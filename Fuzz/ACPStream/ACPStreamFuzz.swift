import Dialects
import Transport

/// Reads an agent's answer in two ways of splitting it, which must give the same events and the same answers to the agent.
///
/// The first byte seeds the split and chooses the limit of a line; behind it are the stream's own bytes. The same bytes are
/// then an answer to each step of a handshake, which must come to an end.
func fuzzACPStream(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: data, count: count)
    guard let seed = input.first else { return 0 }
    let stream = Array(input.dropFirst())
    let limits = NDJSONLimits(lineBytesMax: seed & 1 == 1 ? 200 : 4096)

    let whole = read([stream], limits)
    var pieces: [[UInt8]] = []
    var state = UInt32(seed) &+ 1
    var start = 0
    while start < stream.count {
        state = state &* 1_664_525 &+ 1_013_904_223
        let end = min(stream.count, start + Int(state >> 24) % (Int(seed) % 32 + 2) + 1)
        pieces.append(Array(stream[start..<end]))
        start = end
    }
    let split = read(pieces, limits)
    precondition(split.events == whole.events, "a split changed the events")
    precondition(split.replies == whole.replies, "a split changed the answers to the agent")

    let ends = whole.events.filter(isEnd)
    precondition(ends.count == 1 && whole.events.last.map(isEnd) == true, "a stream does not end once, at its end")
    let finished = whole.events.contains { if case .finished = $0 { true } else { false } }
    let isComplete = whole.events.last == .ended
    precondition(finished == isComplete, "an answer is complete without a reason, or has one and is not")
    for reply in whole.replies { check(reply) }
    shakeHands(stream)
    return 0
}

private func read(_ pieces: [[UInt8]], _ limits: NDJSONLimits) -> (events: [Event], replies: [[UInt8]]) {
    var decoder = ACPEventDecoder(ACPSession(id: "s", content: []), limits: limits)
    var events: [Event] = []
    var replies: [[UInt8]] = []
    func take() {
        while decoder.next() != nil { events += decoder.events }
        replies += decoder.takeReplies()
    }
    for piece in pieces {
        decoder.feed(piece)
        take()
    }
    decoder.finish()
    take()
    return (events, replies)
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

private func isEnd(_ event: Event) -> Bool {
    switch event {
    case .ended, .failed: true
    default: false
    }
}
