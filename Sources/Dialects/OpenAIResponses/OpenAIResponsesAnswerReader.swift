import Transport

/// Turns the objects of a Responses answer (the events of a stream, or one whole response) into events.
///
/// A pure state machine: it knows which items have begun, and fills in what servers leave out of their streams and say
/// only in the finished item. Source: OpenAI API reference, "Responses streaming events".
struct OpenAIResponsesAnswerReader {
    /// Items that an answer may hold.
    static let itemCountMax = 16384

    private struct ItemState {
        let outputIndex: Int
        /// The number of the tool call that it is.
        var call: Int?
        /// Whether any of it was among the events.
        var hasSpoken = false
    }

    /// Kept only where the stream's last event does not hold them.
    var streamed: OpenAIResponsesStreamedItems?
    private var items: [ItemState] = []
    private var callCount = 0
    private var hasStarted = false
    /// Whether model output was among the events so far.
    private(set) var hasOutput = false

    // MARK: - Streams

    /// Appends the events of one object of a stream; throws the failure that the object reports or is.
    mutating func read(_ root: JSONCursor, _ events: inout [Event]) throws(Failure) -> SSEFrameRemarks {
        guard root.isObject else { throw invalid("the provider's stream holds something that is not an object") }
        var type: JSONCursor?
        var delta: JSONCursor?
        var remarks = SSEFrameRemarks()
        for member in root.members {
            let key = member.key
            switch key.range.count - 2 {
            case 4: if key.equals("type") { type = member.value }
            case 5:
                if key.equals("delta") {
                    delta = member.value
                } else if key.equals("error"), member.value.isObject {
                    throw OpenAIResponsesErrors.failure(member.value, phase: phase)
                }
            case 15: if key.equals("sequence_number") { remarks.sequence = Self.number(member.value) }
            default: break
            }
        }
        guard let type else { return remarks }
        let first = events.count
        if let delta {
            try read(delta: delta, type, root, &events)
        } else if type.equals("error") {
            throw OpenAIResponsesErrors.failure(root, phase: phase)
        } else if let response = root["response"] {
            try read(response: response, type, &remarks, &events)
        } else {
            try read(itemEvent: root, type, &events)
        }
        if !hasOutput {
            for event in events[first...] where event.commits { hasOutput = true }
        }
        return remarks
    }

    /// A frame's number; nil for what cannot be counted on from.
    private static func number(_ value: JSONCursor) -> Int? {
        value.int.flatMap { (0..<Int(Int32.max)).contains($0) ? $0 : nil }
    }

    private mutating func read(
        delta: JSONCursor, _ type: JSONCursor, _ root: JSONCursor, _ events: inout [Event]
    ) throws(Failure) {
        // Audio and what the provider's own tools write have no text.
        guard let text = delta.string else { return }
        if type.equals("response.output_text.delta") {
            try note(root)
            if !text.isEmpty { events.append(.textDelta(choice: 0, text)) }
            if let logprobs = root["logprobs"], logprobs.count > 0 {
                events.append(.logprobs(choice: 0, Self.wrapped(logprobs)))
            }
        } else if type.equals("response.function_call_arguments.delta")
            || type.equals("response.custom_tool_call_input.delta")
        {
            let position = try note(root)
            guard let call = items[position].call else {
                throw invalid("the provider's stream holds arguments of a tool call that never started")
            }
            if !text.isEmpty { events.append(.toolCallArguments(choice: 0, index: call, text)) }
        } else if type.equals("response.reasoning_summary_text.delta") || type.equals("response.reasoning_text.delta") {
            try note(root)
            if !text.isEmpty { events.append(.reasoningDelta(choice: 0, text)) }
        } else if type.equals("response.refusal.delta") {
            try note(root)
            if !text.isEmpty { events.append(.refusalDelta(choice: 0, text)) }
        }
    }

    private mutating func read(
        response: JSONCursor, _ type: JSONCursor, _ remarks: inout SSEFrameRemarks, _ events: inout [Event]
    ) throws(Failure) {
        if type.equals("response.failed") || type.equals("response.cancelled") {
            throw failure(of: response)
        }
        start(response, &events)
        guard type.equals("response.completed") || type.equals("response.incomplete") else { return }
        try finish(response, &events)
        remarks.whole = response.range
        remarks.hasEnded = true
        remarks.statesUsage = true
    }

    private mutating func read(
        itemEvent root: JSONCursor, _ type: JSONCursor, _ events: inout [Event]
    ) throws(Failure) {
        if type.equals("response.output_item.added") {
            guard let item = root["item"], item.isObject else { return }
            let position = try position(of: outputIndex(root))
            startCall(item, position, &events)
        } else if type.equals("response.output_item.done") {
            guard let item = root["item"], item.isObject else { return }
            try finish(item: item, try position(of: outputIndex(root)), &events)
        } else if type.equals("response.output_text.annotation.added") {
            guard let annotation = root["annotation"], annotation.isObject else { return }
            events.append(.annotations(choice: 0, Self.annotations([annotation])))
        } else if type.equals("response.reasoning_summary_part.added") {
            // The parts of a summary are paragraphs.
            let position = try position(of: outputIndex(root))
            if items[position].hasSpoken { events.append(.reasoningDelta(choice: 0, "\n\n")) }
        }
    }

    private func outputIndex(_ root: JSONCursor) -> Int { root["output_index"]?.int ?? items.count }

    /// Notes that an item's text was among the events.
    @discardableResult
    private mutating func note(_ root: JSONCursor) throws(Failure) -> Int {
        let position = try position(of: root["output_index"]?.int ?? items.last?.outputIndex ?? 0)
        items[position].hasSpoken = true
        return position
    }

    private mutating func position(of outputIndex: Int) throws(Failure) -> Int {
        if let last = items.last, last.outputIndex == outputIndex { return items.count - 1 }
        if let position = items.lastIndex(where: { $0.outputIndex == outputIndex }) { return position }
        guard items.count < Self.itemCountMax else {
            throw invalid("the provider's answer holds more than \(Self.itemCountMax) items")
        }
        items.append(ItemState(outputIndex: outputIndex))
        return items.count - 1
    }

    // MARK: - Whole responses

    /// Appends the events of a whole response; throws the failure that it is.
    mutating func read(whole response: JSONCursor, _ events: inout [Event]) throws(Failure) {
        guard response.isObject else { throw invalid("the provider's answer is not a JSON object") }
        if let error = response["error"], !error.isNull { throw OpenAIResponsesErrors.failure(error, phase: phase) }
        if let status = response["status"], status.equals("failed") || status.equals("cancelled") {
            throw failure(of: response)
        }
        guard response["output"]?.isArray == true else {
            if response["message"] != nil || response["detail"] != nil {
                throw OpenAIResponsesErrors.failure(response, phase: phase)
            }
            throw invalid("the provider's answer holds no output")
        }
        start(response, &events)
        try finish(response, &events)
    }

    private mutating func start(_ response: JSONCursor, _ events: inout [Event]) {
        guard !hasStarted else { return }
        hasStarted = true
        events.append(
            .started(
                ResponseInfo(
                    id: response["id"]?.string, model: response["model"]?.string,
                    created: response["created_at"]?.int
                        ?? response["created_at"]?.double.flatMap { Int(exactly: $0.rounded(.down)) },
                    serviceTier: response["service_tier"]?.string, issuer: .openAIResponses)))
    }

    private mutating func finish(_ response: JSONCursor, _ events: inout [Event]) throws(Failure) {
        if let output = response["output"], items.isEmpty {
            var index = 0
            for item in output.elements where item.isObject {
                let position = try position(of: index)
                startCall(item, position, &events)
                try finish(item: item, position, &events)
                index += 1
            }
        }
        events.append(
            .finished(choice: 0, OpenAIResponsesFinish.read(response, hasCalls: callCount > 0)))
        if let value = response["usage"], let usage = OpenAIResponsesUsage.read(value) { events.append(.usage(usage)) }
    }

    private func failure(of response: JSONCursor) -> Failure {
        if response["status"]?.equals("cancelled") == true, response["error"].map(\.isNull) ?? true {
            return Failure(.providerError, "the provider called the answer off", phase: phase)
        }
        return OpenAIResponsesErrors.failure(response["error"], phase: phase)
    }

    // MARK: - Items

    private mutating func startCall(_ item: JSONCursor, _ position: Int, _ events: inout [Event]) {
        let isCustom = item["type"]?.equals("custom_tool_call") == true
        guard isCustom || item["type"]?.equals("function_call") == true, items[position].call == nil else { return }
        items[position].call = callCount
        let id = item["call_id"]?.string ?? item["id"]?.string ?? ""
        events.append(
            .toolCallStarted(
                choice: 0, index: callCount, id: id.isEmpty ? "call_lip_\(callCount)" : id,
                name: item["name"]?.string ?? "", kind: isCustom ? .custom : .function))
        callCount += 1
    }

    /// Appends what the finished item holds and its deltas did not say.
    private mutating func finish(item: JSONCursor, _ position: Int, _ events: inout [Event]) throws(Failure) {
        startCall(item, position, &events)
        let hasSpoken = items[position].hasSpoken
        items[position].hasSpoken = true
        guard let type = item["type"] else { return }
        if let call = items[position].call {
            let text = (item["arguments"] ?? item["input"])?.string ?? ""
            if !hasSpoken, !text.isEmpty { events.append(.toolCallArguments(choice: 0, index: call, text)) }
        } else if type.equals("message") {
            if !hasSpoken { readMessage(item, &events) }
        } else if type.equals("reasoning") {
            let text = OpenAIResponsesReasoning.text(item)
            if !hasSpoken, !text.isEmpty { events.append(.reasoningDelta(choice: 0, text)) }
            events.append(.reasoningDetails(choice: 0, RawJSON(item)))
        } else {
            var json = JSONWriter()
            json.beginObject()
            json.key("output_item")
            json.raw(item)
            json.endObject()
            events.append(.media(choice: 0, RawJSON(bytes: json.bytes)))
        }
    }

    private func readMessage(_ item: JSONCursor, _ events: inout [Event]) {
        for part in item["content"]?.elements ?? item.elements {
            if let refusal = part["refusal"]?.string {
                if !refusal.isEmpty { events.append(.refusalDelta(choice: 0, refusal)) }
                continue
            }
            guard let text = part["text"]?.string else { continue }
            if !text.isEmpty { events.append(.textDelta(choice: 0, text)) }
            if let logprobs = part["logprobs"], logprobs.count > 0 {
                events.append(.logprobs(choice: 0, Self.wrapped(logprobs)))
            }
            if let annotations = part["annotations"], annotations.count > 0 {
                events.append(.annotations(choice: 0, Self.annotations(Array(annotations.elements))))
            }
        }
    }

    /// Log probabilities in the canonical form, that of chat completions.
    private static func wrapped(_ logprobs: JSONCursor) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key("content")
        json.raw(logprobs)
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }

    private static func annotations(_ values: [JSONCursor]) -> RawJSON {
        var json = JSONWriter()
        json.beginArray()
        for value in values { OpenAIResponsesAnnotation.read(value, to: &json) }
        json.endArray()
        return RawJSON(bytes: json.bytes)
    }
}
