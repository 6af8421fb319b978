import Transport

/// Turns the objects of an answer (chunks of a stream, or one whole body) into events.
///
/// A pure state machine: it knows which candidates have begun and ended, and numbers their calls.
struct GeminiAnswerReader {
    /// Candidates that an answer may hold.
    static let choiceCountMax = 128
    /// Calls that one candidate may hold.
    static let toolCallCountMax = 2048

    private struct ChoiceState {
        let index: Int
        var isFinished = false
        var callCount = 0
    }

    private var choices: [ChoiceState] = []
    private var info = ResponseInfo()
    private var hasStarted = false
    /// The usage stated last, until it was told.
    private var untoldUsage: Usage?
    /// Whether model output was among the events so far.
    private(set) var hasOutput = false

    /// How many candidates have begun.
    var choiceCount: Int { choices.count }
    /// How many candidates gave their finish reason.
    var finishedCount: Int { choices.reduce(0) { $0 + ($1.isFinished ? 1 : 0) } }

    /// Appends the events of one object, and returns whether it states usage; throws the failure that the object
    /// reports or is.
    mutating func read(_ root: JSONCursor, _ events: inout [Event]) throws(Failure) -> Bool {
        guard root.isObject else { throw invalid("the provider's answer is not a JSON object") }
        var candidates: JSONCursor?
        var usage: JSONCursor?
        var feedback: JSONCursor?
        for member in root.members where !member.value.isNull {
            let key = member.key
            if key.equals("candidates") {
                candidates = member.value
            } else if key.equals("usageMetadata") {
                usage = member.value
            } else if key.equals("promptFeedback") {
                feedback = member.value
            } else if key.equals("error") {
                throw ProviderErrorReader.failure(root, phase: phase)
            }
        }
        if !hasStarted { start(root, &events) }
        if let usage, let stated = GeminiUsage.read(usage) { untoldUsage = stated }
        let first = events.count
        var finishes = false
        if let candidates {
            for candidate in candidates.elements {
                if try read(candidate: candidate, &events) { finishes = true }
            }
        }
        if let feedback, choices.isEmpty, let reason = feedback["blockReason"], !reason.isNull {
            throw blocked(reason, feedback)
        }
        if finishes { tellUsage(&events) }
        if !hasOutput {
            for event in events[first...] where event.commits { hasOutput = true }
        }
        return usage != nil
    }

    /// Appends the usage that was stated since it was told last.
    mutating func tellUsage(_ events: inout [Event]) {
        guard let usage = untoldUsage else { return }
        untoldUsage = nil
        events.append(.usage(usage))
    }

    private mutating func start(_ root: JSONCursor, _ events: inout [Event]) {
        hasStarted = true
        info = ResponseInfo(id: root["responseId"]?.string, model: root["modelVersion"]?.string, issuer: .gemini)
        events.append(.started(info))
    }

    /// The failure of a prompt that the provider refused to answer: a 200 without candidates.
    private func blocked(_ reason: JSONCursor, _ feedback: JSONCursor) -> Failure {
        let word = reason.string ?? "OTHER"
        let explanation = feedback["blockReasonMessage"]?.string.map { ": \($0)" } ?? ""
        return Failure(
            .contentBlocked, "the provider blocked the prompt (\(word))\(explanation)", phase: phase, code: word)
    }

    /// Appends what a candidate says; returns whether it ended with this.
    private mutating func read(candidate: JSONCursor, _ events: inout [Event]) throws(Failure) -> Bool {
        guard candidate.isObject else { throw invalid("the provider's answer holds a candidate that is not an object") }
        var content: JSONCursor?
        var reason: JSONCursor?
        var index = 0
        var hasMore = false
        for member in candidate.members where !member.value.isNull {
            let key = member.key
            if key.equals("content") {
                content = member.value
            } else if key.equals("finishReason") {
                reason = member.value.isEmptyString ? nil : member.value
            } else if key.equals("index") {
                index = member.value.int ?? 0
            } else {
                hasMore = true
            }
        }
        let position = try position(of: index)
        if let parts = content?["parts"] {
            for part in parts.elements { try read(part: part, index, position, &events) }
        }
        if hasMore || reason.map({ !GeminiFinish.isExact($0) }) ?? false {
            readRemarks(candidate, index, &events)
        }
        guard let reason, !choices[position].isFinished else { return false }
        choices[position].isFinished = true
        events.append(
            .finished(choice: index, GeminiFinish.read(reason, hasCalls: choices[position].callCount > 0)))
        return true
    }

    /// Appends what a candidate says beside its content.
    private func readRemarks(_ candidate: JSONCursor, _ index: Int, _ events: inout [Event]) {
        for member in candidate.members where !member.value.isNull {
            if member.key.equals("logprobsResult"), member.value.isObject {
                events.append(.logprobs(choice: index, GeminiLogprobs.chat(member.value)))
            } else if let name = GeminiRemarks.name(member.key, member.value) {
                events.append(.annotations(choice: index, GeminiRemarks.annotation(name, member.value)))
            }
        }
    }

    private mutating func read(
        part: JSONCursor, _ index: Int, _ position: Int, _ events: inout [Event]
    ) throws(Failure) {
        guard part.isObject else { throw invalid("the provider's answer holds a part that is not an object") }
        var text: JSONCursor?
        var isThought = false
        var signature: JSONCursor?
        var call: JSONCursor?
        var data: JSONCursor?
        var hasOther = false
        for member in part.members where !member.value.isNull {
            let (key, value) = (member.key, member.value)
            if key.equals("text") {
                text = value
            } else if key.equals("thought") {
                isThought = value.bool ?? false
            } else if key.equals("thoughtSignature") {
                signature = value.isEmptyString ? nil : value
            } else if key.equals("functionCall") {
                call = value
            } else if key.equals("inlineData") {
                data = value
            } else {
                hasOther = true
            }
        }
        if let call {
            // A call's seal comes before it, since the call itself has no place for it among the events.
            if let signature = signature?.string { events.append(.reasoningSignature(choice: index, signature)) }
            return try read(call: call, index, position, &events)
        }
        if let text, !text.isEmptyString, let said = text.string {
            events.append(isThought ? .reasoningDelta(choice: index, said) : .textDelta(choice: index, said))
        } else if let data, data.isObject {
            events.append(.media(choice: index, GeminiAnswerMedia.event(data)))
        } else if text == nil, hasOther {
            events.append(.media(choice: index, RawJSON(part)))
            return
        }
        if let signature = signature?.string { events.append(.reasoningSignature(choice: index, signature)) }
    }

    private mutating func read(
        call: JSONCursor, _ index: Int, _ position: Int, _ events: inout [Event]
    ) throws(Failure) {
        guard call.isObject else { throw invalid("the provider's answer holds a call that is not an object") }
        guard let name = call["name"]?.string, !name.isEmpty else {
            throw invalid("the provider's answer holds a call without a name")
        }
        let number = choices[position].callCount
        guard number < Self.toolCallCountMax else {
            throw invalid("the provider's answer holds more than \(Self.toolCallCountMax) calls")
        }
        choices[position].callCount += 1
        var id = call["id"]?.string ?? ""
        // Other dialects need an id to answer the call; older models give none.
        if id.isEmpty { id = "call_\(info.id ?? "lip")_\(index)_\(number)" }
        events.append(.toolCallStarted(choice: index, index: number, id: id, name: name, kind: .function))
        var arguments = "{}"
        if let given = call["args"], !given.isNull {
            arguments = String(decoding: given.raw, as: UTF8.self)
            if !given.isObject { arguments = "{\"value\":\(arguments)}" }
        }
        events.append(.toolCallArguments(choice: index, index: number, arguments))
    }

    private mutating func position(of index: Int) throws(Failure) -> Int {
        if index < choices.count, index >= 0, choices[index].index == index { return index }
        if let position = choices.firstIndex(where: { $0.index == index }) { return position }
        guard (0..<Self.choiceCountMax).contains(index) else {
            throw invalid("the provider's answer holds a candidate with the index \(index)")
        }
        choices.append(ChoiceState(index: index))
        return choices.count - 1
    }
}
