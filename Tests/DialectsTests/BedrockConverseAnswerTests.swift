import Dialects
import Testing
import Transport

@Suite("Bedrock Converse answers")
struct BedrockConverseAnswerTests {
    private static let started = Event.started(ResponseInfo(issuer: .bedrockConverse))
    private static let usage = Usage(input: 10, output: 9, cacheRead: 5, cacheWrite: 2)

    private static func failure(_ events: [Event]) -> Failure? {
        if case .failed(let failure)? = events.last { return failure }
        return nil
    }

    @Test(
        "blocks become events",
        arguments: [
            (
                converseBlock(0, #"{"text":"Hel"}"#, #"{"text":""}"#, #"{"text":"lo"}"#),
                [.textDelta(choice: 0, "Hel"), .textDelta(choice: 0, "lo")]
            ),
            (
                converseBlock(
                    0, #"{"reasoningContent":{"text":"hm"}}"#, #"{"reasoningContent":{"signature":"EqQB"}}"#),
                [.reasoningDelta(choice: 0, "hm"), .reasoningSignature(choice: 0, "EqQB")]
            ),
            (
                converseBlock(0, #"{"reasoningContent":{"redactedContent":"Emw="}}"#),
                [.reasoningDetails(choice: 0, RawJSON(#"[{"redactedContent":"Emw="}]"#))]
            ),
            (
                converseBlock(
                    0, start: #"{"toolUse":{"toolUseId":"tooluse_1","name":"f"}}"#,
                    #"{"toolUse":{"input":""}}"#, #"{"toolUse":{"input":"{\"a\": 1"}}"#, #"{"toolUse":{"input":".0}"}}"#
                )
                    + converseBlock(1, start: #"{"toolUse":{"toolUseId":"tooluse_2","name":"g"}}"#),
                [
                    .toolCallStarted(choice: 0, index: 0, id: "tooluse_1", name: "f", kind: .function),
                    .toolCallArguments(choice: 0, index: 0, #"{"a": 1"#),
                    .toolCallArguments(choice: 0, index: 0, ".0}"),
                    .toolCallStarted(choice: 0, index: 1, id: "tooluse_2", name: "g", kind: .function),
                    .toolCallArguments(choice: 0, index: 1, "{}"),
                ]
            ),
            (
                converseBlock(0, start: #"{"image":{"format":"png"}}"#, #"{"image":{"source":{"bytes":"iVBO"}}}"#),
                [
                    .media(
                        choice: 0,
                        RawJSON(#"{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]}"#))
                ]
            ),
            (
                converseBlock(0, #"{"citation":{"title":"x"}}"#),
                [.annotations(choice: 0, RawJSON(#"[{"title":"x"}]"#))]
            ),
            (converseEvent("somethingNew", "{}") + converseBlock(0, #"{"somethingNew":{}}"#), []),
        ] as [([UInt8], [Event])])
    func decodes(_ blocks: [UInt8], _ events: [Event]) {
        let stream = converseStart + blocks + converseEnd()
        let expected =
            [Self.started] + events + [.finished(choice: 0, .stop), .usage(Self.usage), .ended]
        #expect(decodeConverse([stream]) == expected)
        for size in [1, 3, 7, 64] {
            let pieces = stride(from: 0, to: stream.count, by: size).map {
                Array(stream[$0..<min(stream.count, $0 + size)])
            }
            #expect(decodeConverse(pieces) == expected, "pieces of \(size)")
        }
    }

    @Test(
        "why a message ended",
        arguments: [
            ("end_turn", .stop), ("tool_use", .toolCalls), ("max_tokens", .length), ("stop_sequence", .stop),
            ("guardrail_intervened", .contentFilter), ("content_filtered", .contentFilter),
            ("model_context_window_exceeded", .contextWindow), ("malformed_tool_use", .other("malformed_tool_use")),
        ] as [(String, FinishReason)])
    func finish(_ word: String, _ reason: FinishReason) {
        let events = decodeConverse([converseStart + converseEnd(word)])
        #expect(events.contains(.finished(choice: 0, reason)))
    }

    @Test("the stop sequence that ended a message is told where Claude tells it")
    func stopSequence() {
        let end = converseEvent(
            "messageStop",
            #"{"stopReason":"stop_sequence","additionalModelResponseFields":{"stop_sequence":"END"}}"#)
        #expect(decodeConverse([converseStart + end]).contains(.finished(choice: 0, .stopSequence("END"))))
    }

    @Test(
        "counts follow one algebra",
        arguments: [
            (#"{"inputTokens":3,"outputTokens":4,"totalTokens":7}"#, Usage(input: 3, output: 4)),
            (
                #"{"inputTokens":3,"outputTokens":392,"totalTokens":2193,"cacheReadInputTokens":1789,"cacheWriteInputTokens":9}"#,
                Usage(input: 1801, output: 392, cacheRead: 1789, cacheWrite: 9)
            ),
            (
                #"{"inputTokens":100,"outputTokens":4,"totalTokens":104,"cacheReadInputTokens":60,"cacheWriteInputTokens":0}"#,
                Usage(input: 100, output: 4, cacheRead: 60, cacheWrite: 0)
            ),
            (
                #"{"inputTokens":-3,"outputTokens":-4,"totalTokens":-7,"cacheReadInputTokens":-1}"#,
                Usage(input: 0, output: 0, cacheRead: 0)
            ),
        ] as [(String, Usage)])
    func counts(_ stated: String, _ usage: Usage) {
        let events = decodeConverse([converseStart + converseEnd(usage: stated)])
        #expect(events.contains(.usage(usage)))
        #expect(usage.isConsistent)
    }

    @Test("a stream without its end is not complete, wherever it stops")
    func prematureEnd() {
        let text = converseBlock(0, #"{"text":"Hello"}"#)
        for stream in [[], converseStart, converseStart + text, converseStart + text + converseEnd().prefix(20)] {
            let events = decodeConverse([stream])
            #expect(Self.failure(events)?.kind == .prematureEnd)
            #expect(!events.contains(.ended))
        }
        #expect(Self.failure(decodeConverse([converseStart + text]))?.phase == .afterOutput)
    }

    @Test("a stream that says why it ended is complete without counts; what follows the end is not read")
    func endWithoutCounts() {
        let stop = converseEvent("messageStop", #"{"stopReason":"end_turn"}"#)
        #expect(decodeConverse([converseStart + stop]) == [Self.started, .finished(choice: 0, .stop), .ended])
        let more = decodeConverse([converseStart + converseEnd() + converseException("throttlingException", "{}")])
        #expect(more.last == .ended)
        // The counts come behind the end, and half of them is a cut stream.
        #expect(Self.failure(decodeConverse([converseStart + converseEnd().dropLast()]))?.kind == .prematureEnd)
    }

    @Test("broken framing and broken JSON are invalid answers")
    func garbage() {
        var broken = converseStart + converseBlock(0, #"{"text":"Hello"}"#)
        broken[broken.count - 1] ^= 1
        #expect(Self.failure(decodeConverse([broken]))?.kind == .invalidResponse)
        #expect(Self.failure(decodeConverse([bytes("data: {}\n\ndata: [DONE]\n\n")]))?.kind == .invalidResponse)
        for payload in ["", "{", "[]", "\u{1}"] {
            let events = decodeConverse([converseStart + converseEvent("contentBlockDelta", payload)])
            #expect(Self.failure(events)?.kind == .invalidResponse, "\(payload)")
        }
        let orphan = converseEvent("contentBlockDelta", #"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{"}}}"#)
        #expect(Self.failure(decodeConverse([converseStart + orphan]))?.kind == .invalidResponse)
    }

    @Test(
        "exceptions inside a stream keep their kind and words",
        arguments: [
            ("throttlingException", .rateLimited), ("modelStreamErrorException", .providerError),
            ("internalServerException", .providerError), ("validationException", .invalidRequest),
            ("serviceUnavailableException", .overloaded), ("somethingNewException", .providerError),
        ] as [(String, Failure.Kind)])
    func exceptions(_ type: String, _ kind: Failure.Kind) throws {
        let exception = converseException(type, #"{"message":"not now","p":"ab"}"#)
        let early = try #require(Self.failure(decodeConverse([converseStart + exception])))
        #expect(early.kind == kind)
        #expect(early.message == "not now")
        #expect(early.type == type)
        #expect(early.phase == .beforeOutput)
        let late = try #require(
            Self.failure(decodeConverse([converseStart + converseBlock(0, #"{"text":"x"}"#) + exception])))
        #expect(late.phase == .afterOutput)
        #expect(late.retry == .never)
    }

    @Test("an error without a type of its own is told by its code and words")
    func unmodelledError() throws {
        let error = amazonMessage(
            [(":message-type", "error"), (":error-code", "InternalFailure"), (":error-message", "gone")], "")
        let failure = try #require(Self.failure(decodeConverse([error])))
        #expect(failure.kind == .providerError)
        #expect(failure.message == "gone")
    }

    // MARK: Whole answers

    @Test("a whole answer holds what its stream would")
    func whole() throws {
        let body = """
            {"metrics":{"latencyMs":5},"output":{"message":{"role":"assistant","content":[
            {"reasoningContent":{"reasoningText":{"text":"hm","signature":"EqQB"}}},
            {"reasoningContent":{"redactedContent":"Emw="}},{"text":"Hello"},
            {"toolUse":{"toolUseId":"t1","name":"f","input":{"big":12345678901234567890, "x": 1.0}}},
            {"citationsContent":{"content":[{"text":"cited"}],"citations":[{"title":"x"}]}},
            {"image":{"format":"jpeg","source":{"bytes":"AAAA"}}}]}},
            "stopReason":"tool_use",
            "usage":{"inputTokens":3,"outputTokens":9,"totalTokens":19,"cacheReadInputTokens":5,"cacheWriteInputTokens":2}}
            """
        #expect(
            try BedrockConverseUnaryDecoder.decode(bytes(body)) == [
                Self.started, .reasoningDelta(choice: 0, "hm"), .reasoningSignature(choice: 0, "EqQB"),
                .reasoningDetails(choice: 0, RawJSON(#"[{"redactedContent":"Emw="}]"#)), .textDelta(choice: 0, "Hello"),
                .toolCallStarted(choice: 0, index: 0, id: "t1", name: "f", kind: .function),
                .toolCallArguments(choice: 0, index: 0, #"{"big":12345678901234567890, "x": 1.0}"#),
                .textDelta(choice: 0, "cited"), .annotations(choice: 0, RawJSON(#"[{"title":"x"}]"#)),
                .media(
                    choice: 0,
                    RawJSON(#"{"images":[{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AAAA"}}]}"#)),
                .finished(choice: 0, .toolCalls), .usage(Self.usage), .ended,
            ])
    }

    @Test(
        "a 200 that holds no answer is none",
        arguments: [
            "", "{}", "[]", #"{"output":{}}"#, #"{"message":"no"}"#, #"{"output":{"message":{"content":[1]}}}"#,
        ])
    func noAnswer(_ body: String) {
        #expect(throws: Failure.self) { try BedrockConverseUnaryDecoder.decode(bytes(body)) }
    }

    // MARK: Errors

    @Test(
        "an error answer's type decides what it means",
        arguments: [
            (400, "ValidationException", "Input is too long for requested model.", .contextLength, 400),
            (
                400, "ValidationException", "The model returned the following errors: prompt is too long: 9 > 8",
                .contextLength, 400
            ),
            (400, "ValidationException", "Malformed input request", .invalidRequest, 400),
            (403, "AccessDeniedException", "You don't have access", .permission, 403),
            (403, "ExpiredTokenException", "expired", .authentication, nil),
            (403, "UnrecognizedClientException", "invalid", .authentication, nil),
            (403, "InvalidSignatureException", "no match", .authentication, nil),
            (404, "ResourceNotFoundException", "no model", .notFound, 404),
            (408, "ModelTimeoutException", "slow", .timeout, 408),
            (424, "ModelErrorException", "model failed", .providerError, nil),
            (429, "ThrottlingException", "Too many tokens, please wait", .rateLimited, 429),
            (429, "ModelNotReadyException", "loading", .overloaded, nil),
            (400, "ServiceQuotaExceededException", "quota", .quotaExhausted, nil),
            (500, "InternalServerException", "oops", .providerError, 500),
            (503, "ServiceUnavailableException", "later", .overloaded, 503),
            (418, "TeapotException", "short and stout", .invalidRequest, 418),
        ] as [(Int, String, String, Failure.Kind, Int?)])
    func errors(_ status: Int, _ type: String, _ message: String, _ kind: Failure.Kind, _ kept: Int?) {
        let header = "\(type):http://internal.amazon.com/coral/com.amazon.bedrock/"
        let words = message.replacing("\"", with: "\\\"")
        let byHeader = BedrockConverseErrors.failure(
            status: status, body: bytes(#"{"message":"\#(words)"}"#), errorType: bytes(header)[...],
            retryAfter: .seconds(3))
        let byBody = BedrockConverseErrors.failure(
            status: status, body: bytes(#"{"__type":"com.amazon.coral.service#\#(type)","Message":"\#(words)"}"#),
            errorType: nil, retryAfter: .seconds(3))
        for failure in [byHeader, byBody] {
            #expect(failure.kind == kind)
            #expect(failure.message == message)
            #expect(failure.type == type)
            #expect(failure.providerStatus == kept)
            #expect(failure.side == .provider)
            #expect(failure.retryAfter == .seconds(3))
        }
    }

    @Test("an error without a type, or without JSON, is told by its status")
    func untypedErrors() {
        let html = BedrockConverseErrors.failure(
            status: 503, body: bytes("<html><title>Service Unavailable</title></html>"), errorType: nil, retryAfter: nil
        )
        #expect(html.kind == .overloaded)
        #expect(html.message == "Service Unavailable")
        let empty = BedrockConverseErrors.failure(status: 429, body: [], errorType: nil, retryAfter: nil)
        #expect(empty.kind == .rateLimited)
    }
}
