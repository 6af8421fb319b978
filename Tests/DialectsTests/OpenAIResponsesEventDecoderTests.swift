import Dialects
import Testing
import Transport

@Suite("OpenAI Responses stream reading")
struct OpenAIResponsesEventDecoderTests {
    private static let started = Event.started(
        ResponseInfo(id: "resp_1", model: "gpt-5", created: 5, serviceTier: "auto", issuer: .openAIResponses))
    private static let usage = Event.usage(Usage(input: 10, output: 5, cacheRead: 4, reasoning: 2))

    @Test("text becomes events, and the last frame holds the whole answer")
    func readsText() {
        let decoded = DecodedResponses(ResponsesStreams.text)
        #expect(
            decoded.events == [
                Self.started, .textDelta(choice: 0, "Hel"), .textDelta(choice: 0, "lo"), .finished(choice: 0, .stop),
                Self.usage, .ended,
            ])
        #expect(decoded.sequences == (0...9).map { $0 })
        #expect(decoded.frames.joined() == ResponsesStreams.text)
        #expect(decoded.wholeBody?.hasPrefix(#"{"id":"resp_1","object":"response""#) == true)
        #expect((try? OpenAIResponsesUnaryDecoder.decode(bytes(decoded.wholeBody ?? "")))?.last == .ended)
    }

    @Test("reasoning, function calls and custom calls become events")
    func readsTools() {
        #expect(
            DecodedResponses(ResponsesStreams.tools).events == [
                Self.started, .reasoningDelta(choice: 0, "first"), .reasoningDelta(choice: 0, "\n\n"),
                .reasoningDelta(choice: 0, "second"),
                .reasoningDetails(choice: 0, RawJSON(ResponsesStreams.reasoningItem)),
                .toolCallStarted(choice: 0, index: 0, id: "call_1", name: "f", kind: .function),
                .toolCallArguments(choice: 0, index: 0, #"{"a":"#), .toolCallArguments(choice: 0, index: 0, "1}"),
                .toolCallStarted(choice: 0, index: 1, id: "call_2", name: "c", kind: .custom),
                .toolCallArguments(choice: 0, index: 1, "x\ny"), .finished(choice: 0, .toolCalls), Self.usage, .ended,
            ])
    }

    @Test("what comes without deltas is read from the finished items, or from the response")
    func readsFinishedItems() {
        let reasoning = Event.reasoningDetails(choice: 0, RawJSON(ResponsesStreams.reasoningItem))
        let expected: [Event] = [
            Self.started, .reasoningDelta(choice: 0, "first\n\nsecond"), reasoning,
            .toolCallStarted(choice: 0, index: 0, id: "call_1", name: "f", kind: .function),
            .toolCallArguments(choice: 0, index: 0, #"{"a":1}"#),
            .media(choice: 0, RawJSON(#"{"output_item":\#(ResponsesStreams.searchItem)}"#)),
            .textDelta(choice: 0, "Hello"), .finished(choice: 0, .toolCalls), Self.usage, .ended,
        ]
        let items = [
            ResponsesStreams.reasoningItem, ResponsesStreams.callItem, ResponsesStreams.searchItem,
            ResponsesStreams.message,
        ]
        var stream = ResponsesStreams.opening
        for (index, item) in items.enumerated() {
            stream += responsesFrame(
                "response.output_item.done", index + 2, #""output_index":\#(index),"item":\#(item)"#)
        }
        let output = items.joined(separator: ",")
        #expect(DecodedResponses(stream + ResponsesStreams.closing(6, output: output)).events == expected)
        #expect(
            DecodedResponses(ResponsesStreams.opening + ResponsesStreams.closing(2, output: output)).events == expected)
    }

    @Test(
        "an incomplete response says why",
        arguments: [
            (#","incomplete_details":{"reason":"max_output_tokens"}"#, .length),
            (#","incomplete_details":{"reason":"content_filter"}"#, .contentFilter),
            (#","incomplete_details":{"reason":"steered"}"#, .other("steered")),
            (#","incomplete_details":null"#, .pause),
        ] as [(String, FinishReason)])
    func readsIncomplete(_ more: String, _ reason: FinishReason) {
        let decoded = DecodedResponses(
            ResponsesStreams.opening + ResponsesStreams.delta(2, "x")
                + ResponsesStreams.closing(3, output: "", status: "incomplete", more: more))
        #expect(decoded.events.contains(.finished(choice: 0, reason)))
        #expect(decoded.hasEnded)
    }

    @Test("logprobs, annotations, refusals and raw reasoning are read")
    func readsTheRest() {
        let stream =
            ResponsesStreams.opening
            + responsesFrame(
                "response.output_text.delta", 2,
                #""item_id":"m","output_index":0,"content_index":0,"delta":"a","logprobs":[{"token":"a","logprob":-0.1}]"#
            )
            + responsesFrame(
                "response.output_text.annotation.added", 3,
                #""item_id":"m","output_index":0,"content_index":0,"annotation_index":0,"annotation":{"type":"url_citation","start_index":0,"end_index":1,"title":"t","url":"u"}"#
            )
            + responsesFrame(
                "response.refusal.delta", 4, #""item_id":"m","output_index":0,"content_index":1,"delta":"no""#)
            + responsesFrame(
                "response.reasoning_text.delta", 5, #""item_id":"r","output_index":1,"content_index":0,"delta":"hm""#)
            + responsesFrame("response.tomorrow", 6, #""delta":{"x":1}"#)
            + ": keepalive\n\n" + ResponsesStreams.closing(7, output: "")
        #expect(
            DecodedResponses(stream).events == [
                Self.started, .textDelta(choice: 0, "a"),
                .logprobs(choice: 0, RawJSON(#"{"content":[{"token":"a","logprob":-0.1}]}"#)),
                .annotations(
                    choice: 0,
                    RawJSON(
                        #"[{"type":"url_citation","url_citation":{"start_index":0,"end_index":1,"title":"t","url":"u"}}]"#
                    )), .refusalDelta(choice: 0, "no"), .reasoningDelta(choice: 0, "hm"), .finished(choice: 0, .stop),
                Self.usage, .ended,
            ])
    }

    @Test("any split gives the same events and frames", arguments: [ResponsesStreams.text, ResponsesStreams.tools])
    func splitsAnywhere(_ stream: String) {
        let source = bytes(stream)
        let whole = DecodedResponses(stream)
        for cut in stride(from: 0, through: source.count, by: 7) {
            #expect(DecodedResponses([Array(source[..<cut]), Array(source[cut...])]) == whole)
        }
        #expect(DecodedResponses(source.map { [$0] }) == whole)
    }

    @Test("a stream that stops before it says that it is complete has failed", arguments: 0..<9)
    func failsPrematurely(_ count: Int) {
        let frames = ResponsesStreams.text.split(separator: "\n\n").prefix(count).map { "\($0)\n\n" }.joined()
        for ending in ["", "data: [DONE]\n\n"] {
            let decoded = DecodedResponses(frames + ending)
            #expect(decoded.failure?.kind == .prematureEnd)
            #expect(decoded.failure?.phase == (count > 4 ? .afterOutput : .beforeOutput))
        }
    }

    @Test("a last frame without its blank line counts if it is whole")
    func toleratesMissingBlankLine() {
        #expect(DecodedResponses(String(ResponsesStreams.text.dropLast(2))).hasEnded)
        #expect(DecodedResponses(String(ResponsesStreams.text.dropLast(5))).failure?.kind == .prematureEnd)
    }

    @Test(
        "errors inside the stream are failures of their kind",
        arguments: [
            (
                #"{"type":"error","code":"server_error","message":"boom","param":null,"sequence_number":2}"#,
                .providerError
            ),
            (
                #"{"type":"error","sequence_number":2,"error":{"type":"invalid_request_error","code":"context_length_exceeded","message":"too long","param":"input"}}"#,
                .contextLength
            ), (#"{"error":{"message":"busy","type":"overloaded_error"}}"#, .overloaded),
            (
                #"{"type":"response.failed","sequence_number":2,"response":{"id":"r","status":"failed","error":{"code":"rate_limit_exceeded","message":"slow"},"output":[]}}"#,
                .rateLimited
            ),
            (
                #"{"type":"response.failed","response":{"error":{"code":"insufficient_quota","message":"x"}}}"#,
                .quotaExhausted
            ),
            (
                #"{"type":"response.failed","response":{"error":{"code":"invalid_prompt","message":"x"}}}"#,
                .invalidRequest
            ),
            (#"{"type":"response.failed","response":{"error":{"code":"bio_policy","message":"x"}}}"#, .contentBlocked),
            (#"{"type":"response.failed","response":{"error":null}}"#, .providerError), ("{nonsense", .invalidResponse),
            ("[1]", .invalidResponse),
            (
                #"{"type":"response.function_call_arguments.delta","output_index":4,"delta":"x"}"#, .invalidResponse
            ),
        ] as [(String, Failure.Kind)])
    func readsErrors(_ data: String, _ kind: Failure.Kind) {
        for prefix in ["", ResponsesStreams.opening, ResponsesStreams.opening + ResponsesStreams.delta(2, "x")] {
            let decoded = DecodedResponses(prefix + frame(data))
            #expect(decoded.failure?.kind == kind)
            #expect(decoded.failure?.phase == (prefix.contains("delta") ? .afterOutput : .beforeOutput))
            #expect(decoded.failure?.type != "error")
        }
    }

    @Test("numbers beyond all bounds are not believed")
    func toleratesLargeNumbers() {
        let stream =
            frame(
                #"{"type":"response.created","sequence_number":9223372036854775807,"response":{"id":"r","created_at":1e300}}"#
            ) + frame(#"{"type":"response.output_text.delta","output_index":-9223372036854775808,"delta":"x"}"#)
        let decoded = DecodedResponses(stream)
        #expect(decoded.sequences == [nil, nil])
        #expect(decoded.failure?.kind == .prematureEnd)
        #expect(carryResponses(stream).contains("response.failed"))
    }

    @Test("a whole response becomes events")
    func readsUnary() throws {
        let body =
            #"{"id":"resp_1","object":"response","created_at":5.0,"status":"completed","error":null,"model":"gpt-5","output":[\#(ResponsesStreams.reasoningItem),\#(ResponsesStreams.message)],"service_tier":"auto","usage":\#(ResponsesStreams.usage)}"#
        #expect(
            try OpenAIResponsesUnaryDecoder.decode(bytes(body)) == [
                Self.started, .reasoningDelta(choice: 0, "first\n\nsecond"),
                .reasoningDetails(choice: 0, RawJSON(ResponsesStreams.reasoningItem)), .textDelta(choice: 0, "Hello"),
                .finished(choice: 0, .stop), Self.usage, .ended,
            ])
    }

    @Test(
        "a 200 that is no answer is a failure",
        arguments: [
            ("", .invalidResponse), ("null", .invalidResponse), ("{}", .invalidResponse),
            (#"{"output":{}}"#, .invalidResponse),
            (#"{"error":{"message":"no","code":"server_error"}}"#, .providerError),
            (#"{"status":"failed","error":{"code":"rate_limit_exceeded","message":"x"},"output":[]}"#, .rateLimited),
            (#"{"status":"cancelled","output":[]}"#, .providerError),
            (#"{"status":"in_progress","output":[]}"#, .invalidResponse), (#"{"detail":"no"}"#, .providerError),
        ] as [(String, Failure.Kind)])
    func refusesNonAnswers(_ body: String, _ kind: Failure.Kind) {
        #expect {
            _ = try OpenAIResponsesUnaryDecoder.decode(bytes(body))
        } throws: { error in
            let failure = error as? Failure
            return failure?.kind == kind && failure?.side == .provider && failure?.phase == .beforeOutput
        }
    }

    @Test("a response in the background is an answer before it has output")
    func acceptsBackground() throws {
        let events = try OpenAIResponsesUnaryDecoder.decode(
            bytes(#"{"id":"resp_1","status":"queued","background":true,"model":"m","output":[]}"#))
        #expect(events.last == .ended)
    }
}
