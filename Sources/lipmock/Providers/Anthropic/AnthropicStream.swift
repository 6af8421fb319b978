import Transport

/// The events of one streamed message.
struct AnthropicStream: FrameSource {
    private enum Block {
        case thinking, text
        case call(Int)
    }

    private enum Step {
        case start
        case ping
        case open(Int, Block)
        case thinking(Int, String)
        case signature(Int)
        case word(Int, Int)
        case text(Int, String)
        case input(Int, String)
        case close(Int)
        case finish
        case stop
    }

    private let reply: Reply
    private let request: AnthropicRequest
    private let id: Int
    private var steps: [Step] = [.start]

    init(reply: Reply, request: AnthropicRequest, id: Int) {
        self.reply = reply
        self.request = request
        self.id = id
        var index = 0
        func append(_ block: Block, _ deltas: [Step]) {
            steps.append(.open(index, block))
            // The real one sends its first ping here.
            if index == 0, reply.opensWithRole { steps.append(.ping) }
            steps += deltas
            steps.append(.close(index))
            index += 1
        }
        if !reply.reasoning.isEmpty {
            append(.thinking, reply.reasoning.map { .thinking(index, $0) } + [.signature(index)])
        }
        var said: [Step] =
            switch reply.text {
            case .words(let count): (0..<count).map { .word(index, $0) }
            case .pieces(let pieces): pieces.map { .text(index, $0) }
            }
        said += reply.refusal.map { .text(index, $0) }
        if !said.isEmpty { append(.text, said) }
        for (number, call) in reply.toolCalls.enumerated() {
            // The real one begins each input with an empty piece.
            append(.call(number), [.input(index, "")] + call.arguments.map { .input(index, $0) })
        }
        steps.append(.finish)
        if reply.terminates { steps.append(.stop) }
    }

    var count: Int { steps.count }

    func kind(at index: Int) -> FrameKind {
        switch steps[index] {
        case .start, .ping: .opening
        case .thinking, .word, .text: .content
        case .input(_, let piece): piece.isEmpty ? .closing : .content
        case .open, .signature, .close, .finish: .closing
        case .stop: .terminator
        }
    }

    func render(_ index: Int, into data: inout [UInt8]) -> String? {
        let step = steps[index]
        if case .word(let block, let number) = step {
            // The one that benchmarks send; the words need no escaping.
            data.append(contentsOf: "{\"type\":\"content_block_delta\",\"index\":".utf8)
            data.append(contentsOf: String(block).utf8)
            data.append(contentsOf: ",\"delta\":{\"type\":\"text_delta\",\"text\":\"".utf8)
            data.append(contentsOf: Reply.word(number).utf8)
            data.append(contentsOf: "\"}}".utf8)
            return "content_block_delta"
        }
        let name = name(of: step)
        var json = JSONWriter()
        json.beginObject()
        json.key("type")
        json.string(name)
        write(step, into: &json)
        json.endObject()
        data.append(contentsOf: json.bytes)
        return name
    }

    private func name(of step: Step) -> String {
        switch step {
        case .start: "message_start"
        case .ping: "ping"
        case .open: "content_block_start"
        case .thinking, .signature, .word, .text, .input: "content_block_delta"
        case .close: "content_block_stop"
        case .finish: "message_delta"
        case .stop: "message_stop"
        }
    }

    private func write(_ step: Step, into json: inout JSONWriter) {
        switch step {
        case .start: writeStart(into: &json)
        case .ping, .stop, .word: break
        case .open(let index, let block):
            json.key("index")
            json.int(index)
            json.key("content_block")
            write(block, into: &json)
        case .thinking(let index, let text): delta(index, "thinking_delta", "thinking", text, into: &json)
        case .signature(let index): delta(index, "signature_delta", "signature", Anthropic.signature, into: &json)
        case .text(let index, let text): delta(index, "text_delta", "text", text, into: &json)
        case .input(let index, let piece): delta(index, "input_json_delta", "partial_json", piece, into: &json)
        case .close(let index):
            json.key("index")
            json.int(index)
        case .finish:
            json.key("delta")
            json.beginObject()
            json.key("stop_reason")
            json.string(Anthropic.stopReason(of: reply))
            json.key("stop_sequence")
            json.null()
            json.endObject()
            json.key("usage")
            Anthropic.usage(reply, outputTokens: reply.outputTokens, into: &json)
        }
    }

    private func writeStart(into json: inout JSONWriter) {
        json.key("message")
        json.beginObject()
        Anthropic.head(reply, request, id, into: &json)
        json.key("content")
        json.beginArray()
        json.endArray()
        json.key("stop_reason")
        json.null()
        json.key("stop_sequence")
        json.null()
        json.key("usage")
        Anthropic.usage(reply, outputTokens: 1, into: &json)
        json.endObject()
    }

    private func write(_ block: Block, into json: inout JSONWriter) {
        json.beginObject()
        json.key("type")
        switch block {
        case .thinking:
            json.string("thinking")
            json.key("thinking")
            json.string("")
            json.key("signature")
            json.string("")
        case .text:
            json.string("text")
            json.key("text")
            json.string("")
        case .call(let number):
            json.string("tool_use")
            json.key("id")
            json.string(reply.toolCalls[number].id)
            json.key("name")
            json.string(reply.toolCalls[number].name)
            json.key("input")
            json.beginObject()
            json.endObject()
        }
        json.endObject()
    }

    private func delta(
        _ index: Int, _ type: String, _ member: String, _ text: String, into json: inout JSONWriter
    ) {
        json.key("index")
        json.int(index)
        json.key("delta")
        json.beginObject()
        json.key("type")
        json.string(type)
        json.key(member)
        json.string(text)
        json.endObject()
    }
}
