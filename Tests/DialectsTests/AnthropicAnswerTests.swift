import Dialects
import Testing
import Transport

@Suite("Anthropic answers")
struct AnthropicAnswerTests {
    @Test("a whole message becomes the events of a stream that says the same")
    func decodesWhole() throws {
        let body = #"""
            {"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[
              {"type":"thinking","thinking":"hm","signature":"EqQB"},{"type":"text","text":"Hello","citations":null},
              {"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1.0, "big": 123456789012345678901}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}}],
             "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":2,"cache_read_input_tokens":5,"output_tokens":9,"service_tier":"standard"}}
            """#
        let events = try AnthropicUnaryDecoder.decode(bytes(body))
        let usage = Usage(input: 10, output: 9, cacheRead: 5, cacheWrite: 2)
        #expect(
            events == [
                .started(messagesInfo), .usage(usage), .reasoningDelta(choice: 0, "hm"),
                .reasoningSignature(choice: 0, "EqQB"), .textDelta(choice: 0, "Hello"),
                .toolCallStarted(choice: 0, index: 0, id: "toolu_1", name: "f", kind: .function),
                .toolCallArguments(choice: 0, index: 0, #"{"a": 1.0, "big": 123456789012345678901}"#),
                .toolCallStarted(choice: 0, index: 1, id: "toolu_2", name: "g", kind: .function),
                .toolCallArguments(choice: 0, index: 1, "{}"), .finished(choice: 0, .toolCalls), .ended,
            ])
        let collected = try #require(answer(events))
        let written = AnthropicAnswerWriter.body(collected, fallback: ResponseInfo())
        #expect(
            text(written)
                == #"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"thinking","thinking":"hm","signature":"EqQB"},{"type":"text","text":"Hello"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1.0, "big": 123456789012345678901}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":2,"cache_read_input_tokens":5,"output_tokens":9,"service_tier":"standard"}}"#
        )
        #expect(answer(decodeMessages(encodeMessages(events)).events) == collected)
    }

    @Test(
        "a 200 that holds an error, or no message, is a failure",
        arguments: [
            (#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, .overloaded),
            (#"{"error":{"message":"boom"}}"#, .providerError), ("{}", .invalidResponse), ("[]", .invalidResponse),
            ("", .invalidResponse), (#"{"type":"message","content":"x"}"#, .invalidResponse),
            (#"{"type":"message","content":[7]}"#, .invalidResponse),
            (#"{"type":"message","content":[{}]}"#, .invalidResponse),
        ] as [(String, Failure.Kind)])
    func refuses(_ body: String, _ kind: Failure.Kind) {
        let failure = #expect(throws: Failure.self) { try AnthropicUnaryDecoder.decode(bytes(body)) }
        #expect(failure?.kind == kind)
        #expect(failure?.phase == .beforeOutput)
    }

    /// What a chat stream becomes for a Messages client.
    private func translated(_ stream: String) -> (frames: String, decoded: Decoded) {
        let frames = encodeMessages(decode(stream).events)
        return (frames, decodeMessages(frames))
    }

    @Test("a chat stream becomes the whole lifecycle of a message")
    func translatesStream() {
        let chat =
            chunk(#"{"role":"assistant","content":""}"#) + chunk(#"{"reasoning_content":"hm"}"#)
            + chunk(#"{"content":"Hel"}"#) + chunk(#"{"content":"lo"}"#) + chunk("{}", finish: "length")
            + frame(
                #"{"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":4}}}"#
            ) + done
        let start = event(
            "message_start",
            #""message":{"id":"chatcmpl-1","type":"message","role":"assistant","model":"gpt","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":null,"cache_read_input_tokens":null,"output_tokens":0}}"#
        )
        let end =
            event(
                "message_delta",
                #""delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"input_tokens":3,"cache_creation_input_tokens":null,"cache_read_input_tokens":4,"output_tokens":2}"#
            ) + event("message_stop")
        #expect(
            translated(chat).frames
                == start
                + block(
                    0, #"{"type":"thinking","thinking":"","signature":""}"#,
                    #"{"type":"thinking_delta","thinking":"hm"}"#) + textBlock(1) + end)
    }

    @Test("reasoning comes before the text, wherever a chat answer has it")
    func translatesReasoningFirst() throws {
        let message = #"{"role":"assistant","content":"Hi","reasoning_content":"hm","refusal":null}"#
        let whole = try OpenAIChatUnaryDecoder.decode(
            bytes(#"{"id":"c","model":"m","choices":[{"index":0,"message":\#(message),"finish_reason":"stop"}]}"#))
        let body = try JSONDocument(
            parsing: AnthropicAnswerWriter.body(#require(answer(whole)), fallback: ResponseInfo()))
        #expect(body.root["content"]?.elements.map { $0["type"]?.string } == ["thinking", "text"])

        let stream =
            frame(#"{"id":"c","choices":[{"index":0,"delta":\#(message),"finish_reason":null}]}"#)
            + chunk("{}", finish: "stop") + done
        for frames in [encodeMessages(whole), translated(stream).frames] {
            #expect(answer(decodeMessages(frames).events)?.choices[0].pieces.map(\.kind) == [.reasoning, .text])
        }
    }

    @Test("calls whose arguments arrive mixed become blocks one after the other, with the same arguments")
    func translatesMixedCalls() {
        func call(_ index: Int, _ arguments: String, id: String? = nil) -> String {
            let head = id.map { #""id":"\#($0)","type":"function","# } ?? ""
            let name = id == nil ? "" : #""name":"f","#
            return chunk(
                #"{"tool_calls":[{"index":\#(index),\#(head)"function":{\#(name)"arguments":"\#(arguments)"}}]}"#)
        }
        let (frames, decoded) = translated(
            call(0, "", id: "a") + call(1, #"{\"x\":"#, id: "b") + call(0, #"{\"y\":\"}\""#) + call(1, "1")
                + call(0, "}") + chunk(#"{"content":"text"}"#) + call(1, "}") + chunk("{}", finish: "stop") + done)
        #expect(decoded.hasEnded)
        let collected = answer(decoded.events)
        let pieces = collected?.choices[0].pieces ?? []
        #expect(pieces.map(\.kind) == [.toolCall, .toolCall, .text])
        #expect(pieces.map(\.callID) == ["a", "b", ""])
        #expect(pieces.map(\.text) == [#"{"y":"}"}"#, #"{"x":1}"#, "text"])
        #expect(collected?.choices[0].finish == .toolCalls)
        // One block is open at a time, and their indices count up.
        var open: String?
        var next = 0
        for line in frames.split(separator: "\n") where line.hasPrefix("data: ") {
            if line.contains("content_block_start") {
                #expect(open == nil)
                open = #""index":\#(next),"#
                next += 1
            }
            if line.contains("content_block_"), let open, !line.contains("_stop") { #expect(line.contains(open)) }
            if line.contains("content_block_stop") { open = nil }
        }
        #expect(next == 3)
    }

    @Test("calls that come one after the other go out as they come")
    func streamsCalls() {
        var encoder = AnthropicStreamEncoder(includeUsage: true, fallback: ResponseInfo())
        func encode(_ event: Event) -> String {
            var output: [UInt8] = []
            encoder.encode(event, into: &output)
            return text(output)
        }
        _ = encode(.toolCallStarted(choice: 0, index: 0, id: "a", name: "f", kind: .function))
        #expect(encode(.toolCallArguments(choice: 0, index: 0, "{")).contains(#""partial_json":"{""#))
        #expect(encode(.toolCallArguments(choice: 0, index: 0, "}")).contains(#""partial_json":"}""#))
        let second = encode(.toolCallStarted(choice: 0, index: 1, id: "", name: "g", kind: .custom))
        #expect(second.hasPrefix(event("content_block_stop", #""index":0"#)))
        #expect(second.contains(#""id":"toolu_lip_1""#))
        #expect(encode(.toolCallArguments(choice: 0, index: 1, "free\n")).isEmpty)
        #expect(encode(.ended).contains(#""partial_json":"{\"input\":\"free\\n\"}""#))
    }

    @Test("refusals, and calls that end with the wrong reason, end as this dialect's clients expect")
    func settlesReasons() {
        let refused = translated(chunk(#"{"refusal":"no"}"#) + chunk("{}", finish: "stop") + done).frames
        #expect(refused.contains(#""delta":{"type":"text_delta","text":"no"}"#))
        #expect(refused.contains(#""stop_reason":"refusal""#))
        let filtered = translated(chunk(#"{"content":"x"}"#) + chunk("{}", finish: "content_filter") + done).frames
        #expect(filtered.contains(#""stop_reason":"refusal""#))
        let empty = translated(chunk(#"{"content":""}"#) + chunk("{}", finish: "stop") + done)
        #expect(empty.decoded.hasEnded)
        #expect(!empty.frames.contains("content_block"))
    }

    @Test("seals of other dialects are shown marked, and are known again when they return")
    func marksSeals() throws {
        let info = ResponseInfo(id: "r", model: "m", issuer: .gemini)
        let events: [Event] = [
            .started(info), .reasoningDelta(choice: 0, "hm"), .reasoningSignature(choice: 0, "sig"),
            .reasoningDetails(choice: 0, RawJSON(#"{"a":"b"}"#)), .textDelta(choice: 0, "x"),
            .media(choice: 0, RawJSON("{}")),
            .finished(choice: 0, .stop), .ended,
        ]
        let collected = try #require(answer(events))
        let body = text(AnthropicAnswerWriter.body(collected, fallback: ResponseInfo()))
        let content =
            #"[{"type":"thinking","thinking":"hm","signature":"lip1:gemini:sig"},{"type":"redacted_thinking","data":"lip1:gemini:{\"a\":\"b\"}"},{"type":"text","text":"x"}]"#
        #expect(body.contains(#""content":\#(content)"#))
        #expect(encodeMessages(events).contains(#"{"type":"signature_delta","signature":"lip1:gemini:sig"}"#))
        let returned = try messagesCall(messagesRequest(messages: #"[{"role":"assistant","content":\#(content)}]"#))
        #expect(
            returned.body().messages[0].parts.prefix(2).map(\.content) == [
                .reasoning(Reasoning(text: "hm", signature: "sig", issuer: .gemini)),
                .reasoning(Reasoning(text: "", block: RawJSON(#"{"a":"b"}"#), issuer: .gemini)),
            ])
    }

    @Test("a Messages stream becomes a chat stream")
    func becomesChat() {
        let stream =
            messageStart
            + block(
                0, #"{"type":"thinking","thinking":"","signature":""}"#, #"{"type":"thinking_delta","thinking":"hm"}"#,
                #"{"type":"signature_delta","signature":"EqQB"}"#) + textBlock(1)
            + block(
                2, #"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#,
                #"{"type":"input_json_delta","partial_json":"{}"}"#)
            + block(3, #"{"type":"tool_use","id":"toolu_1","name":"f","input":{}}"#)
            + messageEnd("tool_use")
        let chat = text(encodeStream(decodeMessages(stream).events))
        let decoded = decode(chat)
        #expect(decoded.hasEnded)
        #expect(!chat.contains("content_block"))
        let collected = answer(decoded.events)
        #expect(collected?.choices[0].pieces.map(\.text) == ["hm", "Hello", "{}"])
        #expect(collected?.choices[0].finish == .toolCalls)
        #expect(collected?.usage == Usage(input: 10, output: 9, cacheRead: 5, cacheWrite: 2))
    }

    @Test(
        "Anthropic's clients get its type for the status, whatever another provider calls the error",
        arguments: [
            (401, "invalid_request_error", "authentication_error"), (403, "invalid_request_error", "permission_error"),
            (404, "invalid_request_error", "not_found_error"), (404, "NOT_FOUND", "not_found_error"),
            (413, "invalid_request_error", "request_too_large"), (429, "invalid_request_error", "rate_limit_error"),
            (429, "tokens", "rate_limit_error"), (400, "invalid_request_error", "invalid_request_error"),
            (409, "invalid_request_error", "conflict_error"), (422, "x", "invalid_request_error"),
            (503, "api_error", "api_error"), (529, "overloaded_error", "api_error"),
            (500, "server_error", "api_error"), (502, "upstream", "api_error"),
        ])
    func typesOtherProvidersErrors(_ status: Int, _ given: String, _ expected: String) throws {
        let body = #"{"error":{"message":"boom","type":"\#(given)","param":null,"code":null}}"#
        let failure = ProviderErrorReader.failure(status: status, body: bytes(body))
        let shown = try JSONDocument(parsing: AnthropicErrors.render(failure).body)
        #expect(shown.root["error"]?["type"]?.string == expected)
    }

    @Test(
        "keys that were all refused are no overload, and legs that rest are",
        arguments: [(502, "api_error"), (503, "overloaded_error")])
    func tellsRefusedKeys(_ status: Int, _ type: String) throws {
        let failure = Failure(.unavailable, "no key", side: .gateway, retry: .never, status: status)
        let (shown, body) = AnthropicErrors.render(failure)
        #expect(shown == status)
        #expect(try JSONDocument(parsing: body).root["error"]?["type"]?.string == type)
    }

    @Test("an error inside a stream keeps Anthropic's own type, and another provider's code")
    func keepsWords() {
        #expect(text(AnthropicErrors.body(Failure(.overloaded, "x"))).contains(#""type":"overloaded_error""#))
        #expect(text(AnthropicErrors.body(Failure(.overloaded, "x", type: "tokens"))).contains(#""overloaded_error""#))
        let own = Failure(.providerError, "x", type: "overloaded_error")
        #expect(text(AnthropicErrors.body(own)).contains(#""type":"overloaded_error""#))
        let coded = Failure(.contextLength, "x", code: "context_length_exceeded")
        #expect(
            text(AnthropicErrors.body(coded))
                == #"{"type":"error","error":{"type":"invalid_request_error","message":"x","details":{"error_code":"context_length_exceeded"}}}"#
        )
    }

    @Test(
        "Anthropic's errors are understood",
        arguments: [
            (400, "invalid_request_error", "messages: text content blocks must be non-empty", .invalidRequest, 400),
            (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum", .contextLength, 400),
            (
                400, "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", .contextLength, 400
            ),
            (
                400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.",
                .quotaExhausted, 400
            ),
            (401, "authentication_error", "invalid x-api-key", .authentication, 401),
            (402, "billing_error", "pay", .quotaExhausted, 402), (403, "permission_error", "no", .permission, 403),
            (404, "not_found_error", "model: x", .notFound, 404), (413, "request_too_large", "x", .tooLarge, 413),
            (429, "rate_limit_error", "slow", .rateLimited, 429), (500, "api_error", "x", .providerError, 502),
            (504, "timeout_error", "x", .timeout, 504), (529, "overloaded_error", "Overloaded", .overloaded, 502),
        ] as [(Int, String, String, Failure.Kind, Int)])
    func readsErrors(_ status: Int, _ type: String, _ message: String, _ kind: Failure.Kind, _ shown: Int) {
        let body = #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"},"request_id":"req_1"}"#
        let failure = ProviderErrorReader.failure(status: status, body: bytes(body))
        #expect(failure.kind == kind)
        #expect(failure.status == shown)
        #expect(failure.message == message)
        #expect(failure.type == type)
    }

    @Test("a spending limit is no rate limit")
    func readsSpendingLimit() {
        let body =
            #"{"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}"#
        #expect(ProviderErrorReader.failure(status: 429, body: bytes(body)).kind == .quotaExhausted)
    }
}
