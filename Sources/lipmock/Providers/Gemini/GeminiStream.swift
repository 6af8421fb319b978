import Transport

/// The chunks of one streamed answer.
///
/// Every chunk states the usage so far; the last, which has the finish reason, all of it. There is no end mark.
struct GeminiStream: FrameSource {
    private enum Piece {
        case thought(String)
        case word(Int)
        case text(String)
        case call(Int)
        case finish
        case usage
    }

    private let reply: Reply
    private let request: GeminiRequest
    private let choiceCount: Int
    private var pieces: [Piece] = []
    /// What every chunk ends with.
    private let suffix: [UInt8]

    init(reply: Reply, request: GeminiRequest, id: Int) {
        self.reply = reply
        self.request = request
        choiceCount = request.choiceCount
        var json = JSONWriter()
        json.beginObject()
        json.key("modelVersion")
        json.string(reply.model ?? request.model)
        json.key("responseId")
        json.string("mock\(id)")
        json.endObject()
        suffix = Array(json.bytes.dropFirst())
        pieces = reply.reasoning.map { .thought($0) }
        switch reply.text {
        case .words(let count): pieces += (0..<count).map { .word($0) }
        case .pieces(let texts): pieces += texts.map { .text($0) }
        }
        pieces += reply.refusal.map { .text($0) }
        pieces += reply.toolCalls.indices.map { .call($0) }
        pieces.append(.finish)
        if reply.usagePlacement == .always { pieces.append(.usage) }
    }

    var count: Int {
        let shared = reply.usagePlacement == .always ? 1 : 0
        return (pieces.count - shared) * choiceCount + shared
    }

    /// Every choice says the same, a chunk each; usage of its own comes once.
    private func piece(at index: Int) -> (piece: Piece, choice: Int) {
        (pieces[min(index / choiceCount, pieces.count - 1)], index % choiceCount)
    }

    func kind(at index: Int) -> FrameKind {
        switch piece(at: index).piece {
        case .finish, .usage: .closing
        default: .content
        }
    }

    func render(_ index: Int, into data: inout [UInt8]) -> String? {
        let (piece, choice) = piece(at: index)
        if case .usage = piece {
            data.append(contentsOf: "{\"usageMetadata\":".utf8)
            appendUsage(reply.outputTokens, &data)
        } else {
            data.append(contentsOf: "{\"candidates\":[{\"content\":{\"parts\":[".utf8)
            append(piece, &data)
            data.append(contentsOf: "],\"role\":\"model\"}".utf8)
            var isLast = false
            if case .finish = piece {
                isLast = true
                data.append(contentsOf: ",\"finishReason\":\"\(Gemini.finishReason(of: reply))\"".utf8)
            }
            data.append(contentsOf: ",\"index\":\(choice)}]".utf8)
            let states = reply.usagePlacement == .finish ? isLast : [.standard, .every].contains(reply.usagePlacement)
            if states {
                data.append(contentsOf: ",\"usageMetadata\":".utf8)
                appendUsage(isLast ? reply.outputTokens : min(index / choiceCount + 1, reply.outputTokens), &data)
            }
        }
        data.append(UInt8(ascii: ","))
        data.append(contentsOf: suffix)
        return nil
    }

    private func appendUsage(_ outputTokens: Int, _ data: inout [UInt8]) {
        JSONWriter.append(to: &data) { Gemini.usage(reply, outputTokens: outputTokens, into: &$0) }
    }

    private func append(_ piece: Piece, _ data: inout [UInt8]) {
        if case .word(let index) = piece {
            // The one that benchmarks send; the words need no escaping.
            data.append(contentsOf: "{\"text\":\"".utf8)
            data.append(contentsOf: Reply.word(index).utf8)
            data.append(contentsOf: "\"}".utf8)
            return
        }
        JSONWriter.append(to: &data) { json in
            switch piece {
            case .thought(let text): Gemini.text(text, isThought: true, &json)
            case .text(let text): Gemini.text(text, isThought: false, &json)
            case .call(let index): Gemini.call(index, of: reply, to: request, &json)
            case .finish: Gemini.text("", isThought: false, &json)
            case .word, .usage: break
            }
        }
    }
}
