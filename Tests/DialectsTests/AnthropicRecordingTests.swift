import Dialects
import Foundation
import Testing
import Transport

@Suite("Anthropic recordings")
struct AnthropicRecordingTests {
    private static let info = ResponseInfo(id: "msg_rec", model: "some-model", issuer: .openAIResponses)
    private static let usage = Event.usage(Usage(input: 10, output: 5, cacheRead: 4, reasoning: 2))

    /// Answers of other dialects, as a client of this one is to read them.
    private static let answers: [(name: String, events: [Event])] = [
        (
            "everything",
            [
                .started(info), .reasoningDelta(choice: 0, "Let me "), .reasoningDelta(choice: 0, "think."),
                .reasoningSignature(choice: 0, "gAAA"),
                .reasoningDetails(choice: 0, RawJSON(#"{"type":"reasoning","encrypted_content":"gAAA"}"#)),
                .textDelta(choice: 0, "Hel"), .textDelta(choice: 0, "lo é 😀\n"),
                .toolCallStarted(choice: 0, index: 0, id: "call_1", name: "get_weather", kind: .function),
                .toolCallStarted(choice: 0, index: 1, id: "call_2", name: "now", kind: .function),
                .toolCallArguments(choice: 0, index: 0, #"{"city": "Par"#),
                .toolCallArguments(choice: 0, index: 1, "{}"), .toolCallArguments(choice: 0, index: 0, #"is"}"#),
                .finished(choice: 0, .toolCalls), usage, .ended,
            ]
        ),
        ("plain", [.started(info), .textDelta(choice: 0, "Hello"), usage, .finished(choice: 0, .stop), .ended]),
        ("cut", [.started(info), .textDelta(choice: 0, "Hello"), .finished(choice: 0, .length), usage, .ended]),
        ("refusal", [.started(info), .refusalDelta(choice: 0, "No."), .finished(choice: 0, .stop), usage, .ended]),
        ("silent", [.finished(choice: 0, .stop), .ended]),
        (
            "failed",
            [
                .started(info), .textDelta(choice: 0, "Hel"),
                .failed(Failure(.overloaded, "busy", phase: .afterOutput, code: "server_busy")),
            ]
        ),
        ("failed-early", [.failed(Failure(.timeout, "too late"))]),
    ]

    private static let directory = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("e2e/recordings")

    /// Compares with the recording that the client library reads in the end-to-end tests; `LIP_RECORD=1` makes it anew.
    private func check(_ name: String, _ content: String) throws {
        let file = Self.directory.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["LIP_RECORD"] != nil { try Data(content.utf8).write(to: file) }
        #expect(String(decoding: try Data(contentsOf: file), as: UTF8.self) == content, "\(name) is out of date")
    }

    @Test("a recorded stream is what an answer becomes", arguments: answers.map(\.name))
    func records(_ name: String) throws {
        let events = try #require(Self.answers.first { $0.name == name }).events
        try check("anthropic-\(name).sse", encodeMessages(events))
    }

    @Test("a recorded body is what an answer becomes", arguments: ["everything", "plain", "cut", "refusal", "silent"])
    func recordsBodies(_ name: String) throws {
        let events = try #require(Self.answers.first { $0.name == name }).events
        let collected = try #require(answer(events))
        let body = AnthropicAnswerWriter.body(collected, fallback: ResponseInfo(id: "msg_f", model: "fallback"))
        try check("anthropic-\(name).json", text(body) + "\n")
    }
}
