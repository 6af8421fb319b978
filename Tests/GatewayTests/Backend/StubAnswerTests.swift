import Dialects
import Testing

@testable import Gateway

@Suite struct StubAnswerTests {
    private func steps(of stub: StubConfiguration, choices: Int = 1) throws -> [[Event]] {
        let body = #"{"model":"m","messages":[{"role":"user","content":"x"}],"n":\#(choices)}"#
        let call = try OpenAIChatRequestDecoder.decode(Array(body.utf8))
        var answer = StubAnswer(stub, call: call, model: "m", id: "1", created: 5)
        var steps: [[Event]] = []
        while let step = answer.next() { steps.append(step) }
        return steps
    }

    @Test("the stub says its text once for each choice, and ends")
    func text() throws {
        var stub = StubConfiguration()
        stub.text = "Hi"
        stub.inputTokens = 3
        let steps = try steps(of: stub, choices: 2)
        let info = ResponseInfo(id: "chatcmpl-1", model: "m", created: 5)
        #expect(
            steps == [
                [.started(info), .textDelta(choice: 0, "Hi"), .textDelta(choice: 1, "Hi")],
                [
                    .finished(choice: 0, .stop), .finished(choice: 1, .stop), .usage(Usage(input: 3, output: 0)),
                    .ended,
                ],
            ])
    }

    @Test("a stub with a tool calls it, needs no text, and has usage though none is configured")
    func tool() throws {
        var stub = StubConfiguration()
        stub.text = ""
        stub.toolName = "look"
        #expect(
            try steps(of: stub).last == [
                .toolCallStarted(choice: 0, index: 0, id: "stub-tool-1", name: "look", kind: .function),
                .toolCallArguments(choice: 0, index: 0, "{}"), .finished(choice: 0, .toolCalls),
                .usage(Usage(input: 0, output: 0)), .ended,
            ])
    }

    @Test("a stub that is to fail does so after its text, and never ends well")
    func failing() throws {
        var stub = StubConfiguration()
        stub.failsAfterText = true
        let steps = try steps(of: stub)
        #expect(steps.count == 2 && !steps.joined().contains(.ended))
        guard case .failed(let failure) = steps.last?.last else {
            Issue.record("\(steps)")
            return
        }
        #expect(failure.phase == .afterOutput)
    }
}
