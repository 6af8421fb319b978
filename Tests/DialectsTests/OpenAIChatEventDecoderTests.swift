import Dialects
import Testing
import Transport

@Suite("OpenAI Chat event decoder")
struct OpenAIChatEventDecoderTests {
    private static let usageChunk = frame(
        #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":2}}}"#
    )

    private static let usage = Usage(input: 10, output: 5, cacheRead: 4, reasoning: 2)

    private static let started = Event.started(ResponseInfo(id: "chatcmpl-1", model: "gpt", created: 1))

    @Test("a plain stream becomes its events, and its frames stay as they came")
    func decodesText() {
        let stream =
            chunk(#"{"role":"assistant","content":"","refusal":null}"#) + chunk(#"{"content":"Hel"}"#)
            + ": comment\n" + chunk(#"{"content":"lo\n"}"#) + chunk("{}", finish: "stop") + Self.usageChunk + done
        let decoded = decode(stream)
        #expect(
            decoded.events == [
                Self.started, .textDelta(choice: 0, "Hel"), .textDelta(choice: 0, "lo\n"),
                .finished(choice: 0, .stop), .usage(Self.usage), .ended,
            ])
        #expect(decoded.frames.joined() == stream)
        #expect(decoded.hidden == [false, false, false, false, true, false])
    }

    @Test(
        "deltas of every kind become events",
        arguments: [
            (#"{"reasoning_content":"r"}"#, [.reasoningDelta(choice: 0, "r")]),
            (
                #"{"reasoning":"r","reasoning_details":[{"text":"r"}]}"#,
                [.reasoningDelta(choice: 0, "r"), .reasoningDetails(choice: 0, RawJSON(#"[{"text":"r"}]"#))]
            ),
            (#"{"reasoning":"r","reasoning_content":"r"}"#, [.reasoningDelta(choice: 0, "r")]),
            (#"{"content":null,"reasoning_content":"","refusal":"no"}"#, [.refusalDelta(choice: 0, "no")]),
            (
                #"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"t"}]},{"type":"text","text":"x"}]}"#,
                [.reasoningDelta(choice: 0, "t"), .textDelta(choice: 0, "x")]
            ),
            (
                #"{"audio":{"id":"a","data":"AA=="}}"#,
                [.media(choice: 0, RawJSON(#"{"audio":{"id":"a","data":"AA=="}}"#))]
            ),
            (
                #"{"images":[{"type":"image_url"}]}"#,
                [.media(choice: 0, RawJSON(#"{"images":[{"type":"image_url"}]}"#))]
            ),
            (
                #"{"annotations":[{"type":"url_citation"}]}"#,
                [.annotations(choice: 0, RawJSON(#"[{"type":"url_citation"}]"#))]
            ),
            (
                #"{"function_call":{"name":"f","arguments":"{"}}"#,
                [
                    .toolCallStarted(choice: 0, index: 0, id: "", name: "f", kind: .legacyFunction),
                    .toolCallArguments(choice: 0, index: 0, "{"),
                ]
            ),
            (
                #"{"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"t","input":"x"}}]}"#,
                [
                    .toolCallStarted(choice: 0, index: 0, id: "c", name: "t", kind: .custom),
                    .toolCallArguments(choice: 0, index: 0, "x"),
                ]
            ),
        ] as [(String, [Event])])
    func decodesDeltas(_ delta: String, _ events: [Event]) {
        let decoded = decode(chunk(delta) + done)
        #expect(decoded.events == [Self.started] + events + [.ended])
    }

    @Test(
        "finish reasons keep their meaning",
        arguments: [
            ("stop", .stop), ("length", .length), ("tool_calls", .toolCalls), ("content_filter", .contentFilter),
            ("function_call", .functionCall), ("eos", .other("eos")),
        ] as [(String, FinishReason)])
    func decodesFinish(_ word: String, _ reason: FinishReason) {
        #expect(decode(chunk("{}", finish: word) + done).events.contains(.finished(choice: 0, reason)))
    }

    @Test(
        "usage is found wherever a provider puts it",
        arguments: [
            chunk("{}", finish: "stop", more: #","usage":{"prompt_tokens":3,"completion_tokens":4}"#),
            chunk(
                "{}", finish: "stop", more: #","x_groq":{"id":"r","usage":{"prompt_tokens":3,"completion_tokens":4}}"#),
            chunk(#"{"content":"x"}"#, more: #","usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}"#)
                + chunk(
                    "{}", finish: "stop", more: #","usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}"#),
        ])
    func findsUsage(_ stream: String) {
        #expect(answer(decode(stream + done).events)?.usage == Usage(input: 3, output: 4))
    }

    @Test("a null usage, and a frame about prompt filters, are carried and say nothing")
    func toleratesNullUsage() {
        let filters = frame(#"{"choices":[],"prompt_filter_results":[{"prompt_index":0}],"id":"","model":""}"#)
        let stream = filters + chunk(#"{"content":"x"}"#, finish: "stop", more: #","usage":null"#) + done
        let decoded = decode(stream)
        #expect(decoded.frames.joined() == stream)
        #expect(decoded.hidden == [false, false, false])
        #expect(decoded.hasEnded)
    }

    @Test("a stream that stops after every finish reason is complete without [DONE]")
    func toleratesMissingDone() {
        let stream = chunk(#"{"content":"x"}"#) + chunk("{}", finish: "stop")
        #expect(decode(stream).hasEnded)
        #expect(!decode(stream, choiceCount: 2).hasEnded)
        let second = chunk("{}", finish: "length", index: 1)
        #expect(decode(stream + second, choiceCount: 2).hasEnded)
        #expect(!decode(stream + chunk(#"{"content":"y"}"#, index: 1)).hasEnded)
    }

    @Test("an end mark or a whole chunk without its blank line still counts")
    func toleratesMissingBlankLine() {
        let stream = chunk(#"{"content":"x"}"#)
        #expect(decode(stream + "data: [DONE]").hasEnded)
        #expect(decode(stream + "data: [DONE]\n").hasEnded)
        let last = chunk("{}", finish: "stop")
        let decoded = decode(stream + last.dropLast(2))
        #expect(decoded.hasEnded)
        #expect(decoded.frames.joined() == stream + last)
        #expect(decode(stream + last.dropLast(3)).failure?.kind == .prematureEnd)
    }

    @Test("a cut stream is a failure, wherever it is cut")
    func reportsEveryCut() {
        let stream = bytes(
            chunk(#"{"role":"assistant","content":""}"#) + chunk(#"{"content":"hi"}"#) + chunk("{}", finish: "stop"))
        let enough = stream.count - 2
        let firstOutput = text(stream).firstRange(of: "hi").map { text(stream)[..<$0.upperBound].utf8.count } ?? 0
        for length in 0..<enough {
            let decoded = decode([Array(stream[..<length])])
            #expect(decoded.failure?.kind == .prematureEnd, "cut at \(length)")
            if length < firstOutput {
                #expect(decoded.failure?.phase == .beforeOutput)
                #expect(decoded.failure?.retry == .otherLeg)
            }
        }
        #expect(decode([stream]).hasEnded)
        let late = decode(chunk(#"{"content":"hi"}"#)).failure
        #expect(late?.phase == .afterOutput)
        #expect(late?.retry == .never)
    }

    @Test("a stream without any choice is no answer", arguments: ["", done, usageChunk + done, ": ping\n\n"])
    func refusesEmptyStreams(_ stream: String) {
        #expect(decode(stream).failure != nil)
    }

    @Test(
        "an error inside the stream is a failure with the provider's words",
        arguments: [
            (
                frame(#"{"error":{"message":"boom","type":"server_error","code":"oops","param":null}}"#), "boom",
                .providerError
            ),
            (frame(#"{"error":{"message":"slow down","code":429}}"#), "slow down", .rateLimited),
            (frame(#"{"error":"boom"}"#), "boom", .providerError),
            ("event: error\n" + frame(#"{"object":"error","message":"boom","code":400}"#), "boom", .invalidRequest),
            (frame(#"{"detail":"boom"}"#), "boom", .providerError),
            (chunk("{}", finish: "error"), "the provider ended its answer with an error", .providerError),
            (
                frame(
                    #"{"id":"1","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error","error":{"code":502,"message":"upstream died"}}]}"#
                ),
                "upstream died", .providerError
            ),
            (frame("not json"), "the provider's stream holds something that is not JSON", .invalidResponse),
            (frame("[1]"), "the provider's answer is not a JSON object", .invalidResponse),
            (
                frame(#"{"choices":[7]}"#), "the provider's answer holds a choice that is not an object",
                .invalidResponse
            ),
            (chunk("{}", index: 4000), "the provider's answer holds a choice with the index 4000", .invalidResponse),
            (chunk("{}", index: -1), "the provider's answer holds a choice with the index -1", .invalidResponse),
        ] as [(String, String, Failure.Kind)])
    func reportsErrors(_ stream: String, _ message: String, _ kind: Failure.Kind) {
        let before = decode(stream + chunk(#"{"content":"never seen"}"#) + done)
        #expect(before.failure?.message == message)
        #expect(before.failure?.kind == kind)
        #expect(before.failure?.side == .provider)
        #expect(before.failure?.phase == .beforeOutput)
        #expect(!before.frames.joined().contains("never seen"))
        let after = decode(chunk(#"{"content":"x"}"#) + stream + done)
        #expect(after.failure?.phase == .afterOutput)
        #expect(after.failure?.retry == .never)
    }

    @Test("a line beyond the limit is a failure")
    func boundsLines() {
        var decoder = OpenAIChatEventDecoder(limits: SSELimits(lineBytesMax: 64, eventBytesMax: 64))
        decoder.feed(bytes(chunk(#"{"content":"\#(String(repeating: "x", count: 100))"}"#)))
        let frame = decoder.next()
        #expect(frame?.bytes.isEmpty == true)
        guard case .failed(let failure)? = decoder.events.last else {
            Issue.record("no failure")
            return
        }
        #expect(failure.kind == .invalidResponse)
        #expect(decoder.isOver)
    }

    @Test("any split of the stream gives the same events and frames")
    func survivesAnySplit() {
        let stream = bytes(
            "\u{FEFF}" + chunk(#"{"role":"assistant","content":"é😀"}"#).replacing("\n", with: "\r\n")
                + ": OPENROUTER PROCESSING\n\n" + chunk(#"{"content":"b"}"#)
                + chunk(#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\""}}]}"#)
                + chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#)
                + chunk("{}", finish: "tool_calls") + Self.usageChunk + done)
        let whole = decode([stream])
        #expect(whole.hasEnded)
        for cut in 0...stream.count {
            #expect(decode([Array(stream[..<cut]), Array(stream[cut...])]) == whole, "split at \(cut)")
        }
        #expect(decode(stream.map { [$0] }) == whole)
        var generator = SeededGenerator(7)
        for _ in 0..<50 {
            var pieces: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let length = Int.random(in: 0...min(40, rest.count), using: &generator)
                pieces.append(Array(rest.prefix(length)))
                rest = rest.dropFirst(length)
            }
            #expect(decode(pieces) == whole)
        }
    }

    @Test("commit and win are decided by output alone")
    func judgesOutput() {
        let silent: [Event] = [
            Self.started, .textDelta(choice: 0, ""), .usage(Self.usage), .finished(choice: 0, .stop), .ended,
            .annotations(choice: 0, RawJSON("[]")), .logprobs(choice: 0, RawJSON("{}")),
            .failed(Failure(.timeout, "x")),
        ]
        for event in silent { #expect(!event.commits && !event.wins) }
        let blank: [Event] = [.textDelta(choice: 0, " \n\u{2003}"), .reasoningDelta(choice: 0, "\t")]
        for event in blank { #expect(event.commits && !event.wins) }
        let loud: [Event] = [
            .textDelta(choice: 0, "x"), .reasoningDelta(choice: 0, " x"), .refusalDelta(choice: 0, "no"),
            .toolCallStarted(choice: 0, index: 0, id: "", name: "f", kind: .function),
            .media(choice: 0, RawJSON("{}")),
        ]
        for event in loud { #expect(event.commits && event.wins) }
    }
}
