import Transport

/// Turns the objects of a chat completion answer (chunks of a stream, or one whole body) into events.
///
/// A pure state machine: it knows which choices and tool calls have begun, and puts right what servers do differently
/// (indices that are missing or repeated, ids that come late, names that come with every delta).
struct OpenAIChatAnswerReader {
    /// Alternatives that an answer may hold.
    static let choiceCountMax = 128
    /// Tool calls that one choice may hold.
    static let toolCallCountMax = 2048
    /// Arguments that may wait for the name of their call, in bytes.
    static let pendingBytesMax = 1 << 20

    private struct ChoiceState {
        let index: Int
        var isFinished = false
        var calls: [CallState] = []
    }

    private struct CallState {
        /// The index that the provider gave, which need not be unique.
        let givenIndex: Int
        var id = ""
        var name = ""
        var kind = ToolKind.function
        var hasStarted = false
        var pending = ""
    }

    private var choices: [ChoiceState] = []
    private var hasStarted = false
    private var info = ResponseInfo()
    /// Whether model output was among the events so far.
    private(set) var hasOutput = false

    /// How many choices have begun.
    var choiceCount: Int { choices.count }
    /// How many choices gave their finish reason.
    var finishedCount: Int { choices.reduce(0) { $0 + ($1.isFinished ? 1 : 0) } }

    /// What the object said beside its events.
    struct Remarks {
        /// It states usage and nothing else: a client that did not ask for it must not see it.
        var isUsageOnly = false
        /// It states usage where a client of this dialect looks for it.
        var statesUsage = false
        /// It has a `choices` array with something in it.
        var hasChoices = false
        /// It has a part of a tool call, which counts for those that follow.
        var hasCalls = false
    }

    /// Appends the events of one object; throws the failure that the object reports or is.
    mutating func read(_ root: JSONCursor, _ events: inout [Event]) throws(Failure) -> Remarks {
        guard root.isObject else { throw invalid("the provider's answer is not a JSON object") }
        var choicesValue: JSONCursor?
        var usageValue: JSONCursor?
        var groqValue: JSONCursor?
        var isError = false
        for member in root.members {
            let key = member.key
            switch key.range.count - 2 {
            case 5:
                if key.equals("usage") {
                    usageValue = member.value
                } else if key.equals("error"), !member.value.isNull {
                    isError = true
                }
            case 6: if key.equals("x_groq") { groqValue = member.value }
            case 7: if key.equals("choices") { choicesValue = member.value }
            default: break
            }
        }
        if isError { throw ProviderErrorReader.failure(root, phase: phase) }
        guard choicesValue != nil || usageValue != nil || !looksLikeError(root) else {
            throw ProviderErrorReader.failure(root, phase: phase)
        }
        if !hasStarted, !isPreamble(root, choicesValue, usageValue) { start(root, &events) }
        var remarks = Remarks()
        let firstEvent = events.count
        if let choicesValue, choicesValue.isArray {
            for choice in choicesValue.elements {
                remarks.hasChoices = true
                try read(choice: choice, &remarks, &events)
            }
        }
        if let usageValue, let usage = OpenAIChatUsage.read(usageValue) {
            events.append(.usage(usage))
            remarks.statesUsage = true
            remarks.isUsageOnly = !remarks.hasChoices
        } else if let stated = groqValue?["usage"], let usage = OpenAIChatUsage.read(stated) {
            events.append(.usage(usage))
        }
        if !hasOutput {
            for event in events[firstEvent...] where event.commits { hasOutput = true }
        }
        return remarks
    }

    /// Appends the starts of calls that still wait for something, once nothing more can come.
    mutating func flush(_ events: inout [Event]) {
        for position in choices.indices { flushCalls(position, &events) }
    }

    /// Whether an object comes before the answer and tells nothing of it: Azure's first chunk holds what its filter says
    /// of the prompt, with an empty id and no choice.
    private func isPreamble(_ root: JSONCursor, _ choices: JSONCursor?, _ usage: JSONCursor?) -> Bool {
        guard let choices, choices.isArray, choices.count == 0, usage?.isObject != true else { return false }
        return root["id"]?.isEmptyString != false
    }

    private mutating func start(_ root: JSONCursor, _ events: inout [Event]) {
        hasStarted = true
        info = ResponseInfo(
            id: root["id"]?.string, model: root["model"]?.string, created: root["created"]?.int,
            systemFingerprint: root["system_fingerprint"]?.string, serviceTier: root["service_tier"]?.string)
        events.append(.started(info))
    }

    /// Whether an object without choices and usage is an error in another shape than OpenAI's.
    private func looksLikeError(_ root: JSONCursor) -> Bool {
        if root["object"]?.equals("error") == true || root["type"]?.equals("error") == true { return true }
        if root["detail"] != nil { return true }
        return root["message"]?.isString == true && (root["code"] != nil || root["status"] != nil)
    }

    private mutating func read(
        choice: JSONCursor, _ remarks: inout Remarks, _ events: inout [Event]
    ) throws(Failure) {
        guard choice.isObject else { throw invalid("the provider's answer holds a choice that is not an object") }
        var index = 0
        var delta: JSONCursor?
        var logprobs: JSONCursor?
        var reason: JSONCursor?
        var error: JSONCursor?
        for member in choice.members {
            let value = member.value
            guard !value.isNull else { continue }
            let key = member.key
            switch key.range.count - 2 {
            case 5:
                if key.equals("delta") {
                    delta = value
                } else if key.equals("index") {
                    index = value.int ?? 0
                } else if key.equals("error") {
                    error = value
                }
            case 7: if key.equals("message"), delta == nil { delta = value }
            case 8: if key.equals("logprobs"), value.isObject { logprobs = value }
            case 13: if key.equals("finish_reason"), !value.isEmptyString { reason = value }
            default: break
            }
        }
        let position = try position(of: index)
        if let error { throw ProviderErrorReader.failure(error, phase: phase) }
        if let delta, delta.isObject { try read(delta: delta, index, position, &remarks, &events) }
        if let logprobs { events.append(.logprobs(choice: index, RawJSON(logprobs))) }
        guard let reason else { return }
        if reason.equals("error") {
            throw Failure(.providerError, "the provider ended its answer with an error", phase: phase)
        }
        if choices[position].isFinished { return }
        flushCalls(position, &events)
        choices[position].isFinished = true
        events.append(.finished(choice: index, OpenAIChatFinish.read(reason)))
    }

    private mutating func read(
        delta: JSONCursor, _ index: Int, _ position: Int, _ remarks: inout Remarks, _ events: inout [Event]
    ) throws(Failure) {
        readReasoning(of: delta, index, &events)
        for member in delta.members {
            let value = member.value
            guard !value.isNull else { continue }
            let key = member.key
            switch key.range.count - 2 {
            case 5:
                if key.equals("audio"), value.isObject {
                    events.append(.media(choice: index, wrapped("audio", value)))
                }
            case 6:
                if key.equals("images"), value.count > 0 {
                    events.append(.media(choice: index, wrapped("images", value)))
                }
            case 7:
                if key.equals("content") {
                    readContent(value, index, &events)
                } else if key.equals("refusal"), let text = value.string, !text.isEmpty {
                    events.append(.refusalDelta(choice: index, text))
                }
            case 10:
                if key.equals("tool_calls") {
                    remarks.hasCalls = true
                    var place = 0
                    for call in value.elements {
                        try readCall(call, place, index, position, &events)
                        place += 1
                    }
                }
            case 11:
                if key.equals("annotations"), value.count > 0 {
                    events.append(.annotations(choice: index, RawJSON(value)))
                }
            case 13:
                if key.equals("function_call"), value.isObject {
                    remarks.hasCalls = true
                    try readFunction(value, .legacyFunction, "", index, position, givenIndex: -1, &events)
                }
            default: break
            }
        }
    }

    /// Appends the reasoning, which comes before the text wherever it stands: most servers write it behind the content of
    /// a whole message, where clients of other dialects look for it before.
    private func readReasoning(of delta: JSONCursor, _ index: Int, _ events: inout [Event]) {
        // Two spellings of one thing; a server that sends both sends the same text twice.
        var hasReasoning = false
        for member in delta.members {
            let (key, value) = (member.key, member.value)
            guard !value.isNull else { continue }
            switch key.range.count - 2 {
            case 9:
                if key.equals("reasoning"), !hasReasoning { hasReasoning = readReasoning(value, index, &events) }
            case 17:
                if key.equals("reasoning_content") {
                    if !hasReasoning { hasReasoning = readReasoning(value, index, &events) }
                } else if key.equals("reasoning_details"), value.count > 0 {
                    events.append(.reasoningDetails(choice: index, RawJSON(value)))
                }
            default: break
            }
        }
    }

    private func readReasoning(_ value: JSONCursor, _ index: Int, _ events: inout [Event]) -> Bool {
        guard let text = value.string, !text.isEmpty else { return false }
        events.append(.reasoningDelta(choice: index, text))
        return true
    }

    /// Content is text, or an array of parts with text and thinking in it (Mistral).
    private func readContent(_ value: JSONCursor, _ index: Int, _ events: inout [Event]) {
        if value.isString {
            if !value.isEmptyString, let text = value.string { events.append(.textDelta(choice: index, text)) }
            return
        }
        for part in value.elements {
            if let text = part["text"]?.string {
                if !text.isEmpty { events.append(.textDelta(choice: index, text)) }
            } else if let thinking = part["thinking"] {
                if let text = thinking.string { events.append(.reasoningDelta(choice: index, text)) }
                for piece in thinking.elements {
                    if let text = piece["text"]?.string { events.append(.reasoningDelta(choice: index, text)) }
                }
            } else if part.isObject {
                events.append(.media(choice: index, wrapped("content", part)))
            }
        }
    }

    private func wrapped(_ name: StaticString, _ value: JSONCursor) -> RawJSON {
        var json = JSONWriter()
        json.beginObject()
        json.key(name)
        json.raw(value)
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }

    private mutating func position(of index: Int) throws(Failure) -> Int {
        if index < choices.count, index >= 0, choices[index].index == index { return index }
        if let position = choices.firstIndex(where: { $0.index == index }) { return position }
        guard (0..<Self.choiceCountMax).contains(index) else {
            throw invalid("the provider's answer holds a choice with the index \(index)")
        }
        choices.append(ChoiceState(index: index))
        return choices.count - 1
    }
}

// MARK: - Tool calls

extension OpenAIChatAnswerReader {
    private mutating func readCall(
        _ value: JSONCursor, _ place: Int, _ index: Int, _ position: Int, _ events: inout [Event]
    ) throws(Failure) {
        guard value.isObject else { throw invalid("the provider's answer holds a tool call that is not an object") }
        let custom = value["custom"].flatMap { $0.isObject ? $0 : nil }
        guard let named = custom ?? value["function"] ?? (value["id"] == nil ? nil : value) else { return }
        try readFunction(
            named, custom == nil ? .function : .custom, value["id"]?.string ?? "", index, position,
            givenIndex: value["index"]?.int ?? place, &events)
    }

    private mutating func readFunction(
        _ value: JSONCursor, _ kind: ToolKind, _ id: String, _ index: Int, _ position: Int, givenIndex: Int,
        _ events: inout [Event]
    ) throws(Failure) {
        let call = try callPosition(givenIndex, id, kind, position)
        if choices[position].calls[call].id.isEmpty { choices[position].calls[call].id = id }
        if choices[position].calls[call].name.isEmpty, let name = value["name"]?.string {
            choices[position].calls[call].name = name
        }
        let input = value[kind == .custom ? "input" : "arguments"]
        let arguments =
            input.flatMap { $0.string ?? ($0.isObject ? String(decoding: $0.raw, as: UTF8.self) : nil) } ?? ""
        if choices[position].calls[call].hasStarted {
            if !arguments.isEmpty { events.append(.toolCallArguments(choice: index, index: call, arguments)) }
            return
        }
        choices[position].calls[call].pending += arguments
        guard choices[position].calls[call].pending.utf8.count <= Self.pendingBytesMax else {
            throw invalid("the provider's answer holds a tool call without a name")
        }
        let state = choices[position].calls[call]
        let isIdentified = !state.id.isEmpty || kind == .legacyFunction || !state.pending.isEmpty
        if !state.name.isEmpty, isIdentified { startCall(position, call, &events) }
    }

    /// The call that a delta belongs to: the last of its index, unless an id says that it is another one.
    private mutating func callPosition(
        _ givenIndex: Int, _ id: String, _ kind: ToolKind, _ position: Int
    ) throws(Failure) -> Int {
        let calls = choices[position].calls
        if let found = calls.lastIndex(where: { $0.givenIndex == givenIndex }) {
            let known = calls[found].id
            if id.isEmpty || known.isEmpty || id == known { return found }
        }
        guard calls.count < Self.toolCallCountMax else {
            throw invalid("the provider's answer holds more than \(Self.toolCallCountMax) tool calls")
        }
        // What the call before still waits for will not come any more.
        var state = CallState(givenIndex: givenIndex)
        state.kind = kind
        choices[position].calls.append(state)
        return calls.count
    }

    private mutating func startCall(_ position: Int, _ call: Int, _ events: inout [Event]) {
        let index = choices[position].index
        choices[position].calls[call].hasStarted = true
        let state = choices[position].calls[call]
        var id = state.id
        if id.isEmpty, state.kind != .legacyFunction {
            // Every dialect needs an id to answer the call; some servers leave it out.
            id = "call_\(info.id ?? "lip")_\(index)_\(call)"
        }
        events.append(.toolCallStarted(choice: index, index: call, id: id, name: state.name, kind: state.kind))
        if !state.pending.isEmpty {
            events.append(.toolCallArguments(choice: index, index: call, state.pending))
            choices[position].calls[call].pending = ""
        }
    }

    private mutating func flushCalls(_ position: Int, _ events: inout [Event]) {
        for call in choices[position].calls.indices where !choices[position].calls[call].hasStarted {
            startCall(position, call, &events)
        }
    }
}
