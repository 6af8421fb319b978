import Transport

/// The messages of one streamed Converse answer, in Amazon's binary framing.
struct BedrockConverseStream: FrameSource {
    private enum Step {
        case start
        case reasoning(String)
        case seal
        case word(Int)
        case text(String)
        case call(Int)
        case input(String)
        case blockStop
        case finish
        case usage
    }

    private let reply: Reply
    private var steps: [(step: Step, block: Int)] = []

    init(reply: Reply) {
        self.reply = reply
        var block = 0
        func close(_ steps: inout [(step: Step, block: Int)]) {
            steps.append((.blockStop, block))
            block += 1
        }
        steps.append((.start, 0))
        if !reply.reasoning.isEmpty {
            steps += reply.reasoning.map { (.reasoning($0), block) }
            steps.append((.seal, block))
            close(&steps)
        }
        let refusal = reply.refusal.map { Step.text($0) }
        let text: [Step] =
            switch reply.text {
            case .words(let count): (0..<count).map { .word($0) } + refusal
            case .pieces(let pieces): pieces.map { .text($0) } + refusal
            }
        if !text.isEmpty {
            steps += text.map { ($0, block) }
            close(&steps)
        }
        for (index, call) in reply.toolCalls.enumerated() {
            steps.append((.call(index), block))
            steps += call.arguments.map { (.input($0), block) }
            close(&steps)
        }
        steps.append((.finish, 0))
        if reply.usagePlacement != .none { steps.append((.usage, 0)) }
    }

    var count: Int { steps.count }
    var contentType: String { "application/vnd.amazon.eventstream" }
    var framesItself: Bool { true }

    func kind(at index: Int) -> FrameKind {
        switch steps[index].step {
        case .start: .opening
        case .reasoning, .word, .text, .call, .input: .content
        case .seal, .blockStop, .finish: .closing
        case .usage: .terminator
        }
    }

    func render(_ index: Int, into data: inout [UInt8]) -> String? {
        let (step, block) = steps[index]
        var json = JSONWriter()
        json.beginObject()
        let type: String
        switch step {
        case .start:
            type = "messageStart"
            json.key("role")
            json.string("assistant")
        case .reasoning(let text): type = reasoning("text", text, &json)
        case .seal: type = reasoning("signature", BedrockConverse.signature, &json)
        case .word(let number): type = delta("text", Reply.word(number), &json)
        case .text(let text): type = delta("text", text, &json)
        case .call(let number):
            type = "contentBlockStart"
            json.key("start")
            json.beginObject()
            json.key("toolUse")
            json.beginObject()
            json.key("toolUseId")
            json.string(reply.toolCalls[number].id)
            json.key("name")
            json.string(reply.toolCalls[number].name)
            json.endObject()
            json.endObject()
        case .input(let text):
            type = "contentBlockDelta"
            json.key("delta")
            json.beginObject()
            json.key("toolUse")
            json.beginObject()
            json.key("input")
            json.string(text)
            json.endObject()
            json.endObject()
        case .blockStop: type = "contentBlockStop"
        case .finish:
            type = "messageStop"
            json.key("stopReason")
            json.string(BedrockConverse.stopReason(of: reply))
        case .usage:
            type = "metadata"
            json.key("usage")
            BedrockConverse.usage(reply, into: &json)
        }
        if type.hasPrefix("contentBlock") {
            json.key("contentBlockIndex")
            json.int(block)
        }
        // Bedrock pads its messages, so that their length tells nothing.
        json.key("p")
        json.string(String("abcdefghijklmnopqrstuvwxyz".prefix(index % 27)))
        json.endObject()
        data += BedrockConverse.event(type, json.bytes)
        return nil
    }

    private func delta(_ name: StaticString, _ text: String, _ json: inout JSONWriter) -> String {
        json.key("delta")
        json.beginObject()
        json.key(name)
        json.string(text)
        json.endObject()
        return "contentBlockDelta"
    }

    private func reasoning(_ name: StaticString, _ text: String, _ json: inout JSONWriter) -> String {
        json.key("delta")
        json.beginObject()
        json.key("reasoningContent")
        json.beginObject()
        json.key(name)
        json.string(text)
        json.endObject()
        json.endObject()
        return "contentBlockDelta"
    }
}
