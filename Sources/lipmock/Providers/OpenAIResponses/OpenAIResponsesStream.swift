import Transport

/// The events of one streamed response.
struct OpenAIResponsesStream: FrameSource {
    private enum Event {
        case created
        case inProgress
        case itemAdded(Int)
        case itemDone(Int)
        case reasoningAdded(Int)
        case reasoning(Int, String)
        case reasoningDone(Int)
        case reasoningPartDone(Int)
        case partAdded(Int, isRefusal: Bool)
        case word(Int, Int)
        case text(Int, String)
        case refusal(Int, String)
        case partText(Int, isRefusal: Bool)
        case partDone(Int, isRefusal: Bool)
        case arguments(Int, String)
        case argumentsDone(Int)
        case end
    }

    private let output: OpenAIResponsesOutput
    private var events: [Event] = [.created, .inProgress]
    /// The first event that is output.
    private var firstContent = 0

    init(output: OpenAIResponsesOutput) {
        self.output = output
        let calls = output.items.indices.filter { index in
            if case .call = output.items[index] { true } else { false }
        }
        for index in output.items.indices {
            switch output.items[index] {
            case .reasoning: addReasoning(index)
            case .message: addMessage(index)
            case .call(let call):
                if output.reply.interleavesToolCalls { continue }
                events.append(.itemAdded(index))
                events += output.reply.toolCalls[call].arguments.map { .arguments(index, $0) }
                events += [.argumentsDone(index), .itemDone(index)]
            }
        }
        if output.reply.interleavesToolCalls { addInTurns(calls) }
        if output.reply.terminates { events.append(.end) }
        firstContent = events.firstIndex(where: Self.isContent) ?? events.count
    }

    private mutating func addReasoning(_ index: Int) {
        events += [.itemAdded(index), .reasoningAdded(index)]
        events += output.reply.reasoning.map { .reasoning(index, $0) }
        events += [.reasoningDone(index), .reasoningPartDone(index), .itemDone(index)]
    }

    private mutating func addMessage(_ index: Int) {
        events.append(.itemAdded(index))
        if output.hasTextPart {
            events.append(.partAdded(index, isRefusal: false))
            switch output.reply.text {
            case .words(let count): events += (0..<count).map { .word(index, $0) }
            case .pieces(let pieces): events += pieces.map { .text(index, $0) }
            }
            events += [.partText(index, isRefusal: false), .partDone(index, isRefusal: false)]
        }
        if !output.reply.refusal.isEmpty {
            events.append(.partAdded(index, isRefusal: true))
            events += output.reply.refusal.map { .refusal(index, $0) }
            events += [.partText(index, isRefusal: true), .partDone(index, isRefusal: true)]
        }
        events.append(.itemDone(index))
    }

    private mutating func addInTurns(_ items: [Int]) {
        let calls = output.reply.toolCalls
        events += items.map { .itemAdded($0) }
        for turn in 0..<(calls.map(\.arguments.count).max() ?? 0) {
            for (call, item) in items.enumerated() where turn < calls[call].arguments.count {
                events.append(.arguments(item, calls[call].arguments[turn]))
            }
        }
        for item in items { events += [.argumentsDone(item), .itemDone(item)] }
    }

    private static func isContent(_ event: Event) -> Bool {
        switch event {
        case .reasoning, .word, .text, .refusal, .arguments: true
        case .created, .inProgress, .itemAdded, .itemDone, .reasoningAdded, .reasoningDone, .reasoningPartDone,
            .partAdded, .partText, .partDone, .argumentsDone, .end:
            false
        }
    }

    var count: Int { events.count }

    func kind(at index: Int) -> FrameKind {
        if Self.isContent(events[index]) { return .content }
        if case .end = events[index] { return .terminator }
        return index < firstContent ? .opening : .closing
    }

    func render(_ index: Int, into data: inout [UInt8]) -> String? {
        let event = events[index]
        let name = name(event)
        JSONWriter.append(to: &data) { json in
            json.beginObject()
            json.key("type")
            json.string(name)
            json.key("sequence_number")
            json.int(index)
            write(event, to: &json)
            json.endObject()
        }
        return name
    }

    private func name(_ event: Event) -> String {
        let raw = output.showsRawReasoning
        let end =
            switch event {
            case .created: "created"
            case .inProgress: "in_progress"
            case .itemAdded: "output_item.added"
            case .itemDone: "output_item.done"
            case .reasoningAdded: raw ? "content_part.added" : "reasoning_summary_part.added"
            case .reasoning: raw ? "reasoning_text.delta" : "reasoning_summary_text.delta"
            case .reasoningDone: raw ? "reasoning_text.done" : "reasoning_summary_text.done"
            case .reasoningPartDone: raw ? "content_part.done" : "reasoning_summary_part.done"
            case .partAdded: "content_part.added"
            case .word, .text: "output_text.delta"
            case .refusal: "refusal.delta"
            case .partText(_, let isRefusal): isRefusal ? "refusal.done" : "output_text.done"
            case .partDone: "content_part.done"
            case .arguments(let item, _):
                isCustom(item) ? "custom_tool_call_input.delta" : "function_call_arguments.delta"
            case .argumentsDone(let item):
                isCustom(item) ? "custom_tool_call_input.done" : "function_call_arguments.done"
            case .end: output.status
            }
        return "response.\(end)"
    }

    private func isCustom(_ item: Int) -> Bool {
        if case .call(let call) = output.items[item] { output.isCustom(call) } else { false }
    }

    private func write(_ event: Event, to json: inout JSONWriter) {
        switch event {
        case .created, .inProgress:
            json.key("response")
            output.writeResponse(isDone: false, to: &json)
        case .end:
            json.key("response")
            output.writeResponse(isDone: true, to: &json)
        case .itemAdded(let item), .itemDone(let item):
            json.key("output_index")
            json.int(item)
            json.key("item")
            if case .itemDone = event {
                output.writeItem(item, isDone: true, to: &json)
            } else {
                output.writeItem(item, isDone: false, to: &json)
            }
        case .reasoningAdded(let item): writeReasoningPart(item, "", to: &json)
        case .reasoningPartDone(let item): writeReasoningPart(item, output.reply.reasoning.joined(), to: &json)
        case .reasoning(let item, let text):
            writePlace(item, part: output.showsRawReasoning ? "content_index" : "summary_index", 0, to: &json)
            member("delta", text, to: &json)
        case .reasoningDone(let item):
            writePlace(item, part: output.showsRawReasoning ? "content_index" : "summary_index", 0, to: &json)
            member("text", output.reply.reasoning.joined(), to: &json)
        case .partAdded(let item, let isRefusal): writePart(item, isRefusal, isDone: false, to: &json)
        case .partDone(let item, let isRefusal): writePart(item, isRefusal, isDone: true, to: &json)
        case .word(let item, let word): writeText(item, "delta", Reply.word(word), to: &json)
        case .text(let item, let text): writeText(item, "delta", text, to: &json)
        case .refusal(let item, let text):
            writePlace(item, part: "content_index", partIndex(true), to: &json)
            member("delta", text, to: &json)
        case .partText(let item, let isRefusal):
            if isRefusal {
                writePlace(item, part: "content_index", partIndex(true), to: &json)
                member("refusal", output.reply.refusal.joined(), to: &json)
            } else {
                writeText(item, "text", output.reply.wholeText, to: &json)
            }
        case .arguments(let item, let text):
            writePlace(item, part: nil, 0, to: &json)
            member("delta", text, to: &json)
        case .argumentsDone(let item):
            guard case .call(let call) = output.items[item] else { return }
            writePlace(item, part: nil, 0, to: &json)
            member(isCustom(item) ? "input" : "arguments", output.reply.toolCalls[call].arguments.joined(), to: &json)
        }
    }

    private func partIndex(_ isRefusal: Bool) -> Int { isRefusal && output.hasTextPart ? 1 : 0 }

    private func writePlace(_ item: Int, part: String?, _ index: Int, to json: inout JSONWriter) {
        member("item_id", output.itemID(item), to: &json)
        json.key("output_index")
        json.int(item)
        if let part {
            json.key(part)
            json.int(index)
        }
    }

    private func writeText(_ item: Int, _ name: String, _ text: String, to json: inout JSONWriter) {
        writePlace(item, part: "content_index", 0, to: &json)
        member(name, text, to: &json)
        json.key("logprobs")
        json.beginArray()
        json.endArray()
    }

    private func writePart(_ item: Int, _ isRefusal: Bool, isDone: Bool, to json: inout JSONWriter) {
        writePlace(item, part: "content_index", partIndex(isRefusal), to: &json)
        json.key("part")
        let text = isRefusal ? output.reply.refusal.joined() : output.reply.wholeText
        output.writePart(isRefusal: isRefusal, isDone ? text : "", to: &json)
    }

    private func writeReasoningPart(_ item: Int, _ text: String, to json: inout JSONWriter) {
        let raw = output.showsRawReasoning
        writePlace(item, part: raw ? "content_index" : "summary_index", 0, to: &json)
        json.key("part")
        OpenAIResponsesOutput.writeText(raw ? "reasoning_text" : "summary_text", text, to: &json)
    }

    private func member(_ name: String, _ text: String, to json: inout JSONWriter) {
        json.key(name)
        json.string(text)
    }
}
