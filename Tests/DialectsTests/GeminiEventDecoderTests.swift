import Dialects
import Testing
import Transport

@Suite("Gemini event decoder")
struct GeminiEventDecoderTests {
    private static let started = Event.started(
        ResponseInfo(id: "r1", model: "gemini-2.5-flash", issuer: .gemini))
    private static let usage =
        #","usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":3,"cachedContentTokenCount":4,"totalTokenCount":18}"#
    /// A stream as Google sends it: thoughts, text, a call with its signature, usage in every chunk.
    static let stream =
        Gemini.frame(Gemini.chunk(#"{"text":"let me see","thought":true}"#, more: usage))
        + Gemini.frame(Gemini.chunk(#"{"text":"Héllo 😀"}"#, more: usage))
        + Gemini.frame(
            Gemini.chunk(
                #"{"functionCall":{"name":"f","args":{"a": 1.0,"s":"}\"{"}},"thoughtSignature":"c2ln"},{"functionCall":{"id":"x","name":"g"}}"#,
                finish: "STOP", more: usage))

    static let events: [Event] = [
        started, .reasoningDelta(choice: 0, "let me see"), .textDelta(choice: 0, "Héllo 😀"),
        .reasoningSignature(choice: 0, "c2ln"),
        .toolCallStarted(choice: 0, index: 0, id: "call_r1_0_0", name: "f", kind: .function),
        .toolCallArguments(choice: 0, index: 0, #"{"a": 1.0,"s":"}\"{"}"#),
        .toolCallStarted(choice: 0, index: 1, id: "x", name: "g", kind: .function),
        .toolCallArguments(choice: 0, index: 1, "{}"), .finished(choice: 0, .toolCalls),
        .usage(Usage(input: 10, output: 8, cacheRead: 4, reasoning: 3)), .ended,
    ]

    @Test("a stream becomes events")
    func decodes() {
        let decoded = Gemini.decode(Self.stream)
        #expect(decoded.events == Self.events)
        #expect(decoded.frames.joined() == Self.stream)
    }

    @Test("any split of the stream gives the same events and frames", arguments: [stream, array(stream), mixedLines])
    func survivesAnySplit(_ stream: String) {
        let whole = Gemini.decode(stream)
        #expect(whole.events == Self.events)
        let stream = bytes(stream)
        for cut in 0...stream.count {
            #expect(Gemini.decode([Array(stream[..<cut]), Array(stream[cut...])]) == whole, "split at \(cut)")
        }
        #expect(Gemini.decode(stream.map { [$0] }) == whole)
        var generator = SeededGenerator(11)
        for _ in 0..<50 {
            var pieces: [[UInt8]] = []
            var rest = stream[...]
            while !rest.isEmpty {
                let length = Int.random(in: 0...min(60, rest.count), using: &generator)
                pieces.append(Array(rest.prefix(length)))
                rest = rest.dropFirst(length)
            }
            #expect(Gemini.decode(pieces) == whole)
        }
    }

    /// The same answer in the array form, as Google prints it.
    static func array(_ stream: String) -> String {
        let objects = stream.split(separator: "\r\n\r\n").map {
            $0.dropFirst(6).replacing(#","role":"#, with: ",\n  \"role\":")
        }
        return "[" + objects.joined(separator: "\n,\r\n") + "\n]\n"
    }

    static let mixedLines = stream.replacing("\r\n\r\n", with: "\n\n\n\n").replacing("data: ", with: "data:")

    @Test("a cut stream is a failure, wherever it is cut", arguments: [stream, array(stream)])
    func reportsEveryCut(_ stream: String) {
        let stream = bytes(stream)
        // The last finish reason's object must be whole; what follows it are blanks, or the array's end.
        let last = (stream.lastIndex(of: UInt8(ascii: "}")) ?? 0) + (stream.first == UInt8(ascii: "[") ? 3 : 1)
        for length in 0..<last {
            #expect(Gemini.decode([Array(stream[..<length])]).failure?.kind == .prematureEnd, "cut at \(length)")
        }
        #expect(Gemini.decode([Array(stream[..<last])]).hasEnded)
    }

    @Test("the answer is complete when every candidate has a reason")
    func waitsForAll() {
        let first = Gemini.frame(Gemini.chunk(#"{"text":"x"}"#, finish: "STOP"))
        let second = Gemini.frame(Gemini.chunk(#"{"text":"y"}"#, index: 1))
        let last = Gemini.frame(Gemini.chunk(#"{"text":"z"}"#, finish: "MAX_TOKENS", index: 1))
        #expect(Gemini.decode(first).hasEnded)
        #expect(!Gemini.decode(first, choiceCount: 2).hasEnded)
        #expect(!Gemini.decode(first + second).hasEnded)
        #expect(Gemini.decode(first + second + last, choiceCount: 2).hasEnded)
        #expect(Gemini.decode(first + "data: [DONE]\n\n").hasEnded)
        #expect(Gemini.decode(first + "data: [DONE] \n\n").hasEnded)
    }

    @Test(
        "finish reasons keep their meaning",
        arguments: [
            ("STOP", .stop), ("MAX_TOKENS", .length), ("SAFETY", .contentFilter), ("RECITATION", .contentFilter),
            ("BLOCKLIST", .contentFilter), ("PROHIBITED_CONTENT", .contentFilter), ("SPII", .contentFilter),
            ("IMAGE_SAFETY", .contentFilter), ("MODEL_ARMOR", .contentFilter), ("LANGUAGE", .other("LANGUAGE")),
            ("MALFORMED_FUNCTION_CALL", .other("MALFORMED_FUNCTION_CALL")), ("OTHER", .other("OTHER")),
            ("FUTURE_REASON", .other("FUTURE_REASON")),
        ] as [(String, FinishReason)])
    func decodesFinish(_ word: String, _ reason: FinishReason) throws {
        let decoded = Gemini.decode(Gemini.frame(Gemini.chunk(#"{"text":"x"}"#, finish: word)))
        #expect(decoded.events.contains(.finished(choice: 0, reason)))
        #expect(decoded.hasEnded)
        // And the word survives in a body that is written from the events.
        let whole = try #require(answer(decoded.events))
        #expect(text(GeminiAnswerWriter.body(whole, fallback: Gemini.fallback)).contains(#""finishReason":"\#(word)""#))
    }

    @Test(
        "parts become events",
        arguments: [
            (#"{"text":""}"#, []), (#"{"text":" "}"#, [.textDelta(choice: 0, " ")]),
            (#"{"text":"","thoughtSignature":"c2ln"}"#, [.reasoningSignature(choice: 0, "c2ln")]),
            (
                #"{"inlineData":{"mimeType":"image/png","data":"AA-_"}}"#,
                [
                    .media(
                        choice: 0,
                        RawJSON(#"{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA+/"}}]}"#))
                ]
            ),
            (
                #"{"inlineData":{"mimeType":"audio/pcm","data":"AAAA"}}"#,
                [.media(choice: 0, RawJSON(#"{"audio":{"data":"AAAA","mime_type":"audio/pcm"}}"#))]
            ),
            (
                #"{"executableCode":{"code":"1"}}"#, [.media(choice: 0, RawJSON(#"{"executableCode":{"code":"1"}}"#))]
            ),
        ] as [(String, [Event])])
    func decodesParts(_ part: String, _ events: [Event]) {
        let decoded = Gemini.decode(Gemini.frame(Gemini.chunk(part, finish: "STOP")))
        #expect(decoded.events == [Self.started] + events + [.finished(choice: 0, .stop), .ended])
    }

    @Test("what a candidate says beside its content is kept")
    func decodesRemarks() {
        let decoded = Gemini.decode(
            Gemini.frame(
                Gemini.chunk(
                    #"{"text":"x"}"#, finish: "STOP",
                    beside:
                        #","groundingMetadata":{"a":1},"safetyRatings":[],"logprobsResult":{"topCandidates":[{"candidates":[{"token":"x","logProbability":-0.5}]}],"chosenCandidates":[{"token":"x","tokenId":1,"logProbability":-0.50}]}"#
                )))
        #expect(
            decoded.events.contains(
                .annotations(choice: 0, RawJSON(#"[{"type":"groundingMetadata","groundingMetadata":{"a":1}}]"#))))
        #expect(
            decoded.events.contains(
                .logprobs(
                    choice: 0,
                    RawJSON(
                        #"{"content":[{"token":"x","logprob":-0.50,"bytes":null,"top_logprobs":[{"token":"x","logprob":-0.5,"bytes":null}]}]}"#
                    ))))
    }

    @Test(
        "usage follows the one algebra",
        arguments: [
            (#"{"promptTokenCount":10}"#, Usage(input: 10)),
            (#"{"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":15}"#, Usage(input: 10, output: 5)),
            (
                #"{"promptTokenCount":10,"candidatesTokenCount":5,"thoughtsTokenCount":7,"totalTokenCount":22}"#,
                Usage(input: 10, output: 12, reasoning: 7)
            ),
            (
                #"{"promptTokenCount":10,"candidatesTokenCount":9,"thoughtsTokenCount":7,"totalTokenCount":19}"#,
                Usage(input: 10, output: 9, reasoning: 7)
            ),
            (
                #"{"promptTokenCount":10,"toolUsePromptTokenCount":3,"candidatesTokenCount":1,"cachedContentTokenCount":8,"totalTokenCount":14}"#,
                Usage(input: 13, output: 1, cacheRead: 8)
            ),
            (
                #"{"promptTokenCount":10,"candidatesTokenCount":5,"promptTokensDetails":[{"modality":"TEXT","tokenCount":6},{"modality":"AUDIO","tokenCount":4}]}"#,
                Usage(input: 10, output: 5, audioInput: 4)
            ),
        ])
    func readsUsage(_ metadata: String, _ usage: Usage) {
        let stream = Gemini.frame(
            Gemini.chunk(#"{"text":"x"}"#, finish: "STOP", more: #","usageMetadata":\#(metadata)"#))
        #expect(answer(Gemini.decode(stream).events)?.usage == usage)
        #expect(usage.isConsistent)
    }

    @Test("usage that comes after the finish reason, or before a cut, is told")
    func tellsLateUsage() {
        let last = #"{"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}"#
        let finished = Gemini.frame(Gemini.chunk(#"{"text":"x"}"#, finish: "STOP")) + Gemini.frame(last)
        #expect(Gemini.decode(finished).events.suffix(2) == [.usage(Usage(input: 1, output: 2)), .ended])
        let cut = Gemini.decode(Gemini.frame(Gemini.chunk(#"{"text":"x"}"#)) + Gemini.frame(last))
        #expect(cut.failure?.kind == .prematureEnd)
        #expect(cut.events.dropLast().last == .usage(Usage(input: 1, output: 2)))
    }

    @Test(
        "an error inside the stream is a failure with the provider's words, in whatever form it comes",
        arguments: [
            Gemini.frame(#"{"error":{"code":503,"message":"overloaded, sorry","status":"UNAVAILABLE"}}"#),
            "{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"overloaded, sorry\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n",
            "[{\n  \"error\": {\"code\": 503, \"message\": \"overloaded, sorry\", \"status\": \"UNAVAILABLE\"}\n}\n]",
        ])
    func reportsErrors(_ error: String) {
        for (before, phase) in [
            ("", Failure.Phase.beforeOutput), (Gemini.frame(Gemini.chunk(#"{"text":"x"}"#)), .afterOutput),
        ] {
            let stream = bytes(before + error)
            for cut in 0...stream.count {
                let decoded = Gemini.decode([Array(stream[..<cut]), Array(stream[cut...])])
                #expect(decoded.failure?.kind == .overloaded)
                #expect(decoded.failure?.message == "overloaded, sorry")
                #expect(decoded.failure?.type == "UNAVAILABLE")
                #expect(decoded.failure?.phase == phase)
                #expect(decoded.failure?.retry == (phase == .afterOutput ? .never : .otherLeg))
            }
        }
    }

    @Test("a blocked prompt is a failure, not an empty answer")
    func reportsBlocked() {
        let decoded = Gemini.decode(
            Gemini.frame(
                #"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT","safetyRatings":[]},"usageMetadata":{"promptTokenCount":5,"totalTokenCount":5},"modelVersion":"m"}"#
            ))
        #expect(decoded.failure?.kind == .contentBlocked)
        #expect(decoded.failure?.code == "PROHIBITED_CONTENT")
        #expect(decoded.failure?.retry == .never)
        #expect(decoded.events.contains(.usage(Usage(input: 5))))
    }

    @Test(
        "what makes no sense is a failure",
        arguments: [
            Gemini.frame("nonsense"), Gemini.frame("[1]"), "[7]", "[{}", Gemini.frame(#"{"candidates":[7]}"#),
            Gemini.frame(#"{"candidates":[{"index":4000}]}"#), Gemini.frame(Gemini.chunk("7")),
            Gemini.frame(Gemini.chunk(#"{"functionCall":{}}"#)), Gemini.frame("{}"), "", ": x\n\n", "[]",
        ])
    func refusesNonsense(_ stream: String) {
        #expect(Gemini.decode(stream).failure != nil)
    }
}
