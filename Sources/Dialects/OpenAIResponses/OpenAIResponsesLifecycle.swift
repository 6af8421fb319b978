import Transport

/// Builds a response out of events, and writes the events of its stream: each item and part begins, grows and is done.
///
/// One machine for both forms, so that what is streamed and what is collected are the same: without `writes` it only
/// builds. Source: OpenAI API reference, "Responses streaming events".
struct OpenAIResponsesLifecycle {
    /// Whether the stream's events are written.
    let writes: Bool
    let echo: OpenAIResponsesEcho
    private let limits: AnswerLimits
    /// What is known of the answer.
    private(set) var info: ResponseInfo
    /// The items so far, open ones included.
    private(set) var items: [OpenAIResponsesItem] = []
    /// The number of the next event.
    var sequence = 0
    private(set) var hasBegun = false
    private(set) var usage: Usage?
    private var finish: FinishReason?
    /// The message or reasoning that grows.
    private var open: Int?
    /// The items of the tool calls, by the calls' indices.
    private var calls: [(index: Int, item: Int)] = []
    /// What the events of text deltas begin with, made once a part.
    private var deltaPrefix: [UInt8] = []
    private var bytesCount = 0

    init(writes: Bool, fallback: ResponseInfo, echo: OpenAIResponsesEcho, limits: AnswerLimits = .standard) {
        self.writes = writes
        self.echo = echo
        self.limits = limits
        info = fallback
    }

    /// The response's id.
    var id: String { OpenAIResponsesObject.id(from: info.id ?? "lip") }
    /// What the ids of items end with.
    private var tail: Substring { id.dropFirst(5) }

    /// Takes what the provider said about the answer; what it did not say stays as it was.
    mutating func adopt(_ started: ResponseInfo) {
        info.id = started.id ?? info.id
        info.model = started.model ?? info.model
        info.created = started.created ?? info.created
        info.serviceTier = started.serviceTier ?? info.serviceTier
        info.issuer = started.issuer
    }

    /// Notes that the stream has begun, where its first events were carried.
    mutating func noteBegin() { hasBegun = true }

    /// Takes one event of the first choice; there is only one here.
    ///
    /// Throws where the answer outgrows its limit.
    mutating func add(_ event: Event, into output: inout [UInt8]) throws(Failure) {
        switch event {
        case .started(let started): if !hasBegun { adopt(started) }
        case .textDelta(0, let text): try addText(text, isRefusal: false, &output)
        case .refusalDelta(0, let text): try addText(text, isRefusal: true, &output)
        case .reasoningDelta(0, let text): try addReasoning(text, &output)
        case .reasoningSignature(0, let seal): try addSeal(seal, &output)
        case .reasoningDetails(0, let raw): try addSealed(raw, &output)
        case .toolCallStarted(0, let index, let id, let name, let kind):
            try addCall(index, id, name, kind, &output)
        case .toolCallArguments(0, let index, let text): try addArguments(index, text, &output)
        case .media(0, let raw): try addMedia(raw, &output)
        case .annotations(0, let raw): try addAnnotations(raw, &output)
        case .logprobs(0, let raw): try addLogprobs(raw)
        case .finished(0, let reason):
            finish = reason
            closeAll(&output)
        case .usage(let stated): usage = stated
        case .textDelta, .refusalDelta, .reasoningDelta, .reasoningSignature, .reasoningDetails, .toolCallStarted,
            .toolCallArguments, .media, .annotations, .logprobs, .finished, .failed, .ended:
            break
        }
    }

    /// Ends the response well.
    mutating func end(into output: inout [UInt8]) {
        begin(&output)
        closeAll(&output)
        writeObject(
            ending.isIncomplete ? "response.incomplete" : "response.completed", finalObject, items, &output)
    }

    /// Ends the response with a failure; what was begun is left incomplete.
    mutating func fail(_ failure: Failure, into output: inout [UInt8]) {
        begin(&output)
        close(where: { _ in true }, as: .incomplete, &output)
        var object = object(.failed)
        object.failure = failure
        writeObject("response.failed", object, items, &output)
    }

    /// The response as it is at its end.
    var finalObject: OpenAIResponsesObject {
        let ending = ending
        var object = object(ending.isIncomplete ? .incomplete : .completed)
        object.ending = ending
        return object
    }

    private var ending: OpenAIResponsesFinish.Ending {
        OpenAIResponsesFinish.ending(finish, saysRefusal: items.contains { $0.parts.contains(where: \.isRefusal) })
    }

    private func object(_ status: OpenAIResponsesObject.Status) -> OpenAIResponsesObject {
        OpenAIResponsesObject(
            id: id, model: info.model ?? echo.model ?? "", created: info.created ?? 0, serviceTier: info.serviceTier,
            status: status, usage: status == .inProgress ? nil : usage, echo: echo)
    }

    // MARK: - What is said

    private mutating func addText(_ text: String, isRefusal: Bool, _ output: inout [UInt8]) throws(Failure) {
        guard !text.isEmpty else { return }
        try count(text.utf8.count)
        let (item, part) = openPart(isRefusal: isRefusal, &output)
        items[item].parts[part].text += text
        guard writes else { return }
        if deltaPrefix.isEmpty { makeDeltaPrefix(item, part, isRefusal: isRefusal) }
        output.append(contentsOf: deltaPrefix)
        JSONWriter.append(to: &output) { $0.int(sequence) }
        output.append(contentsOf: ",\"delta\":".utf8)
        JSONWriter.append(to: &output) { $0.string(text) }
        output.append(contentsOf: "}\n\n".utf8)
        sequence += 1
    }

    private mutating func makeDeltaPrefix(_ item: Int, _ part: Int, isRefusal: Bool) {
        let name: StaticString = isRefusal ? "response.refusal.delta" : "response.output_text.delta"
        let id = items[item].id
        deltaPrefix.append(contentsOf: "event: \(name)\ndata: ".utf8)
        JSONWriter.append(to: &deltaPrefix) { json in
            json.beginObject()
            json.word("type", name)
            json.put("item_id", id)
            json.put("output_index", item)
            json.put("content_index", part)
            if !isRefusal {
                json.key("logprobs")
                json.beginArray()
                json.endArray()
            }
            json.key("sequence_number")
        }
    }

    private mutating func addReasoning(_ text: String, _ output: inout [UInt8]) throws(Failure) {
        guard !text.isEmpty else { return }
        try count(text.utf8.count)
        let item: Int
        if let open, items[open].kind == .reasoning, items[open].seal == nil {
            item = open
        } else {
            item = openReasoning(&output)
        }
        if items[item].text.isEmpty {
            emit("response.reasoning_summary_part.added", item, &output) { json in
                json.put("summary_index", 0)
                json.key("part")
                OpenAIResponsesItem.writeSummary("", to: &json)
            }
        }
        items[item].text += text
        emit("response.reasoning_summary_text.delta", item, &output) { json in
            json.put("summary_index", 0)
            json.put("delta", text)
        }
    }

    private mutating func openReasoning(_ output: inout [UInt8]) -> Int {
        let item = openItem(.reasoning, prefix: OpenAIResponsesReasoning.idPrefix, &output)
        open = item
        return item
    }

    /// Adds a seal to the reasoning before it; reasoning that follows is another item.
    private mutating func addSeal(_ seal: String, _ output: inout [UInt8]) throws(Failure) {
        guard let issuer = info.issuer, !seal.isEmpty else { return }
        try count(seal.utf8.count)
        let item: Int
        if let open, items[open].kind == .reasoning {
            item = open
        } else {
            item = openReasoning(&output)
        }
        items[item].seal = (items[item].seal ?? "") + seal
        items[item].issuer = issuer
    }

    /// Adds sealed reasoning: an item of this dialect stays as it came, a block of another is shown as an item.
    private mutating func addSealed(_ raw: RawJSON, _ output: inout [UInt8]) throws(Failure) {
        guard let issuer = info.issuer, let root = (try? JSONDocument(parsing: raw.bytes))?.root else { return }
        try count(raw.bytes.count)
        guard issuer == .openAIResponses else {
            for block in root.isArray ? Array(root.elements) : [root] {
                let item = openReasoning(&output)
                items[item].seal = text(RawJSON(block))
                items[item].issuer = issuer
            }
            return
        }
        guard root["type"]?.equals("reasoning") == true, let id = root["id"]?.string else { return }
        if let open, items[open].kind == .reasoning {
            // In a stream the item was announced under an id of its own, which must not change.
            if !writes { items[open].raw = raw }
            items[open].seal = root["encrypted_content"]?.string
            return close(open, as: .completed, &output)
        }
        addWhole(raw, id, &output)
    }

    private func text(_ raw: RawJSON) -> String { String(decoding: raw.bytes, as: UTF8.self) }

    /// Adds an item that stays as it came.
    private mutating func addWhole(_ raw: RawJSON, _ id: String, _ output: inout [UInt8]) {
        closeOpen(&output)
        begin(&output)
        var item = OpenAIResponsesItem(kind: .whole, id: id)
        item.raw = raw
        item.status = .completed
        items.append(item)
        for name in ["response.output_item.added", "response.output_item.done"] as [StaticString] {
            emitItem(name, items.count - 1, &output)
        }
    }

    private mutating func addMedia(_ raw: RawJSON, _ output: inout [UInt8]) throws(Failure) {
        guard let root = (try? JSONDocument(parsing: raw.bytes))?.root else { return }
        try count(raw.bytes.count)
        if let item = root["output_item"], item.isObject {
            addWhole(RawJSON(item), item["id"]?.string ?? "", &output)
        }
        guard let images = root["images"] else { return }
        // What chat completions give as images is here the result of a call that made one.
        for image in images.elements {
            guard let url = image["image_url"]?["url"]?.string, url.hasPrefix("data:"),
                let comma = url.firstIndex(of: ",")
            else { continue }
            let id = "ig_\(tail)_\(items.count)"
            var json = JSONWriter()
            json.beginObject()
            json.put("id", id)
            json.word("type", "image_generation_call")
            json.word("status", "completed")
            json.put("result", String(url[url.index(after: comma)...]))
            json.endObject()
            addWhole(RawJSON(bytes: json.bytes), id, &output)
        }
    }

    private mutating func addAnnotations(_ raw: RawJSON, _ output: inout [UInt8]) throws(Failure) {
        guard let root = (try? JSONDocument(parsing: raw.bytes))?.root else { return }
        try count(raw.bytes.count)
        let found = root.withCursor { $0.elements.compactMap(OpenAIResponsesAnnotation.written) }
        guard !found.isEmpty else { return }
        let (item, part) = openPart(isRefusal: false, &output)
        for annotation in found {
            items[item].parts[part].annotations.append(annotation)
            let position = items[item].parts[part].annotations.count - 1
            emit("response.output_text.annotation.added", item, &output) { json in
                json.put("content_index", part)
                json.put("annotation_index", position)
                json.put("annotation", annotation)
            }
        }
    }

    /// Log probabilities come behind their text, and so stand in the events that say that the text is done.
    private mutating func addLogprobs(_ raw: RawJSON) throws(Failure) {
        guard let open, items[open].kind == .message, let part = items[open].parts.indices.last,
            !items[open].parts[part].isRefusal,
            let root = (try? JSONDocument(parsing: raw.bytes))?.root, let content = root["content"]
        else { return }
        try count(raw.bytes.count)
        items[open].parts[part].logprobs += content.elements.map { RawJSON($0) }
    }

    // MARK: - Calls

    private mutating func addCall(
        _ index: Int, _ id: String, _ name: String, _ kind: ToolKind, _ output: inout [UInt8]
    ) throws(Failure) {
        try count(id.utf8.count + name.utf8.count)
        let isCustom = kind == .custom
        let callID = id.isEmpty ? "call_\(tail)_\(index)" : id
        let item = openItem(
            isCustom ? .customToolCall : .functionCall, prefix: isCustom ? "ctc" : "fc", &output,
            callID: callID, name: name)
        calls.append((index, item))
    }

    private mutating func addArguments(_ index: Int, _ text: String, _ output: inout [UInt8]) throws(Failure) {
        guard !text.isEmpty, let item = calls.last(where: { $0.index == index })?.item else { return }
        try count(text.utf8.count)
        items[item].text += text
        let isCustom = items[item].kind == .customToolCall
        emit(
            isCustom ? "response.custom_tool_call_input.delta" : "response.function_call_arguments.delta", item,
            &output
        ) { $0.put("delta", text) }
    }

    // MARK: - Beginning and ending

    /// Writes the events with which every stream begins, once.
    private mutating func begin(_ output: inout [UInt8]) {
        guard !hasBegun else { return }
        hasBegun = true
        writeObject("response.created", object(.inProgress), [], &output)
        writeObject("response.in_progress", object(.inProgress), [], &output)
    }

    private mutating func openItem(
        _ kind: OpenAIResponsesItem.Kind, prefix: String, _ output: inout [UInt8], callID: String = "",
        name: String = ""
    ) -> Int {
        closeOpen(&output)
        begin(&output)
        var item = OpenAIResponsesItem(kind: kind, id: "\(prefix)_\(tail)_\(items.count)")
        item.callID = callID
        item.name = name
        items.append(item)
        emitItem("response.output_item.added", items.count - 1, &output)
        return items.count - 1
    }

    /// The part that text goes to, opened if it must be.
    private mutating func openPart(isRefusal: Bool, _ output: inout [UInt8]) -> (item: Int, part: Int) {
        let item: Int
        if let open, items[open].kind == .message {
            item = open
            if let part = items[item].parts.indices.last, items[item].parts[part].isRefusal == isRefusal {
                return (item, part)
            }
            closePart(item, &output)
        } else {
            item = openItem(.message, prefix: "msg", &output)
            open = item
        }
        items[item].parts.append(OpenAIResponsesItem.Content(isRefusal: isRefusal))
        let part = items[item].parts.count - 1
        emitPart("response.content_part.added", item, part, &output)
        return (item, part)
    }

    private mutating func closePart(_ item: Int, _ output: inout [UInt8]) {
        deltaPrefix.removeAll(keepingCapacity: true)
        guard let part = items[item].parts.indices.last, !items[item].parts[part].isDone else { return }
        items[item].parts[part].isDone = true
        let content = items[item].parts[part]
        emit(content.isRefusal ? "response.refusal.done" : "response.output_text.done", item, &output) { json in
            json.put("content_index", part)
            if content.isRefusal {
                json.put("refusal", content.text)
            } else {
                json.put("text", content.text)
                json.key("logprobs")
                OpenAIResponsesItem.write(content.logprobs, to: &json)
            }
        }
        emitPart("response.content_part.done", item, part, &output)
    }

    private mutating func closeOpen(_ output: inout [UInt8]) {
        if let open { close(open, as: .completed, &output) }
    }

    /// Closes everything; what was cut off by a limit is incomplete.
    private mutating func closeAll(_ output: inout [UInt8]) {
        let isIncomplete = ending.reason != nil
        let last = items.count - 1
        close(where: { $0 != last }, as: .completed, &output)
        close(where: { _ in true }, as: isIncomplete ? .incomplete : .completed, &output)
    }

    private mutating func close(
        where isMeant: (Int) -> Bool, as status: OpenAIResponsesItem.Status, _ output: inout [UInt8]
    ) {
        for item in items.indices where items[item].status == .inProgress && isMeant(item) {
            close(item, as: status, &output)
        }
    }

    private mutating func close(_ item: Int, as status: OpenAIResponsesItem.Status, _ output: inout [UInt8]) {
        if open == item { open = nil }
        let text = items[item].text
        switch items[item].kind {
        case .message: closePart(item, &output)
        case .reasoning where text.isEmpty: break
        case .reasoning:
            emit("response.reasoning_summary_text.done", item, &output) { json in
                json.put("summary_index", 0)
                json.put("text", text)
            }
            emit("response.reasoning_summary_part.done", item, &output) { json in
                json.put("summary_index", 0)
                json.key("part")
                OpenAIResponsesItem.writeSummary(text, to: &json)
            }
        case .functionCall:
            let name = items[item].name
            emit("response.function_call_arguments.done", item, &output) { json in
                json.put("name", name)
                json.put("arguments", text)
            }
        case .customToolCall:
            emit("response.custom_tool_call_input.done", item, &output) { $0.put("input", text) }
        case .whole: break
        }
        items[item].status = status
        emitItem("response.output_item.done", item, &output)
    }

    private mutating func count(_ bytes: Int) throws(Failure) {
        bytesCount += bytes
        guard bytesCount <= limits.bytesMax, items.count <= limits.pieceCountMax else {
            throw Failure(.invalidResponse, "the answer is larger than \(limits.bytesMax) bytes")
        }
    }

    // MARK: - Events

    private mutating func emitItem(_ name: StaticString, _ item: Int, _ output: inout [UInt8]) {
        guard writes else { return }
        let value = items[item]
        frame(name, &output) { json in
            json.put("output_index", item)
            json.key("item")
            value.write(to: &json)
        }
    }

    private mutating func emitPart(_ name: StaticString, _ item: Int, _ part: Int, _ output: inout [UInt8]) {
        guard writes else { return }
        let value = items[item].parts[part]
        emit(name, item, &output) { json in
            json.put("content_index", part)
            json.key("part")
            OpenAIResponsesItem.write(value, to: &json)
        }
    }

    private mutating func emit(
        _ name: StaticString, _ item: Int, _ output: inout [UInt8], _ members: (inout JSONWriter) -> Void
    ) {
        guard writes else { return }
        let id = items[item].id
        frame(name, &output) { json in
            json.put("item_id", id)
            json.put("output_index", item)
            members(&json)
        }
    }

    private mutating func writeObject(
        _ name: StaticString, _ object: OpenAIResponsesObject, _ items: [OpenAIResponsesItem], _ output: inout [UInt8]
    ) {
        guard writes else { return }
        frame(name, &output) { json in
            json.key("response")
            object.write(items, to: &json)
        }
    }

    private mutating func frame(
        _ name: StaticString, _ output: inout [UInt8], _ members: (inout JSONWriter) -> Void
    ) {
        output.append(contentsOf: "event: ".utf8)
        name.withUTF8Buffer { output.append(contentsOf: $0) }
        output.append(contentsOf: "\ndata: ".utf8)
        let number = sequence
        let start = output.count
        JSONWriter.append(to: &output) { json in
            json.beginObject()
            json.word("type", name)
            json.put("sequence_number", number)
            members(&json)
            json.endObject()
        }
        // What is repeated of a request or a provider's item may hold line ends between its values, which would end the
        // frame's data; inside strings they are escaped.
        for position in start..<output.count where output[position] == 0x0A || output[position] == 0x0D {
            output[position] = 0x20
        }
        output.append(contentsOf: "\n\n".utf8)
        sequence += 1
    }
}
