import Transport

/// The lines of one answer to a prompt: updates, then the answer itself.
///
/// Calls of tools are the agent's own, which it tells of and is done with.
struct ACPStream: FrameSource {
    private enum Step {
        case thought(String)
        case word(Int)
        case text(String)
        case call(Int)
        case callDone(Int)
        case finish
    }

    private let reply: Reply
    private let session: String
    private let id: [UInt8]
    private var steps: [Step] = []

    init(reply: Reply, session: String, id: [UInt8]) {
        self.reply = reply
        self.session = session
        self.id = id
        steps += reply.reasoning.map { .thought($0) }
        for index in reply.toolCalls.indices { steps += [.call(index), .callDone(index)] }
        switch reply.text {
        case .words(let count): steps += (0..<count).map { .word($0) }
        case .pieces(let pieces): steps += pieces.map { .text($0) }
        }
        steps += reply.refusal.map { .text($0) }
        steps.append(.finish)
    }

    var count: Int { steps.count }
    var contentType: String { "application/x-ndjson" }
    var framesItself: Bool { true }

    func kind(at index: Int) -> FrameKind {
        switch steps[index] {
        case .thought, .word, .text, .call: .content
        case .callDone: .closing
        case .finish: .terminator
        }
    }

    func render(_ index: Int, into data: inout [UInt8]) -> String? {
        switch steps[index] {
        case .thought(let text): data += chunk("agent_thought_chunk", text)
        case .word(let number): data += chunk("agent_message_chunk", Reply.word(number))
        case .text(let text): data += chunk("agent_message_chunk", text)
        case .call(let number):
            data += update("tool_call") { json in
                json.key("toolCallId")
                json.string(reply.toolCalls[number].id)
                json.key("title")
                json.string(reply.toolCalls[number].name)
                json.key("kind")
                json.string("other")
                json.key("status")
                json.string("pending")
            }
        case .callDone(let number):
            data += update("tool_call_update") { json in
                json.key("toolCallId")
                json.string(reply.toolCalls[number].id)
                json.key("status")
                json.string("completed")
            }
        case .finish:
            data += ACP.message(id: id) { json in
                json.key("result")
                json.beginObject()
                Self.finish(reply, &json)
                json.endObject()
            }
        }
        data.append(0x0A)
        return nil
    }

    /// Writes the members of the answer to a prompt; what the cache served is inside of the input.
    static func finish(_ reply: Reply, _ json: inout JSONWriter) {
        json.key("stopReason")
        json.string(reply.finishReason ?? (reply.refusal.isEmpty ? "end_turn" : "refusal"))
        guard reply.usagePlacement != .none else { return }
        json.key("usage")
        if let raw = reply.usage.raw { return json.raw(raw) }
        json.beginObject()
        json.key("totalTokens")
        json.int(reply.usage.inputTokens + reply.outputTokens)
        json.key("inputTokens")
        json.int(reply.usage.inputTokens)
        json.key("outputTokens")
        json.int(reply.outputTokens)
        if let count = reply.usage.cachedTokens {
            json.key("cachedReadTokens")
            json.int(count)
        }
        if let count = reply.usage.reasoningTokens {
            json.key("thoughtTokens")
            json.int(count)
        }
        json.endObject()
    }

    private func chunk(_ kind: StaticString, _ text: String) -> [UInt8] {
        update(kind) { json in
            json.key("content")
            json.beginObject()
            json.key("type")
            json.string("text")
            json.key("text")
            json.string(text)
            json.endObject()
        }
    }

    private func update(_ kind: StaticString, _ members: (inout JSONWriter) -> Void) -> [UInt8] {
        ACP.message(id: nil) { json in
            json.key("method")
            json.string("session/update")
            json.key("params")
            json.beginObject()
            json.key("sessionId")
            json.string(session)
            json.key("update")
            json.beginObject()
            json.key("sessionUpdate")
            json.string(kind)
            members(&json)
            json.endObject()
            json.endObject()
        }
    }
}
