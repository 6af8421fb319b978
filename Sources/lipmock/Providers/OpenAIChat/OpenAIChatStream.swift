import Transport

/// The chunks of one streamed chat completion.
struct OpenAIChatStream: FrameSource {
    private enum Delta {
        case role
        case reasoning(String)
        case word(Int)
        case text(String)
        case refusal(String)
        case toolCall(Int)
        case arguments(call: Int, String)
        case finish
        case usage
        case done
    }

    private let reply: Reply
    private let includesUsage: Bool
    private let choiceCount: Int
    private var deltas: [Delta] = []
    /// What every chunk begins with, up to its choices.
    private let prefix: [UInt8]

    init(reply: Reply, request: OpenAIChatRequest, id: Int) {
        self.reply = reply
        choiceCount = request.choiceCount
        includesUsage = request.includesUsage
        var json = JSONWriter()
        json.beginObject()
        json.key("id")
        json.string("chatcmpl-mock\(id)")
        json.key("object")
        json.string("chat.completion.chunk")
        json.key("created")
        json.int(OpenAIChat.created)
        json.key("model")
        json.string(reply.model ?? request.model)
        json.key("service_tier")
        json.string("default")
        json.key("system_fingerprint")
        json.string(OpenAIChat.fingerprint)
        prefix = json.bytes
        deltas = Self.deltas(of: reply)
        if reply.usagePlacement == .always || (reply.usagePlacement == .standard && includesUsage) {
            deltas.append(.usage)
        }
        if reply.terminates { deltas.append(.done) }
    }

    private static func deltas(of reply: Reply) -> [Delta] {
        var deltas: [Delta] = reply.opensWithRole ? [.role] : []
        deltas += reply.reasoning.map { .reasoning($0) }
        switch reply.text {
        case .words(let count): deltas += (0..<count).map { .word($0) }
        case .pieces(let pieces): deltas += pieces.map { .text($0) }
        }
        deltas += reply.refusal.map { .refusal($0) }
        let calls = reply.toolCalls
        if reply.interleavesToolCalls {
            deltas += calls.indices.map { .toolCall($0) }
            for turn in 0..<(calls.map(\.arguments.count).max() ?? 0) {
                for (index, call) in calls.enumerated() where turn < call.arguments.count {
                    deltas.append(.arguments(call: index, call.arguments[turn]))
                }
            }
        } else {
            for (index, call) in calls.enumerated() {
                deltas.append(.toolCall(index))
                deltas += call.arguments.map { .arguments(call: index, $0) }
            }
        }
        deltas.append(.finish)
        return deltas
    }

    /// Every choice says the same, a chunk each; usage and terminator come once.
    private func delta(at index: Int) -> (delta: Delta, choice: Int) {
        let spoken = spokenCount
        return index < spoken
            ? (deltas[index / choiceCount], index % choiceCount)
            : (deltas[index - spoken + spoken / choiceCount], 0)
    }

    private var spokenCount: Int {
        var shared = 0
        for delta in deltas.suffix(2) {
            switch delta {
            case .usage, .done: shared += 1
            default: break
            }
        }
        return (deltas.count - shared) * choiceCount
    }

    var count: Int {
        let spoken = spokenCount
        return spoken + deltas.count - spoken / choiceCount
    }

    func kind(at index: Int) -> FrameKind {
        switch delta(at: index).delta {
        case .role: .opening
        case .finish, .usage: .closing
        case .done: .terminator
        default: .content
        }
    }

    func render(_ index: Int, into data: inout [UInt8]) -> String? {
        let (delta, choice) = delta(at: index)
        if case .done = delta {
            data.append(contentsOf: "[DONE]".utf8)
            return nil
        }
        data.append(contentsOf: prefix)
        if case .usage = delta {
            data.append(contentsOf: ",\"choices\":[]".utf8)
            appendUsage(outputTokens: reply.outputTokens, into: &data)
        } else {
            appendChoice(delta, choice, into: &data)
            if case .finish = delta, reply.usagePlacement == .finish {
                appendUsage(outputTokens: reply.outputTokens, into: &data)
            } else if reply.usagePlacement == .every {
                appendUsage(outputTokens: index / choiceCount, into: &data)
            } else if includesUsage, reply.usagePlacement == .standard {
                data.append(contentsOf: ",\"usage\":null".utf8)
            }
        }
        data.append(UInt8(ascii: "}"))
        return nil
    }

    private func appendUsage(outputTokens: Int, into data: inout [UInt8]) {
        data.append(contentsOf: ",\"usage\":".utf8)
        var json = JSONWriter()
        OpenAIChat.usage(reply, outputTokens: outputTokens, into: &json)
        data.append(contentsOf: json.bytes)
    }

    private func appendChoice(_ delta: Delta, _ choice: Int, into data: inout [UInt8]) {
        data.append(contentsOf: ",\"choices\":[{\"index\":".utf8)
        data.append(contentsOf: String(choice).utf8)
        data.append(contentsOf: ",\"delta\":".utf8)
        var reason: String?
        if case .word(let index) = delta {
            // The one that benchmarks send; the words need no escaping.
            data.append(contentsOf: "{\"content\":\"".utf8)
            data.append(contentsOf: Reply.word(index).utf8)
            data.append(contentsOf: "\"}".utf8)
        } else {
            var json = JSONWriter()
            json.beginObject()
            append(delta, to: &json, reason: &reason)
            json.endObject()
            data.append(contentsOf: json.bytes)
        }
        data.append(contentsOf: ",\"logprobs\":null,\"finish_reason\":".utf8)
        data.append(contentsOf: (reason.map { "\"\($0)\"" } ?? "null").utf8)
        data.append(contentsOf: "}]".utf8)
    }

    private func append(_ delta: Delta, to json: inout JSONWriter, reason: inout String?) {
        switch delta {
        case .role:
            json.key("role")
            json.string("assistant")
            json.key("content")
            json.string("")
            json.key("refusal")
            json.null()
        case .reasoning(let text):
            json.key(reply.reasoningField)
            json.string(text)
        case .text(let text):
            json.key("content")
            json.string(text)
        case .refusal(let text):
            json.key("refusal")
            json.string(text)
        case .toolCall(let index):
            appendCall(
                index, id: reply.toolCalls[index].id, name: reply.toolCalls[index].name, arguments: "", to: &json)
        case .arguments(let index, let piece):
            appendCall(index, id: nil, name: nil, arguments: piece, to: &json)
        case .finish:
            reason = OpenAIChat.finishReason(of: reply)
        case .word, .usage, .done:
            break
        }
    }

    private func appendCall(_ index: Int, id: String?, name: String?, arguments: String, to json: inout JSONWriter) {
        json.key("tool_calls")
        json.beginArray()
        json.beginObject()
        json.key("index")
        json.int(index)
        if let id {
            json.key("id")
            json.string(id)
            json.key("type")
            json.string("function")
        }
        json.key("function")
        json.beginObject()
        if let name {
            json.key("name")
            json.string(name)
        }
        json.key("arguments")
        json.string(arguments)
        json.endObject()
        json.endObject()
        json.endArray()
    }
}
