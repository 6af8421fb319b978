import Dialects
import Testing
import Transport

@Suite("Whole answers put together from frames")
struct CarriedAnswerTests {
    // MARK: - OpenAI

    @Test("A collected chat completion is the one that the provider answers unary calls with")
    func chat() throws {
        let body = try collected(
            .openAIChat,
            frame(
                #"{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#
            ),
            frame(
                #"{"id":"c1","object":"chat.completion.chunk","created":7,"model":"gpt","service_tier":"flex","system_fingerprint":"fp","obfuscation":"x","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":{"content":[],"refusal":null},"finish_reason":null}],"usage":null}"#
            ),
            frame(
                #"{"id":"c1","object":"chat.completion.chunk","created":8,"model":"gpt","choices":[{"index":0,"delta":{"content":"Caf\u00e9 \ud83e"},"logprobs":{"content":[{"token":"C","logprob":-0.10}],"refusal":null},"content_filter_results":{"hate":{"filtered":false}},"finish_reason":null}]}"#
            ),
            frame(
                #"{"id":"c1","object":"chat.completion.chunk","created":9,"model":"gpt","choices":[{"index":0,"delta":{"content":"\udd8a","annotations":[{"type":"url_citation"}]},"logprobs":{"content":[{"token":"!","logprob":-1e-3}],"refusal":null},"finish_reason":null}]}"#
            ),
            frame(
                #"{"id":"c1","object":"chat.completion.chunk","created":9,"model":"gpt","choices":[{"index":0,"delta":{},"finish_reason":"stop","native_finish_reason":"end_turn"}]}"#
            ),
            frame(
                #"{"id":"c1","object":"chat.completion.chunk","created":9,"model":"gpt","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":0.00012345678901234567}}"#
            ), done)
        try expect(
            body,
            #"{"prompt_filter_results":[{"prompt_index":0}],"id":"c1","object":"chat.completion","created":7,"model":"gpt","service_tier":"flex","system_fingerprint":"fp","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"cost":0.00012345678901234567},"choices":[{"index":0,"message":{"role":"assistant","content":"Caf\u00e9 \ud83e\udd8a","refusal":null,"annotations":[{"type":"url_citation"}]},"logprobs":{"content":[{"token":"C","logprob":-0.10},{"token":"!","logprob":-1e-3}],"refusal":null},"finish_reason":"stop","content_filter_results":{"hate":{"filtered":false}},"native_finish_reason":"end_turn"}]}"#
        )
    }

    @Test("Tool calls are put together with what only their provider knows of them")
    func chatCalls() throws {
        let body = try collected(
            .openAIChat,
            chunk(
                #"{"role":"assistant","content":"","tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""},"extra_content":{"google":{"thought_signature":"c2ln"}}}]}"#
            ),
            chunk(#"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{\"x\""}}]}"#),
            chunk(#"{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}"#),
            chunk(#"{"tool_calls":[{"index":1,"function":{"name":"g","arguments":"{}"}}]}"#),
            chunk("{}", finish: "tool_calls"), done)
        try expect(
            body,
            #"{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"},"extra_content":{"google":{"thought_signature":"c2ln"}}},{"id":"call_chatcmpl-1_0_1","type":"function","function":{"name":"g","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"}]}"#
        )
    }

    @Test("Calls that share an index are told apart by their ids")
    func chatCallsOfOneIndex() throws {
        let body = try collected(
            .openAIChat,
            chunk(#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}"#),
            chunk(#"{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{}"}}]}"#),
            chunk("{}", finish: "tool_calls"), done)
        let calls = try document(body).root.path("choices", 0, "message", "tool_calls")
        #expect(calls?.elements.map { $0["id"]?.string } == ["a", "b"])
    }

    @Test("Structured reasoning is joined by its index, under the names that its provider uses")
    func chatReasoning() throws {
        let body = try collected(
            .openAIChat,
            chunk(
                #"{"role":"assistant","content":"","reasoning":"Let ","reasoning_details":[{"type":"reasoning.text","text":"Let ","format":"anthropic-claude-v1","index":0}]}"#
            ),
            chunk(
                #"{"reasoning":"me","reasoning_details":[{"type":"reasoning.text","text":"me","format":"anthropic-claude-v1","index":0}]}"#
            ),
            chunk(
                #"{"reasoning_details":[{"type":"reasoning.text","signature":"c2ln","format":"anthropic-claude-v1","index":0}]}"#
            ),
            chunk(#"{"content":"Hi"}"#), chunk("{}", finish: "stop"), done)
        let message = try document(body).root.path("choices", 0, "message")
        #expect(message?["reasoning"]?.string == "Let me")
        #expect(message?["reasoning_content"] == nil)
        #expect(
            message?["reasoning_details"].map { text($0.raw) }
                == #"[{"type":"reasoning.text","text":"Let me","format":"anthropic-claude-v1","index":0,"signature":"c2ln"}]"#
        )
    }

    @Test("A content that comes in parts stays in parts")
    func chatContentParts() throws {
        let body = try collected(
            .openAIChat, chunk(#"{"role":"assistant","content":""}"#),
            chunk(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Let "}]}]}"#),
            chunk(#"{"content":[{"type":"thinking","thinking":[{"type":"text","text":"me"}]}]}"#),
            chunk(#"{"content":"H"}"#), chunk(#"{"content":"i"}"#), chunk("{}", finish: "stop"), done)
        let content = try document(body).root.path("choices", 0, "message", "content")
        #expect(
            content.map { text($0.raw) }
                == #"[{"type":"thinking","thinking":[{"type":"text","text":"Let me"}]},{"type":"text","text":"Hi"}]"#)
    }

    @Test("Alternatives are put together each by itself, in the order of their indices")
    func chatChoices() throws {
        let body = try collected(
            .openAIChat, chunk(#"{"content":"b"}"#, index: 1), chunk(#"{"content":"a"}"#),
            chunk(#"{"content":"B"}"#, index: 1), chunk("{}", finish: "length"), chunk("{}", finish: "stop", index: 1),
            done, choiceCount: 2)
        let choices = try document(body).root["choices"]
        #expect(choices?.elements.map { $0.path("message", "content")?.string } == ["a", "bB"])
        #expect(choices?.elements.map { $0["finish_reason"]?.string } == ["length", "stop"])
    }

    @Test("A collected completion of a prompt keeps its log probabilities")
    func completion() throws {
        let body = try collected(
            .openAICompletions,
            frame(
                #"{"id":"cmpl","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[-1.0]},"finish_reason":null}]}"#
            ),
            frame(
                #"{"id":"cmpl","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"b","logprobs":{"tokens":["b"],"token_logprobs":[-2.0]},"finish_reason":"stop"}]}"#
            ), done)
        try expect(
            body,
            #"{"id":"cmpl","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"ab","logprobs":{"tokens":["a","b"],"token_logprobs":[-1.0,-2.0]},"finish_reason":"stop"}]}"#
        )
    }

    @Test("A collected completion of a prompt is one without a word, and without its chunks' naming themselves")
    func silentCompletion() throws {
        let body = try collected(
            .openAICompletions,
            frame(#"{"id":"cmpl","created":1,"model":"m","choices":[{"index":0,"text":null,"finish_reason":"stop"}]}"#),
            done)
        try expect(
            body,
            #"{"id":"cmpl","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"","finish_reason":"stop","logprobs":null}]}"#
        )
    }

    @Test("A text that was begun is not taken back by a later value that is none")
    func textBesideOtherValues() throws {
        let completion = try collected(
            .openAICompletions, frame(#"{"choices":[{"index":0,"text":"a"}]}"#),
            frame(#"{"choices":[{"index":0,"text":0,"finish_reason":"stop"}]}"#), done)
        #expect(try document(completion).root.path("choices", 0, "text")?.string == "a")
        let chat = try collected(
            .openAIChat, chunk(#"{"content":"a"}"#), chunk(#"{"content":false}"#, finish: "stop"), done)
        #expect(try document(chat).root.path("choices", 0, "message", "content")?.string == "a")
    }

    // MARK: - Responses

    @Test("A collected response is the object of the last event, byte for byte")
    func response() throws {
        let whole =
            #"{ "id":"resp_1","status":"completed","model":"m","x_big":12345678901234567890,"output":[{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3} }"#
        let body = try collected(
            .openAIResponses,
            frame(
                #"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"m","output":[]}}"#),
            frame(
                #"{"type":"response.output_text.delta","sequence_number":1,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hi"}"#
            ), frame(#"{"type":"response.completed","sequence_number":2,"response":\#(whole)}"#))
        #expect(text(body) == whole)
    }

    @Test("A response whose last event leaves the output out gets the items that were done")
    func responseWithoutOutput() throws {
        let item =
            #"{"type":"message","id":"msg_1","role":"assistant","status":"completed","x":1e2,"content":[{"type":"output_text","text":"Hi","annotations":[]}]}"#
        let body = try collected(
            .openAIResponses,
            frame(#"{"type":"response.output_item.done","sequence_number":0,"output_index":0,"item":\#(item)}"#),
            frame(
                #"{"type":"response.completed","sequence_number":1,"response":{"id":"resp_1","status":"completed","output":[],"x":[1]}}"#
            ))
        #expect(text(body) == #"{"id":"resp_1","status":"completed","x":[1],"output":[\#(item)]}"#)
    }

    // MARK: - Anthropic

    @Test("What is said of a block that never began, or of no block by number, is in the collected message")
    func messageOfUnopenedBlocks() throws {
        let body = try collected(
            .anthropicMessages, messageStart,
            event("content_block_delta", #""index":1,"delta":{"type":"thinking_delta","thinking":"Hm"}"#),
            event("content_block_delta", #""index":1,"delta":{"type":"signature_delta","signature":"c2ln"}"#),
            event("content_block_delta", #""delta":{"type":"text_delta","text":"Hel"}"#),
            event("content_block_delta", #""delta":{"type":"text_delta","text":"lo"}"#), messageEnd())
        let content = try document(body).root["content"]
        #expect(
            content.map { text($0.raw) }
                == #"[{"type":"thinking","thinking":"Hm","signature":"c2ln"},{"type":"text","text":"Hello"}]"#)
    }

    @Test("An event that names itself only outside of its object is taken for what it is")
    func messageOfNamedEvents() throws {
        let body = try collected(
            .anthropicMessages, messageStart,
            "event: content_block_start\ndata: {\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
            "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n",
            "event: later\ndata: {\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"?\"}}\n\n", messageEnd())
        #expect(try document(body).root["content"].map { text($0.raw) } == #"[{"type":"text","text":"Hi"}]"#)
    }

    @Test("A collected message keeps what its start, its blocks and its end say, each citation in its own block")
    func message() throws {
        let body = try collected(
            .anthropicMessages,
            event(
                "message_start",
                #""message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"stop_sequence":null,"container":null,"x":1.50,"usage":{"input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":2},"output_tokens":1,"service_tier":"standard"}}"#
            ), event("ping"),
            block(
                0, #"{"type":"thinking","thinking":"","signature":""}"#,
                #"{"type":"thinking_delta","thinking":"Hm"}"#, #"{"type":"signature_delta","signature":"c2ln"}"#),
            block(1, #"{"type":"text","text":""}"#, #"{"type":"text_delta","text":"The grass is "}"#),
            block(
                2, #"{"type":"text","text":"","citations":[]}"#,
                #"{"type":"citations_delta","citation":{"type":"char_location","cited_text":"green","document_index":0}}"#,
                #"{"type":"text_delta","text":"green"}"#),
            block(3, #"{"type":"text","text":""}"#, #"{"type":"text_delta","text":"."}"#),
            block(
                4, #"{"type":"tool_use","id":"t","name":"f","input":{},"caller":{"type":"direct"}}"#,
                #"{"type":"input_json_delta","partial_json":""}"#,
                #"{"type":"input_json_delta","partial_json":"{\"x\":"}"#,
                #"{"type":"input_json_delta","partial_json":"1.0}"}"#),
            event(
                "message_delta",
                #""delta":{"stop_reason":"tool_use","stop_sequence":null,"container":{"id":"c"}},"usage":{"input_tokens":0,"output_tokens":9,"server_tool_use":{"web_search_requests":1}},"context_management":{"applied_edits":[]}"#
            ), event("message_stop"))
        try expect(
            body,
            #"{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[{"type":"thinking","thinking":"Hm","signature":"c2ln"},{"type":"text","text":"The grass is "},{"type":"text","text":"green","citations":[{"type":"char_location","cited_text":"green","document_index":0}]},{"type":"text","text":"."},{"type":"tool_use","id":"t","name":"f","input":{"x":1.0},"caller":{"type":"direct"}}],"stop_reason":"tool_use","stop_sequence":null,"container":{"id":"c"},"x":1.50,"usage":{"input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":2},"output_tokens":9,"service_tier":"standard","server_tool_use":{"web_search_requests":1}},"context_management":{"applied_edits":[]}}"#
        )
    }

    // MARK: - Gemini

    @Test("A collected answer of Gemini keeps grounding, seals and all parts, its texts joined")
    func gemini() throws {
        let body = try collected(
            .gemini,
            frame(
                #"{"candidates":[{"content":{"parts":[{"text":"Let ","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":1},"modelVersion":"g","responseId":"r"}"#
            ),
            frame(
                #"{"candidates":[{"content":{"parts":[{"text":"me","thought":true},{"text":"H"}],"role":"model"},"index":0}],"modelVersion":"g"}"#
            ),
            frame(
                #"{"candidates":[{"content":{"parts":[{"text":"i"},{"functionCall":{"name":"f","args":{"x":1.0}},"thoughtSignature":"c2ln"}],"role":"model"},"citationMetadata":{"citationSources":[{"startIndex":0}]},"index":0}],"modelVersion":"g"}"#
            ),
            frame(
                #"{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0,"groundingMetadata":{"webSearchQueries":["q"]},"citationMetadata":{"citationSources":[{"startIndex":0},{"startIndex":3}]},"safetyRatings":[{"category":"c"}],"avgLogprobs":-0.50}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3,"x":1},"modelVersion":"g"}"#
            ))
        try expect(
            body,
            #"{"candidates":[{"content":{"role":"model","parts":[{"text":"Let me","thought":true},{"text":"Hi"},{"functionCall":{"name":"f","args":{"x":1.0}},"thoughtSignature":"c2ln"}]},"index":0,"citationMetadata":{"citationSources":[{"startIndex":0},{"startIndex":3}]},"finishReason":"STOP","groundingMetadata":{"webSearchQueries":["q"]},"safetyRatings":[{"category":"c"}],"avgLogprobs":-0.50}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3,"x":1},"modelVersion":"g","responseId":"r"}"#
        )
    }

    @Test("A sealed text is not joined to another one")
    func geminiSeal() throws {
        let body = try collected(
            .gemini,
            frame(#"{"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"index":0}]}"#),
            frame(
                #"{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"c2ln"}],"role":"model"},"finishReason":"STOP","index":0}]}"#
            ))
        let parts = try document(body).root.path("candidates", 0, "content", "parts")
        #expect(parts.map { text($0.raw) } == #"[{"text":"Hi"},{"text":"","thoughtSignature":"c2ln"}]"#)
    }

    // MARK: - Anything

    /// Streams with something of each kind in them, one a dialect.
    private static let streams: [(DialectID, [String])] = [
        (
            .openAIChat,
            [
                chunk(
                    #"{"role":"assistant","content":"","reasoning_details":[{"type":"a","text":"x","index":0}],"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}"#
                ),
                chunk(
                    #"{"content":[{"type":"text","text":"H"}],"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"#
                ),
                chunk(#"{"content":"i","audio":{"id":"u","data":"AA"},"annotations":[{"type":"x"}]}"#),
                chunk("{}", finish: "stop"), done,
            ]
        ),
        (
            .openAIResponses,
            [
                frame(#"{"type":"response.created","response":{"id":"r","output":[]}}"#),
                frame(#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[]}}"#),
                frame(#"{"type":"response.completed","response":{"id":"r","status":"completed","output":[],"x":[1]}}"#),
            ]
        ),
        (
            .anthropicMessages,
            [
                messageStart,
                block(0, #"{"type":"thinking","thinking":""}"#, #"{"type":"thinking_delta","thinking":"a"}"#),
                textBlock(1),
                block(
                    2, #"{"type":"tool_use","id":"t","name":"f","input":{}}"#,
                    #"{"type":"input_json_delta","partial_json":"{\"a\":1}"}"#), messageEnd(),
            ]
        ),
        (
            .gemini,
            [
                frame(#"{"candidates":[{"content":{"parts":[{"text":"a"}],"role":"model"},"index":0}]}"#),
                frame(
                    #"{"candidates":[{"content":{"parts":[{"text":"b"},{"functionCall":{"name":"f"}}]},"citationMetadata":{"citations":[1]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}"#
                ),
            ]
        ),
    ]

    @Test("Whatever a stream holds, the body is JSON", arguments: streams)
    func anything(_ dialect: DialectID, _ frames: [String]) throws {
        var random = SeededGenerator(7)
        // Values of every kind in place of others, so that members change their kind from frame to frame.
        let values = ["null", "7", "-1", "\"\"", "\"x\"", "[]", "{}", "[null]", "[{\"index\":0}]", "{\"x\":1}", "true"]
        var bodies = 0
        for _ in 0..<4000 {
            let changed = frames.map { frame -> String in
                guard
                    let colon = frame.indices.filter({ frame[$0] == ":" && frame[frame.index(after: $0)] != " " })
                        .randomElement(using: &random), Bool.random(using: &random)
                else { return frame }
                let rest = frame[frame.index(after: colon)...]
                guard let end = rest.firstIndex(where: { ",}]".contains($0) }),
                    let value = values.randomElement(using: &random)
                else { return frame }
                return frame[...colon] + value + rest[end...]
            }
            guard let body = try? collected(dialect, changed, isComplete: false) else { continue }
            bodies += 1
            #expect(throws: Never.self) { try document(body) }
        }
        #expect(bodies > 100)
    }

    // MARK: - Support

    /// The body that a client gets, its frames decoded as on their way.
    private func collected(_ dialect: DialectID, _ frames: String..., choiceCount: Int = 1) throws -> [UInt8] {
        try collected(dialect, frames, choiceCount: choiceCount)
    }

    /// The same; nothing is said of an answer that need not be complete, and is not.
    private func collected(
        _ dialect: DialectID, _ frames: [String], choiceCount: Int = 1, isComplete: Bool = true
    ) throws -> [UInt8] {
        let decoders: [DialectID: any AnswerDecoder] = [
            .openAIChat: OpenAIChatEventDecoder(choiceCount: choiceCount),
            .openAICompletions: OpenAICompletionsEventDecoder(), .openAIResponses: OpenAIResponsesEventDecoder(),
            .anthropicMessages: AnthropicEventDecoder(), .gemini: GeminiEventDecoder(),
        ]
        var decoder = try #require(decoders[dialect])
        var carried = try #require(CarriedAnswer(in: dialect, parser: JSONParser()))
        var answer = Answer()
        func take() throws {
            while let frame = decoder.next() {
                for event in decoder.events { try answer.append(event) }
                try carried.add(frame)
            }
        }
        for frame in frames {
            decoder.feed(bytes(frame))
            try take()
        }
        decoder.finish()
        try take()
        if isComplete { #expect(answer.isComplete) }
        guard answer.isComplete else { throw Failure(.prematureEnd, "incomplete") }
        return carried.body(answer)
    }

    private func document(_ body: [UInt8]) throws -> JSONDocument { try JSONDocument(parsing: body) }

    /// Expects the same value, whatever the order of members; numbers as they were written.
    private func expect(_ body: [UInt8], _ expected: String, _ place: SourceLocation = #_sourceLocation) throws {
        let (got, meant) = try (document(body).root, document(bytes(expected)).root)
        #expect(sorted(got) == sorted(meant), sourceLocation: place)
    }

    private func sorted(_ value: JSONValue) -> String {
        switch value.kind {
        case .object:
            let members = value.members.map { "\($0.key.string ?? ""):\(sorted($0.value))" }
            return "{\(members.sorted().joined(separator: ","))}"
        case .array: return "[\(value.elements.map { sorted($0) }.joined(separator: ","))]"
        case .string: return "\"\(value.string ?? "")\""
        case .number, .true, .false, .null: return text(value.raw)
        }
    }
}
