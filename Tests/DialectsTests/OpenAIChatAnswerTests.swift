import Dialects
import Testing
import Transport

@Suite("OpenAI Chat answers")
struct OpenAIChatAnswerTests {
    static let unary =
        #"{"id":"chatcmpl-1","object":"chat.completion","created":5,"model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0}},"service_tier":"default","system_fingerprint":"fp_1"}"#

    @Test("a whole answer becomes events")
    func decodesUnary() throws {
        #expect(
            try OpenAIChatUnaryDecoder.decode(bytes(Self.unary)) == [
                .started(
                    ResponseInfo(
                        id: "chatcmpl-1", model: "gpt", created: 5, systemFingerprint: "fp_1", serviceTier: "default")),
                .textDelta(choice: 0, "Hello"), .finished(choice: 0, .stop),
                .usage(Usage(input: 10, output: 5, cacheRead: 4, audioInput: 0)), .ended,
            ])
    }

    @Test(
        "a 200 that is no answer is a failure",
        arguments: [
            ("", .invalidResponse), ("<html>busy</html>", .invalidResponse), ("null", .invalidResponse),
            ("{}", .invalidResponse), (#"{"choices":[]}"#, .invalidResponse), (#"{"choices":null}"#, .invalidResponse),
            (#"{"choices":[{"index":0}]}"#, .invalidResponse), (#"{"choices":[{"message":null}]}"#, .invalidResponse),
            (#"{"choices":[{"message":"x"}]}"#, .invalidResponse),
            (#"{"choices":[{"message":{"content":"x"}}"#, .invalidResponse),
            (#"{"error":{"message":"no","code":"context_length_exceeded"}}"#, .contextLength),
            (#"{"error":{"message":"no","code":503},"choices":[]}"#, .overloaded),
            (#"{"object":"error","message":"no","code":401}"#, .authentication), (#"{"detail":"no"}"#, .providerError),
            (
                #"{"choices":[{"index":0,"message":{"content":""},"finish_reason":"error","error":{"message":"x"}}]}"#,
                .providerError
            ),
        ] as [(String, Failure.Kind)])
    func refusesNonAnswers(_ body: String, _ kind: Failure.Kind) {
        #expect {
            _ = try OpenAIChatUnaryDecoder.decode(bytes(body))
        } throws: { error in
            let failure = error as? Failure
            return failure?.kind == kind && failure?.side == .provider && failure?.phase == .beforeOutput
        }
    }

    @Test("events and body agree in both directions", arguments: AnswerCorpus.bodies)
    func roundTrips(_ body: String) throws {
        let events = try OpenAIChatUnaryDecoder.decode(bytes(body))
        var collector = OpenAIChatCollector(fallback: fallback)
        for event in events { try collector.append(event) }
        let written = try collector.body()
        #expect(try OpenAIChatUnaryDecoder.decode(written) == events)
        // Through a stream of rebuilt chunks to a body again.
        let streamed = decode([encodeStream(events)])
        #expect(streamed.hasEnded)
        #expect(answer(streamed.events) == answer(events))
    }

    @Test("a stream collects to the body that the provider would have sent", arguments: 0..<60)
    func collects(seed: Int) throws {
        var generator = SeededGenerator(UInt64(seed) &+ 1000)
        let events = AnswerCorpus.generate(&generator)
        let expected = try #require(answer(events))
        var collector = OpenAIChatCollector(fallback: fallback)
        for event in events { try collector.append(event) }
        let direct = try collector.body()
        // The same through chunks, split anywhere, and back.
        let stream = encodeStream(events)
        let cut = Int.random(in: 0...stream.count, using: &generator)
        let decoded = decode([Array(stream[..<cut]), Array(stream[cut...])], choiceCount: expected.choices.count)
        #expect(answer(decoded.events) == expected)
        var again = OpenAIChatCollector(fallback: fallback)
        for event in decoded.events { try again.append(event) }
        #expect(text(try again.body()) == text(direct))
        #expect(text(stream).split(separator: "[DONE]", omittingEmptySubsequences: false).count == 2)
    }

    @Test("log probabilities, audio, annotations and images of several chunks become one")
    func joins() throws {
        let stream =
            chunk(#"{"content":"a","audio":{"id":"x","transcript":"he"},"annotations":[{"n":1}]}"#)
            .replacing(#""finish_reason":null"#, with: #""logprobs":{"content":[{"token":"a"}],"refusal":null}"#)
            + chunk(#"{"content":"b","audio":{"data":"AAEC","transcript":"llo"},"images":[{"i":1}]}"#)
            .replacing(#""finish_reason":null"#, with: #""logprobs":{"content":[{"token":"b"}],"refusal":null}"#)
            + chunk(
                #"{"audio":{"data":"AAEC","expires_at":9},"images":[{"i":2}],"annotations":[{"n":2}]}"#, finish: "stop")
            + done
        var collector = OpenAIChatCollector(fallback: fallback)
        for event in decode(stream).events { try collector.append(event) }
        let body = text(try collector.body())
        #expect(body.contains(#""logprobs":{"content":[{"token":"a"},{"token":"b"}],"refusal":null}"#))
        #expect(body.contains(#""audio":{"id":"x","expires_at":9,"data":"AAECAAEC","transcript":"hello"}"#))
        #expect(body.contains(#""images":[{"i":1},{"i":2}]"#))
        #expect(body.contains(#""annotations":[{"n":1},{"n":2}]"#))
    }

    @Test("tool calls leave the content null, an empty answer leaves it empty")
    func writesContent() throws {
        func body(_ events: [Event]) throws -> String {
            var collector = OpenAIChatCollector(fallback: fallback)
            for event in events + [.ended] { try collector.append(event) }
            return text(try collector.body())
        }
        #expect(
            try body([
                .toolCallStarted(choice: 0, index: 0, id: "c", name: "f", kind: .function),
                .toolCallArguments(choice: 0, index: 0, "{}"), .finished(choice: 0, .toolCalls),
            ])
                == #"{"id":"chatcmpl-f","object":"chat.completion","created":7,"model":"fallback","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]}"#
        )
        #expect(
            try body([.finished(choice: 0, .length)]).contains(
                #""content":"","refusal":null},"logprobs":null,"finish_reason":"length""#))
        #expect(try body([.refusalDelta(choice: 0, "no")]).contains(#""content":null,"refusal":"no""#))
        #expect(try body([.textDelta(choice: 0, "x")]).contains(#""finish_reason":"stop""#))
    }

    @Test("what did not end is never written as a body")
    func refusesUnfinished() throws {
        var collector = OpenAIChatCollector(fallback: fallback)
        try collector.append(.textDelta(choice: 0, "half"))
        #expect {
            _ = try collector.body()
        } throws: { ($0 as? Failure)?.kind == .prematureEnd }
        let failure = Failure(.connection, "gone")
        #expect(throws: failure) { try collector.append(.failed(failure)) }
    }

    @Test("collecting stops at its limits")
    func boundsCollecting() {
        var limits = AnswerLimits()
        limits.bytesMax = 10
        var answer = Answer(limits: limits)
        #expect {
            for _ in 0..<11 { try answer.append(.textDelta(choice: 0, "x")) }
        } throws: { ($0 as? Failure)?.kind == .invalidResponse }
        #expect(throws: Failure.self) { try answer.append(.textDelta(choice: 128, "")) }
        #expect(throws: Failure.self) { try answer.append(.toolCallArguments(choice: 0, index: 3, "")) }
    }
}

/// Answers for round trips.
enum AnswerCorpus {
    static let bodies: [String] = [
        OpenAIChatAnswerTests.unary,
        #"{"id":"1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\": 1}"}},{"id":"b","type":"custom","custom":{"name":"c","input":"é\n"}}]},"finish_reason":"tool_calls"}]}"#,
        #"{"id":"1","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"logprobs":{"content":[{"token":"a","logprob":-1e-9,"bytes":[97],"top_logprobs":[]}],"refusal":null},"finish_reason":"length"},{"index":1,"message":{"role":"assistant","content":"b"},"finish_reason":"content_filter"}]}"#,
        #"{"id":"1","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","reasoning_content":"think"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"completion_tokens_details":{"reasoning_tokens":1,"audio_tokens":0,"accepted_prediction_tokens":1,"rejected_prediction_tokens":0}}}"#,
        #"{"id":"1","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"no"},"finish_reason":"stop"}]}"#,
        #"{"id":"1","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"}]}"#,
        #"{"id":"1","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","reasoning":"r","reasoning_details":[{"type":"reasoning.encrypted","data":"zz"}]},"finish_reason":"stop"}]}"#,
        #"{"id":"1","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"u"}}],"audio":{"id":"a","expires_at":1,"data":"AA==","transcript":"t"}},"finish_reason":"stop"}]}"#,
    ]

    /// Events of a well-formed answer, in any order that a provider might choose.
    static func generate(_ generator: inout SeededGenerator) -> [Event] {
        let words = [
            "a", " ", "é", "😀", "\n", "\"", "\\", "\u{0}", "word ", "</tag>", String(repeating: "long", count: 9),
        ]
        func word() -> String { words.randomElement(using: &generator) ?? "" }
        var events: [Event] = [
            .started(
                ResponseInfo(id: "chatcmpl-g", model: "gen", created: 3, systemFingerprint: "fp", serviceTier: "flex"))
        ]
        let choices = Int.random(in: 1...3, using: &generator)
        for choice in 0..<choices {
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                events.append(.reasoningDelta(choice: choice, word()))
            }
            for _ in 0..<Int.random(in: 0...8, using: &generator) {
                events.append(.textDelta(choice: choice, word()))
            }
            if Bool.random(using: &generator) { events.append(.refusalDelta(choice: choice, word())) }
            for index in 0..<Int.random(in: 0...3, using: &generator) {
                let kind: ToolKind = Bool.random(using: &generator) ? .function : .custom
                events.append(
                    .toolCallStarted(choice: choice, index: index, id: "c\(index)", name: "f\(index)", kind: kind))
                for _ in 0..<Int.random(in: 0...4, using: &generator) {
                    events.append(.toolCallArguments(choice: choice, index: index, word()))
                }
            }
            let reasons: [FinishReason] = [.stop, .length, .toolCalls, .contentFilter, .other("eos")]
            events.append(.finished(choice: choice, reasons.randomElement(using: &generator) ?? .stop))
        }
        events.append(.usage(Usage(input: 5, output: Int.random(in: 0...9, using: &generator), cacheRead: 2)))
        return events + [.ended]
    }
}
