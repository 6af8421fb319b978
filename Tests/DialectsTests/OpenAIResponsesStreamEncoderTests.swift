import Dialects
import Testing
import Transport

@Suite("OpenAI Responses stream writing")
struct OpenAIResponsesStreamEncoderTests {
    private static let chat: [Event] = [
        .started(ResponseInfo(id: "chatcmpl-abc", model: "gpt", created: 3)), .reasoningDelta(choice: 0, "hm"),
        .textDelta(choice: 0, "Hel"), .textDelta(choice: 0, "lo"),
        .toolCallStarted(choice: 0, index: 0, id: "c1", name: "f", kind: .function),
        .toolCallArguments(choice: 0, index: 0, "{"),
        .toolCallStarted(choice: 0, index: 1, id: "c2", name: "c", kind: .custom),
        .toolCallArguments(choice: 0, index: 1, "x"), .toolCallArguments(choice: 0, index: 0, "}"),
        .finished(choice: 0, .toolCalls), .usage(Usage(input: 3, output: 2)), .ended,
    ]

    @Test("events of another dialect become the whole lifecycle, without a gap in its numbers")
    func writesLifecycle() throws {
        let objects = try responsesObjects(encodeResponses(Self.chat))
        #expect(
            objects.compactMap { $0["type"]?.string?.replacing("response.", with: "") } == [
                "created", "in_progress", "output_item.added", "reasoning_summary_part.added",
                "reasoning_summary_text.delta", "reasoning_summary_text.done", "reasoning_summary_part.done",
                "output_item.done", "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
                "output_text.done", "content_part.done", "output_item.done", "output_item.added",
                "function_call_arguments.delta", "output_item.added", "custom_tool_call_input.delta",
                "function_call_arguments.delta", "function_call_arguments.done", "output_item.done",
                "custom_tool_call_input.done", "output_item.done", "completed",
            ])
        #expect(objects.compactMap { $0["sequence_number"]?.int } == Array(0..<objects.count))
        let response = try #require(objects.last?["response"])
        #expect(response["id"]?.string == "resp_abc")
        #expect(response["status"]?.string == "completed")
        #expect(response["created_at"]?.int == 3)
        #expect(
            response["output"]?.elements.compactMap { $0["type"]?.string } == [
                "reasoning", "message", "function_call", "custom_tool_call",
            ])
        #expect(response["output"]?[2]?["arguments"]?.string == "{}")
        #expect(response["usage"]?["total_tokens"]?.int == 5)
        for object in objects where object["item_id"] != nil {
            let index = try #require(object["output_index"]?.int)
            #expect(object["item_id"]?.string == response["output"]?[index]?["id"]?.string)
        }
    }

    @Test(
        "the end says how the answer ended",
        arguments: [
            (.stop, "completed", nil, "completed"), (.length, "incomplete", "max_output_tokens", "incomplete"),
            (.contentFilter, "incomplete", "content_filter", "incomplete"),
            (.refusal, "incomplete", "content_filter", "incomplete"),
            (.pause, "incomplete", nil, "completed"), (nil, "completed", nil, "completed"),
        ] as [(FinishReason?, String, String?, String)])
    func writesEnding(_ reason: FinishReason?, _ status: String, _ detail: String?, _ item: String) throws {
        var events: [Event] = [.textDelta(choice: 0, "x")]
        if let reason { events.append(.finished(choice: 0, reason)) }
        let last = try #require(try responsesObjects(encodeResponses(events + [.ended])).last)
        #expect(last["type"]?.string == "response.\(status)")
        let response = last["response"]
        #expect(response?["status"]?.string == status)
        #expect(response?["incomplete_details"]?["reason"]?.string == detail)
        #expect(response?["output"]?[0]?["status"]?.string == item)
    }

    @Test(
        "a refusal without a part of refusal is incomplete, one with such a part is complete, streamed and whole",
        arguments: [
            (.textDelta(choice: 0, "Once"), "incomplete", "content_filter"), (nil, "incomplete", "content_filter"),
            (.refusalDelta(choice: 0, "I won't"), "completed", nil),
        ] as [(Event?, String, String?)])
    func tellsRefusals(_ said: Event?, _ status: String, _ reason: String?) throws {
        let events: [Event] =
            [.started(ResponseInfo(id: "r", model: "m"))] + [said].compactMap { $0 }
            + [.finished(choice: 0, .refusal)]
        let last = try #require(try responsesObjects(encodeResponses(events + [.ended])).last)
        #expect(last["type"]?.string == "response.\(status)")
        let whole = try JSONDocument(
            parsing: OpenAIResponsesAnswerWriter.body(try #require(answer(events)), fallback: ResponseInfo()))
        for response in [try #require(last["response"]), whole.root] {
            #expect(response["status"]?.string == status)
            #expect(response["incomplete_details"]?["reason"]?.string == reason)
        }
    }

    @Test("a failure ends the stream once, with what was begun left incomplete")
    func writesFailure() throws {
        var encoder = OpenAIResponsesStreamEncoder(includeUsage: false, fallback: responsesFallback)
        var output: [UInt8] = []
        for event in Self.chat.prefix(3) { encoder.encode(event, into: &output) }
        encoder.fail(Failure(.rateLimited, "slow down"), into: &output)
        #expect(encoder.isOver)
        let count = output.count
        encoder.encode(.textDelta(choice: 0, "late"), into: &output)
        encoder.encode(.ended, into: &output)
        #expect(output.count == count)
        let objects = try responsesObjects(output)
        #expect(objects.compactMap { $0["sequence_number"]?.int } == Array(0..<objects.count))
        let response = try #require(objects.last?["response"])
        #expect(objects.last?["type"]?.string == "response.failed")
        #expect(response["status"]?.string == "failed")
        #expect(response["error"]?["code"]?.string == "rate_limit_exceeded")
        #expect(response["error"]?["message"]?.string == "slow down")
        #expect(response["output"]?.elements.compactMap { $0["status"]?.string } == ["completed", "incomplete"])
        #expect(DecodedResponses([output]).failure?.kind == .rateLimited)
    }

    @Test("a failure before anything else is a stream of its own")
    func writesEarlyFailure() throws {
        let objects = try responsesObjects(encodeResponses([.failed(Failure(.timeout, "late"))]))
        #expect(
            objects.compactMap { $0["type"]?.string } == [
                "response.created", "response.in_progress", "response.failed",
            ])
        #expect(Set(objects.compactMap { $0["response"]?["id"]?.string }) == ["resp_f"])
    }

    @Test(
        "a stream of the same dialect is carried byte for byte",
        arguments: [
            ResponsesStreams.text, ResponsesStreams.tools, ResponsesStreams.text.replacing("\n", with: "\r\n"),
        ])
    func carries(_ stream: String) {
        #expect(carryResponses(stream) == stream)
    }

    @Test("what a carried stream breaks off with counts on, under the same id")
    func failsCarriedStreams() throws {
        let frames = ResponsesStreams.text.split(separator: "\n\n").prefix(5).map { "\($0)\n\n" }.joined()
        for ending in ["", frame(#"{"type":"error","code":"server_error","message":"boom","sequence_number":5}"#)] {
            let output = carryResponses(frames + ending)
            #expect(output.hasPrefix(frames))
            let added = try responsesObjects(bytes(String(output.dropFirst(frames.count))))
            #expect(added.count == 1)
            #expect(added[0]["type"]?.string == "response.failed")
            #expect(added[0]["sequence_number"]?.int == 5)
            #expect(added[0]["response"]?["id"]?.string == "resp_1")
            #expect(added[0]["response"]?["model"]?.string == "gpt-5")
        }
    }

    @Test("keep-alives are comments")
    func keepsAlive() {
        var output: [UInt8] = []
        OpenAIResponsesStreamEncoder.keepAlive(into: &output)
        #expect(text(output) == ": keepalive\n\n")
        #expect(DecodedResponses(text(output) + ResponsesStreams.text).hasEnded)
    }

    @Test("a response repeats its request, and has OpenAI's defaults for the rest")
    func echoes() throws {
        let call = try responsesCall(
            responsesRequest(
                #""instructions":"be \u0062rief","temperature":0.50,"tools":[{"type":"function","name":"f","parameters":{}}],"tool_choice":"required","metadata":{"a":"b"},"store":true"#
            ))
        let objects = try responsesObjects(encodeResponses(Self.chat, echo: OpenAIResponsesEcho(call)))
        for response in objects.compactMap({ $0["response"] }) {
            #expect(response["instructions"].map { text($0.raw) } == #""be \u0062rief""#)
            #expect(response["temperature"].map { text($0.raw) } == "0.50")
            #expect(response["tools"]?[0]?["name"]?.string == "f")
            #expect(response["tool_choice"]?.string == "required")
            #expect(response["metadata"]?["a"]?.string == "b")
            #expect(response["top_p"]?.double == 1)
            #expect(response["parallel_tool_calls"]?.bool == true)
            #expect(response["store"]?.bool == false)
        }
        var changed = call
        changed.replaceBody(call.body())
        let again = try responsesObjects(encodeResponses(Self.chat, echo: OpenAIResponsesEcho(changed)))
        #expect(again.last?["response"]?["instructions"]?.string == "be brief")
        #expect(again.last?["response"]?["tool_choice"]?.string == "required")
    }

    @Test("line ends in what is repeated do not break the stream's frames")
    func keepsFramesWhole() throws {
        let call = try responsesCall(
            responsesRequest(
                "\"tools\":[\r\n  {\"type\":\"function\",\n\n\"name\":\"f\"}\n],\"metadata\":{\n\"a\":\"x\\ny\"}"))
        let item = #"{"output_item":{"type":"web_search_call","# + "\n\n" + #""id":"ws_1"}}"#
        let stream = encodeResponses(
            [.media(choice: 0, RawJSON(item)), .textDelta(choice: 0, "x"), .ended], echo: OpenAIResponsesEcho(call))
        let objects = try responsesObjects(stream)
        #expect(objects.count == 11)
        #expect(objects.last?["response"]?["tools"]?[0]?["name"]?.string == "f")
        #expect(objects.last?["response"]?["metadata"]?["a"]?.string == "x\ny")
        #expect(objects.last?["response"]?["output"]?[0]?["id"]?.string == "ws_1")
    }

    @Test("sealed reasoning of this dialect stays whole, and does not reach chat clients")
    func keepsItsReasoning() throws {
        let events: [Event] = [
            .started(ResponseInfo(id: "resp_1", issuer: .openAIResponses)),
            .reasoningDetails(choice: 0, RawJSON(ResponsesStreams.reasoningItem)), .textDelta(choice: 0, "x"), .ended,
        ]
        let response = try #require(try responsesObjects(encodeResponses(events)).last?["response"])
        #expect(response["output"]?.count == 2)
        #expect(response["output"]?[0].map { text($0.raw) } == ResponsesStreams.reasoningItem)
        #expect(!text(encodeStream(events)).contains("gAAA"))
        var collector = OpenAIChatCollector(fallback: fallback)
        for event in events { try collector.append(event) }
        #expect(!text(try collector.body()).contains("gAAA"))
    }

    @Test("seals of other dialects are shown with their issuer, and go back only to it")
    func returnsForeignSeals() throws {
        let events: [Event] = [
            .started(ResponseInfo(id: "msg_1", issuer: .anthropicMessages)), .reasoningDelta(choice: 0, "hm"),
            .reasoningSignature(choice: 0, "Eq"), .reasoningSignature(choice: 0, "AB"),
            .reasoningDetails(choice: 0, RawJSON(#"[{"type":"redacted_thinking","data":"zz"}]"#)),
            .textDelta(choice: 0, "x"), .finished(choice: 0, .stop), .ended,
        ]
        let response = try #require(try responsesObjects(encodeResponses(events)).last?["response"])
        let collected = OpenAIResponsesAnswerWriter.body(try #require(answer(events)), fallback: responsesFallback)
        #expect(text(response.raw) == text(collected))
        #expect(
            response["output"]?.elements.compactMap { $0["encrypted_content"]?.string } == [
                "lip1:anthropic-messages:EqAB",
                #"lip1:anthropic-messages:{"type":"redacted_thinking","data":"zz"}"#,
            ])
        let output = try #require(response["output"]).elements.map { text($0.raw) }.joined(separator: ",")
        let call = try responsesCall(responsesRequest(input: "[\(output),{\"role\":\"user\",\"content\":\"go\"}]"))
        #expect(call.features.contains(.foreignReasoning))
        #expect(
            call.body().messages.first?.parts.map(\.content) == [
                .reasoning(Reasoning(text: "hm", signature: "EqAB", issuer: .anthropicMessages)),
                .reasoning(
                    Reasoning(
                        text: "", block: RawJSON(#"{"type":"redacted_thinking","data":"zz"}"#),
                        issuer: .anthropicMessages)), .text("x"),
            ])
        let own = try OpenAIResponsesRequestEncoder.encode(call, as: "m", stream: false)
        #expect(own.droppedFields == ["input[0]", "input[1]"])
        #expect(!text(own.body).contains("EqAB"))
        let issuer = try AnthropicRequestEncoder.encode(call, as: "claude-sonnet-4-5", stream: false)
        #expect(text(issuer.body).contains(#""signature":"EqAB""#))
        #expect(text(issuer.body).contains(#"{"type":"redacted_thinking","data":"zz"}"#))
        #expect(issuer.droppedFields.allSatisfy { !$0.hasPrefix("input") })
    }

    @Test("an Anthropic client gives this dialect's sealed reasoning back to it")
    func returnsThroughAnthropic() throws {
        var encoder = AnthropicStreamEncoder(includeUsage: true, fallback: responsesFallback)
        var output: [UInt8] = []
        for event in DecodedResponses(ResponsesStreams.tools).events { encoder.encode(event, into: &output) }
        #expect(text(output).contains("lip1:openai-responses:"))
        var decoder = AnthropicEventDecoder()
        decoder.feed(output)
        var blocks: [String] = []
        while decoder.next() != nil {
            for case .reasoningDetails(_, let raw) in decoder.events {
                blocks += try JSONDocument(parsing: raw.bytes).root.elements.map { text($0.raw) }
            }
        }
        #expect(blocks.count == 1)
        let call = try AnthropicRequestDecoder.decode(
            bytes(
                #"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[\#(blocks.joined()),{"type":"text","text":"a"}]},{"role":"user","content":"go"}]}"#
            ))
        let encoded = try OpenAIResponsesRequestEncoder.encode(call, as: "m", stream: false)
        #expect(text(encoded.body).contains(ResponsesStreams.reasoningItem))
        #expect(encoded.droppedFields.isEmpty)
    }

    @Test("what is streamed and what is collected are the same answer", arguments: 0..<60)
    func collects(seed: Int) throws {
        var generator = SeededGenerator(UInt64(seed))
        let events = ResponsesEvents.generate(&generator)
        let expected = try #require(answer(events))
        let stream = encodeResponses(events)
        let objects = try responsesObjects(stream)
        #expect(objects.compactMap { $0["sequence_number"]?.int } == Array(0..<objects.count))
        let streamed = try #require(objects.last?["response"])
        let collected = OpenAIResponsesAnswerWriter.body(expected, fallback: responsesFallback)
        #expect(text(streamed.raw) == text(collected))
        // Split anywhere and read again, it says the same.
        let cut = Int.random(in: 0...stream.count, using: &generator)
        let decoded = DecodedResponses([Array(stream[..<cut]), Array(stream[cut...])])
        let unary = try OpenAIResponsesUnaryDecoder.decode(collected)
        for again in [try #require(answer(decoded.events)), try #require(answer(unary))] {
            for kind in [Answer.Piece.Kind.text, .reasoning, .refusal, .toolCall] {
                func said(_ answer: Answer) -> [String] {
                    let pieces = answer.choices.first?.pieces.filter { $0.kind == kind } ?? []
                    return kind == .toolCall
                        ? pieces.map { "\($0.callID) \($0.callName) \($0.callKind) \($0.text)" }
                        : [pieces.map(\.text).joined()]
                }
                #expect(said(again) == said(expected))
            }
            #expect(again.usage == expected.usage)
            #expect(again.isComplete)
        }
    }

    @Test("citations and log probabilities stay with their text")
    func keepsRemarks() throws {
        let events: [Event] = [
            .textDelta(choice: 0, "a"),
            .annotations(
                choice: 0,
                RawJSON(
                    #"[{"type":"url_citation","url_citation":{"start_index":0,"end_index":1,"title":"t","url":"u"}},{"type":"x"}]"#
                )), .logprobs(choice: 0, RawJSON(#"{"content":[{"token":"a","logprob":-1.50}],"refusal":null}"#)),
            .toolCallStarted(choice: 0, index: 0, id: "c", name: "f", kind: .function), .textDelta(choice: 0, "b"),
            .ended,
        ]
        let stream = encodeResponses(events)
        let response = try #require(try responsesObjects(stream).last?["response"])
        let part = response["output"]?[0]?["content"]?[0]
        #expect(
            part?["annotations"].map { text($0.raw) }
                == #"[{"type":"url_citation","start_index":0,"end_index":1,"title":"t","url":"u"}]"#)
        #expect(part?["logprobs"].map { text($0.raw) } == #"[{"token":"a","logprob":-1.50}]"#)
        let collected = OpenAIResponsesAnswerWriter.body(
            try #require(answer(events)), fallback: responsesFallback)
        #expect(text(response.raw) == text(collected))
    }

    @Test("an answer without end is bounded")
    func boundsAnswers() throws {
        var encoder = OpenAIResponsesStreamEncoder(includeUsage: true, fallback: responsesFallback)
        let piece = String(repeating: "x", count: 8 << 20)
        var output: [UInt8] = []
        for _ in 0..<9 {
            output.removeAll()
            encoder.encode(.textDelta(choice: 0, piece), into: &output)
        }
        #expect(encoder.isOver)
    }
}

/// Answers made at random.
enum ResponsesEvents {
    /// The events of one answer with usage and an end.
    static func generate(_ generator: inout SeededGenerator) -> [Event] {
        var events: [Event] = [.started(ResponseInfo(id: "chatcmpl-9", model: "m", created: 4))]
        let words = ["a", "é", "😀", "\n", "\"", "\\", " ", "{", "}"]
        func text() -> String {
            (0..<Int.random(in: 0...4, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
                .joined()
        }
        var callCount = 0
        for _ in 0..<Int.random(in: 0...12, using: &generator) {
            switch Int.random(in: 0...5, using: &generator) {
            case 0, 1: events.append(.textDelta(choice: 0, text()))
            case 2: events.append(.reasoningDelta(choice: 0, text()))
            case 3: events.append(.refusalDelta(choice: 0, text()))
            case 4 where callCount > 0:
                let index = Int.random(in: 0..<callCount, using: &generator)
                events.append(.toolCallArguments(choice: 0, index: index, text()))
            default:
                let kind: ToolKind = Bool.random(using: &generator) ? .function : .custom
                events.append(
                    .toolCallStarted(
                        choice: 0, index: callCount, id: "c\(callCount)", name: "f\(callCount)", kind: kind))
                callCount += 1
            }
        }
        let reasons: [FinishReason] = [.stop, .length, .toolCalls, .contentFilter]
        events.append(.finished(choice: 0, reasons.randomElement(using: &generator) ?? .stop))
        events.append(.usage(Usage(input: 9, output: 4, cacheRead: 2, cacheWrite: 1, reasoning: 3)))
        events.append(.ended)
        return events
    }
}
