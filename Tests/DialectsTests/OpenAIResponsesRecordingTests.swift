import Dialects
import Foundation
import Testing
import Transport

/// What the writers give for fixed answers, kept as files that the real client library is fed with
/// (`Tests/e2e/test_responses_recordings.py`).
///
/// After a change that is meant, `LIP_RECORD=1 swift test --filter Recording` writes the files anew.
@Suite("OpenAI Responses recordings")
struct OpenAIResponsesRecordingTests {
    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../e2e/recordings").standardized

    private static let started = Event.started(
        ResponseInfo(id: "chatcmpl-rec", model: "some-model", created: 1_700_000_000))
    private static let usage = Event.usage(Usage(input: 30, output: 12, cacheRead: 20, reasoning: 4))

    private static let everything: [Event] = [
        started, .reasoningDelta(choice: 0, "Let me "), .reasoningDelta(choice: 0, "think."),
        .textDelta(choice: 0, "Hello"), .textDelta(choice: 0, ", wörld \u{1F600}\n"),
        .annotations(
            choice: 0,
            RawJSON(
                #"[{"type":"url_citation","url_citation":{"start_index":0,"end_index":5,"title":"t","url":"https://example.com"}}]"#
            )),
        .logprobs(
            choice: 0,
            RawJSON(
                #"{"content":[{"token":"Hello","logprob":-0.25,"bytes":[72,101,108,108,111],"top_logprobs":[]}],"refusal":null}"#
            )), .toolCallStarted(choice: 0, index: 0, id: "call_a", name: "get_weather", kind: .function),
        .toolCallArguments(choice: 0, index: 0, #"{"city":"#),
        .toolCallStarted(choice: 0, index: 1, id: "call_b", name: "run", kind: .custom),
        .toolCallArguments(choice: 0, index: 1, "print(1)"), .toolCallArguments(choice: 0, index: 0, #""Rome"}"#),
        .finished(choice: 0, .toolCalls), usage, .ended,
    ]

    private static let streams: [(name: String, events: [Event])] = [
        ("responses-everything", everything),
        (
            "responses-incomplete",
            [started, .textDelta(choice: 0, "cut"), .finished(choice: 0, .length), usage, .ended]
        ),
        (
            "responses-refusal",
            [
                started, .refusalDelta(choice: 0, "I "), .refusalDelta(choice: 0, "can't."),
                .finished(choice: 0, .stop), .ended,
            ]
        ), ("responses-silent", [started, .finished(choice: 0, .stop), .ended]),
        (
            "responses-failed",
            [
                started, .textDelta(choice: 0, "half"),
                .toolCallStarted(choice: 0, index: 0, id: "call_a", name: "f", kind: .function),
                .failed(Failure(.prematureEnd, "the provider's stream stopped before the answer was complete")),
            ]
        ), ("responses-failed-early", [.failed(Failure(.rateLimited, "slow down"))]),
        ("responses-carried", decodedEvents),
    ]

    private static let decodedEvents = DecodedResponses(ResponsesStreams.tools).events

    private static func echo() throws -> OpenAIResponsesEcho {
        OpenAIResponsesEcho(
            try responsesCall(
                responsesRequest(
                    #""instructions":"be brief","temperature":0.5,"tools":[{"type":"function","name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}},"strict":true},{"type":"custom","name":"run"}],"tool_choice":"auto","text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}},"verbosity":"low"},"reasoning":{"effort":"low","summary":"auto"},"metadata":{"team":"a"},"parallel_tool_calls":true"#
                )))
    }

    private func check(_ name: String, _ content: [UInt8]) throws {
        let file = Self.directory.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["LIP_RECORD"] != nil { try Data(content).write(to: file) }
        let kept = try Data(contentsOf: file)
        #expect(String(decoding: kept, as: UTF8.self) == text(content), "the recording \(name) is out of date")
    }

    @Test("streams are written as they were recorded", arguments: streams.indices)
    func streamsMatch(_ index: Int) throws {
        let (name, events) = Self.streams[index]
        try check("\(name).sse", encodeResponses(events, echo: try Self.echo()))
    }

    @Test("a whole answer is written as it was recorded")
    func bodyMatches() throws {
        try check(
            "responses-whole.json",
            OpenAIResponsesAnswerWriter.body(
                try #require(answer(Self.everything)), fallback: responsesFallback, echo: try Self.echo()))
    }
}
