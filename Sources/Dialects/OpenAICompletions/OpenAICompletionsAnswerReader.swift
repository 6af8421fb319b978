import Transport

/// Turns the objects of a completion (chunks of a stream, or one whole body) into events.
struct OpenAICompletionsAnswerReader {
    typealias Remarks = OpenAIChatAnswerReader.Remarks

    private var choices: [(index: Int, isFinished: Bool)] = []
    private var hasStarted = false
    /// Whether model output was among the events so far.
    private(set) var hasOutput = false

    /// How many choices have begun.
    var choiceCount: Int { choices.count }
    /// How many choices gave their finish reason.
    var finishedCount: Int { choices.reduce(0) { $0 + ($1.isFinished ? 1 : 0) } }

    /// Appends the events of one object; throws the failure that the object reports or is.
    mutating func read(_ root: JSONCursor, _ events: inout [Event]) throws(Failure) -> Remarks {
        guard root.isObject else { throw invalid("the provider's answer is not a JSON object") }
        if let error = root["error"], !error.isNull { throw ProviderErrorReader.failure(root, phase: phase) }
        let usage = root["usage"].flatMap(OpenAIChatUsage.read)
        guard let values = root["choices"], values.isArray else {
            guard usage != nil else { throw ProviderErrorReader.failure(root, phase: phase) }
            return stated(usage, Remarks(), &events)
        }
        if !hasStarted {
            hasStarted = true
            events.append(
                .started(
                    ResponseInfo(
                        id: root["id"]?.string, model: root["model"]?.string, created: root["created"]?.int,
                        systemFingerprint: root["system_fingerprint"]?.string)))
        }
        var remarks = Remarks()
        for choice in values.elements {
            remarks.hasChoices = true
            try read(choice: choice, &events)
        }
        return stated(usage, remarks, &events)
    }

    private func stated(_ usage: Usage?, _ remarks: Remarks, _ events: inout [Event]) -> Remarks {
        var remarks = remarks
        guard let usage else { return remarks }
        events.append(.usage(usage))
        remarks.statesUsage = true
        remarks.isUsageOnly = !remarks.hasChoices
        return remarks
    }

    private mutating func read(choice: JSONCursor, _ events: inout [Event]) throws(Failure) {
        guard choice.isObject else { throw invalid("the provider's answer holds a choice that is not an object") }
        let index = choice["index"]?.int ?? 0
        guard (0..<OpenAIChatAnswerReader.choiceCountMax).contains(index) else {
            throw invalid("the provider's answer holds a choice with the index \(index)")
        }
        let position: Int
        if let found = choices.firstIndex(where: { $0.index == index }) {
            position = found
        } else {
            choices.append((index, false))
            position = choices.count - 1
        }
        if let text = choice["text"]?.string, !text.isEmpty {
            hasOutput = true
            events.append(.textDelta(choice: index, text))
        }
        if let logprobs = choice["logprobs"], logprobs.isObject {
            events.append(.logprobs(choice: index, RawJSON(logprobs)))
        }
        guard let reason = choice["finish_reason"], reason.isString, !reason.isEmptyString,
            !choices[position].isFinished
        else { return }
        choices[position].isFinished = true
        events.append(.finished(choice: index, OpenAIChatFinish.read(reason)))
    }
}
