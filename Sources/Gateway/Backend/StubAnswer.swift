import Dialects

/// What the in-process stub answers: its scripted text, a tool call and usage, as events in steps.
///
/// It ignores what it is asked, and exists so that a client can be tried without a provider.
struct StubAnswer {
    private var steps: [[Event]]

    init(_ stub: StubConfiguration, call: Call, model: String, id: String, created: Int) {
        var steps: [[Event]] = []
        let info = ResponseInfo(id: "chatcmpl-\(id)", model: model, created: created)
        var text: [Event] = [.started(info)]
        for choice in 0..<call.choiceCount where !stub.text.isEmpty {
            text.append(.textDelta(choice: choice, stub.text))
        }
        steps.append(text)
        if stub.failsAfterText {
            steps.append([
                .failed(Failure(.prematureEnd, "the stub was told to fail after its text", phase: .afterOutput))
            ])
            self.steps = steps
            return
        }
        var rest: [Event] = []
        for choice in 0..<call.choiceCount {
            if let tool = stub.toolName {
                rest.append(
                    .toolCallStarted(choice: choice, index: 0, id: "stub-tool-1", name: tool, kind: .function))
                rest.append(.toolCallArguments(choice: choice, index: 0, "{}"))
            }
            rest.append(.finished(choice: choice, stub.toolName == nil ? .stop : .toolCalls))
        }
        rest.append(.usage(Usage(input: stub.inputTokens, output: stub.outputTokens)))
        rest.append(.ended)
        steps.append(rest)
        self.steps = steps
    }

    /// The events of the next step; nil when all were taken.
    mutating func next() -> [Event]? {
        steps.isEmpty ? nil : steps.removeFirst()
    }
}
