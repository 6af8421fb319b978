import Dialects
import Testing
import Transport

@Suite("Anthropic streams")
struct AnthropicStreamTests {
    private static let started: [Event] = [
        .started(messagesInfo), .usage(Usage(input: 10, output: 1, cacheRead: 5, cacheWrite: 2)),
    ]
    private static let ending: [Event] = [
        .finished(choice: 0, .stop), .usage(Usage(input: 10, output: 9, cacheRead: 5, cacheWrite: 2)), .ended,
    ]

    @Test(
        "content blocks become events",
        arguments: [
            (textBlock(), [.textDelta(choice: 0, "Hel"), .textDelta(choice: 0, "lo")]),
            (event("ping") + textBlock(0, "a\\n", ""), [.textDelta(choice: 0, "a\n")]),
            (
                block(
                    0, #"{"type":"thinking","thinking":"","signature":""}"#,
                    #"{"type":"thinking_delta","thinking":"hm"}"#, #"{"type":"signature_delta","signature":"EqQB"}"#),
                [.reasoningDelta(choice: 0, "hm"), .reasoningSignature(choice: 0, "EqQB")]
            ),
            (
                block(0, #"{"type":"redacted_thinking","data":"Emw"}"#),
                [.reasoningDetails(choice: 0, RawJSON(#"[{"type":"redacted_thinking","data":"Emw"}]"#))]
            ),
            (
                block(
                    0, #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#,
                    #"{"type":"input_json_delta","partial_json":""}"#,
                    #"{"type":"input_json_delta","partial_json":"{\"a\": 1"}"#,
                    #"{"type":"input_json_delta","partial_json":".0}"}"#),
                [
                    .toolCallStarted(choice: 0, index: 0, id: "toolu_1", name: "f", kind: .function),
                    .toolCallArguments(choice: 0, index: 0, #"{"a": 1"#),
                    .toolCallArguments(choice: 0, index: 0, ".0}"),
                ]
            ),
            (
                block(0, #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#)
                    + block(1, #"{"type":"tool_use","id":"toolu_2","name":"g","input":{"b": 2}}"#),
                [
                    .toolCallStarted(choice: 0, index: 0, id: "toolu_1", name: "f", kind: .function),
                    .toolCallArguments(choice: 0, index: 0, "{}"),
                    .toolCallStarted(choice: 0, index: 1, id: "toolu_2", name: "g", kind: .function),
                    .toolCallArguments(choice: 0, index: 1, #"{"b": 2}"#),
                ]
            ),
            (
                block(
                    0, #"{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{}}"#,
                    #"{"type":"input_json_delta","partial_json":"{\"query\":\"q\"}"}"#)
                    + block(1, #"{"type":"web_search_tool_result","tool_use_id":"srv_1","content":[]}"#),
                [
                    .media(
                        choice: 0,
                        RawJSON(
                            #"{"content_block":{"type":"server_tool_use","id":"srv_1","name":"web_search","input":{"query":"q"}}}"#
                        )),
                    .media(
                        choice: 0,
                        RawJSON(
                            #"{"content_block":{"type":"web_search_tool_result","tool_use_id":"srv_1","content":[]}}"#)),
                ]
            ),
            (
                block(
                    0, #"{"type":"text","text":""}"#,
                    #"{"type":"citations_delta","citation":{"type":"page_location","cited_text":"x"}}"#),
                [.annotations(choice: 0, RawJSON(#"[{"type":"page_location","cited_text":"x"}]"#))]
            ),
            (event("content_block_pause", #""index":0"#), []),
        ] as [(String, [Event])])
    func decodes(_ blocks: String, _ events: [Event]) {
        let decoded = decodeMessages(messageStart + blocks + messageEnd())
        #expect(decoded.events == Self.started + events + Self.ending)
        #expect(decoded.frames.joined() == messageStart + blocks + messageEnd())
    }

    @Test(
        "stop reasons keep their meaning",
        arguments: [
            ("end_turn", .stop), ("max_tokens", .length), ("tool_use", .toolCalls), ("pause_turn", .pause),
            ("refusal", .refusal), ("model_context_window_exceeded", .contextWindow),
            ("stop_sequence", .stopSequence("END")), ("compaction", .other("compaction")),
        ] as [(String, FinishReason)])
    func decodesReasons(_ word: String, _ reason: FinishReason) {
        let end = messageEnd(word, sequence: word == "stop_sequence" ? #""END""# : "null")
        let decoded = decodeMessages(messageStart + textBlock() + end)
        #expect(decoded.events.contains(.finished(choice: 0, reason)))
        let rebuilt = encodeMessages(decoded.events)
        #expect(rebuilt.contains(#""stop_reason":"\#(word)""#))
        #expect(decodeMessages(rebuilt).events.contains(.finished(choice: 0, reason)))
    }

    @Test("counts that come in parts are one usage, whose input holds what the cache read and wrote")
    func addsUsage() {
        let later = event(
            "message_delta",
            #""delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":0,"output_tokens":20,"cache_read_input_tokens":50,"output_tokens_details":{"thinking_tokens":12}}"#
        )
        let usage = answer(decodeMessages(messageStart + textBlock() + later + event("message_stop")).events)?.usage
        #expect(usage == Usage(input: 55, output: 20, cacheRead: 50, cacheWrite: 2, reasoning: 12))
        #expect(usage?.uncachedInput == 3)
        #expect(usage?.isConsistent == true)
    }

    @Test("a carried stream arrives byte for byte, whatever its fields and spacing")
    func carries() {
        let stream =
            messageStart + event("ping") + textBlock()
            + block(1, #"{"type":"novel","x":[1.00]}"#, #"{"type":"novel_delta","y":1}"#) + messageEnd()
        #expect(carryMessages(stream) == stream)
        let odd = stream.replacing("\n", with: "\r\n").replacing("data: {", with: "id: 5\r\ndata:{ ")
        #expect(carryMessages(odd) == odd)
    }

    @Test("a stream that says why it ended is complete without its last event, which the client gets all the same")
    func completesStream() {
        let stream = messageStart + textBlock() + messageEnd()
        let cut = stream.replacing(event("message_stop"), with: "")
        #expect(decodeMessages(cut).hasEnded)
        #expect(carryMessages(cut) == stream)
        #expect(carryMessages(String(stream.dropLast(2))) == stream)
    }

    @Test("a cut stream is a failure, wherever it is cut, and never looks finished")
    func reportsEveryCut() {
        let stream = bytes(messageStart + textBlock())
        let firstOutput = text(stream).firstRange(of: "Hel\"}}").map { text(stream)[..<$0.upperBound].utf8.count } ?? 0
        for length in 0...stream.count {
            let decoded = decodeMessages([Array(stream[..<length])])
            #expect(decoded.failure?.kind == .prematureEnd, "cut at \(length)")
            if length < firstOutput { #expect(decoded.failure?.retry == .otherLeg) }
        }
        let shown = carryMessages(text(stream))
        #expect(
            shown.hasPrefix(text(stream) + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\""))
        #expect(!shown.contains("message_stop"))
        let late = decodeMessages(text(stream)).failure
        #expect(late?.phase == .afterOutput)
        #expect(late?.retry == .never)
    }

    @Test(
        "an error inside the stream is a failure with the provider's words",
        arguments: [
            (event("error", #""error":{"type":"overloaded_error","message":"Overloaded"}"#), .overloaded, "Overloaded"),
            (event("error", #""error":{"type":"rate_limit_error","message":"slow"}"#), .rateLimited, "slow"),
            (event("error", #""error":{"type":"api_error","message":"boom"}"#), .providerError, "boom"),
            (event("error", #""error":{"type":"timeout_error","message":"late"}"#), .timeout, "late"),
            (event("error", #""error":{"type":"billing_error","message":"pay"}"#), .quotaExhausted, "pay"),
            (
                event("error", #""error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}"#),
                .contextLength, "prompt is too long: 9 > 8"
            ),
            ("data: {\"error\":{\"message\":\"boom\"}}\n\n", .providerError, "boom"),
            ("data: x\n\n", .invalidResponse, "the provider's stream holds something that is not JSON"),
            (
                "data: 1\n\n", .invalidResponse, "the provider's stream holds an event that is not a JSON object"
            ),
            (
                event("content_block_start", #""index":9"#), .invalidResponse,
                "the provider's stream holds a content_block_start without a block"
            ),
        ] as [(String, Failure.Kind, String)])
    func reportsErrors(_ stream: String, _ kind: Failure.Kind, _ message: String) {
        let before = decodeMessages(messageStart + stream + textBlock(0, "never") + messageEnd())
        #expect(before.failure?.kind == kind)
        #expect(before.failure?.message == message)
        #expect(before.failure?.side == .provider)
        #expect(before.failure?.phase == .beforeOutput)
        #expect(!before.frames.joined().contains("never"))
        #expect(decodeMessages(messageStart + textBlock() + stream).failure?.phase == .afterOutput)
    }

    @Test("content before the message begins, or no content at all, is no answer")
    func refusesOther() {
        #expect(decodeMessages(textBlock()).failure?.kind == .invalidResponse)
        #expect(decodeMessages("").failure?.kind == .prematureEnd)
        #expect(decodeMessages(event("ping")).failure?.kind == .prematureEnd)
    }

    @Test("any split of the stream gives the same events and frames")
    func survivesAnySplit() {
        let stream = bytes(
            "\u{FEFF}" + messageStart.replacing("\n", with: "\r\n") + ": x\n\n" + textBlock(0, "é😀", "b")
                + block(
                    1, #"{"type":"tool_use","id":"c","name":"f","input":{}}"#,
                    #"{"type":"input_json_delta","partial_json":"{\"a\""}"#,
                    #"{"type":"input_json_delta","partial_json":":1}"}"#)
                + messageEnd("tool_use"))
        let whole = decodeMessages([stream])
        #expect(whole.hasEnded)
        for cut in 0...stream.count {
            #expect(decodeMessages([Array(stream[..<cut]), Array(stream[cut...])]) == whole, "split at \(cut)")
        }
        #expect(decodeMessages(stream.map { [$0] }) == whole)
    }

    @Test("what is rebuilt from a stream's events holds the same answer")
    func rebuilds() throws {
        let stream =
            messageStart
            + block(
                0, #"{"type":"thinking","thinking":"","signature":""}"#, #"{"type":"thinking_delta","thinking":"hm"}"#,
                #"{"type":"signature_delta","signature":"EqQB"}"#)
            + block(1, #"{"type":"redacted_thinking","data":"Emw"}"#) + textBlock(2)
            + block(
                3, #"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#,
                #"{"type":"input_json_delta","partial_json":"{\"q\":1.0}"}"#)
            + block(4, #"{"type":"web_search_tool_result","tool_use_id":"s","content":[]}"#)
            + block(
                5, #"{"type":"text","text":""}"#, #"{"type":"text_delta","text":"x"}"#,
                #"{"type":"citations_delta","citation":{"type":"a"}}"#)
            + block(
                6, #"{"type":"tool_use","id":"c","name":"f","input":{}}"#,
                #"{"type":"input_json_delta","partial_json":"{\"a\": 1.0}"}"#)
            + messageEnd("tool_use")
        let events = decodeMessages(stream).events
        let rebuilt = encodeMessages(events)
        let again = decodeMessages(rebuilt)
        #expect(again.hasEnded)
        #expect(answer(again.events) == answer(events))
        let collected = try #require(answer(events))
        let body = AnthropicAnswerWriter.body(collected, fallback: ResponseInfo())
        #expect(answer(try AnthropicUnaryDecoder.decode(body)) == collected)
        #expect(
            rebuilt.hasPrefix("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\""))
        #expect(
            rebuilt.contains(
                #""usage":{"input_tokens":3,"cache_creation_input_tokens":2,"cache_read_input_tokens":5,"output_tokens":9}"#
            ))
    }

    @Test("nothing is written after the end")
    func staysOver() {
        var encoder = AnthropicStreamEncoder(includeUsage: true, fallback: ResponseInfo())
        var output: [UInt8] = []
        encoder.encode(.ended, into: &output)
        #expect(encoder.isOver)
        let written = output
        encoder.encode(.textDelta(choice: 0, "x"), into: &output)
        encoder.fail(Failure(.timeout, "x"), into: &output)
        encoder.carry(AnswerFrame(bytes: [1]), [], into: &output)
        #expect(output == written)
    }

    @Test("a keep-alive is a ping, which clients and decoders skip")
    func keepsAlive() {
        var output = bytes(messageStart)
        AnthropicStreamEncoder.keepAlive(into: &output)
        #expect(text(output).hasSuffix("event: ping\ndata: {\"type\": \"ping\"}\n\n"))
        #expect(
            decodeMessages(text(output) + textBlock() + messageEnd()).events
                == decodeMessages(messageStart + textBlock() + messageEnd()).events)
    }
}
