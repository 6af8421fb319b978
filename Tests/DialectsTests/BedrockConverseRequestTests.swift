import Dialects
import Testing
import Transport

@Suite("Bedrock Converse requests")
struct BedrockConverseRequestTests {
    private func body(_ request: EncodedRequest) -> String { text(request.body) }

    @Test("instructions stand before the turns, neighbours are one turn, results come first")
    func conversation() throws {
        let request = try converse(
            ofChat: chatRequest(
                #""tools":[{"type":"function","function":{"name":"f","description":"does f","parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}}]"#,
                messages: """
                    [{"role":"system","content":"Be kind"},{"role":"developer","content":[{"type":"text","text":"Be brief"}]},
                    {"role":"user","content":"Hi"},{"role":"user","content":"there"},
                    {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\\"a\\": 12345678901234567890}"}},
                    {"id":"call.2/x","type":"function","function":{"name":"f","arguments":""}}]},
                    {"role":"tool","tool_call_id":"call_1","content":"one"},{"role":"tool","tool_call_id":"call.2/x","content":[{"type":"text","text":"two"}]},
                    {"role":"user","content":"And now?"}]
                    """))
        #expect(
            body(request)
                == #"{"system":[{"text":"Be kind"},{"text":"Be brief"}],"messages":[{"role":"user","content":[{"text":"Hi"},{"text":"there"}]},"#
                + #"{"role":"assistant","content":[{"toolUse":{"toolUseId":"call_1","name":"f","input":{"a": 12345678901234567890}}},"#
                + #"{"toolUse":{"toolUseId":"call_2_x","name":"f","input":{}}}]},"#
                + #"{"role":"user","content":[{"toolResult":{"toolUseId":"call_1","content":[{"text":"one"}]}},"#
                + #"{"toolResult":{"toolUseId":"call_2_x","content":[{"text":"two"}]}},{"text":"And now?"}]}],"#
                + #""toolConfig":{"tools":[{"toolSpec":{"name":"f","description":"does f","inputSchema":{"json":{"type":"object","properties":{"a":{"type":"integer"}}}}}}]}}"#
        )
        #expect(request.droppedFields.isEmpty)
    }

    @Test("images and documents go as bytes, with names that Bedrock takes")
    func media() throws {
        let request = try converse(
            ofChat: chatRequest(
                messages: """
                    [{"role":"user","content":[{"type":"text","text":"Look"},
                    {"type":"image_url","image_url":{"url":"data:image/jpg;base64,AAAA"}},
                    {"type":"image_url","image_url":{"url":"https://example.com/cat.png"}},
                    {"type":"image_url","image_url":{"url":"s3://bucket/cat.webp"}},
                    {"type":"file","file":{"filename":"my_report  v1.2.pdf","file_data":"data:application/pdf;base64,JVBE"}},
                    {"type":"file","file":{"filename":"my_report  v1.2.csv","file_data":"data:text/csv;base64,YSxi"}},
                    {"type":"file","file":{"file_id":"file-1"}},
                    {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]}]
                    """))
        #expect(
            body(request)
                == #"{"messages":[{"role":"user","content":[{"text":"Look"},{"image":{"format":"jpeg","source":{"bytes":"AAAA"}}},"#
                + #"{"image":{"format":"webp","source":{"s3Location":{"uri":"s3://bucket/cat.webp"}}}},"#
                + #"{"document":{"format":"pdf","name":"my-report v1-2","source":{"bytes":"JVBE"}}},"#
                + #"{"document":{"format":"csv","name":"my-report v1-2 2","source":{"bytes":"YSxi"}}},"#
                + #"{"audio":{"format":"wav","source":{"bytes":"UklG"}}}]}]}"#)
        #expect(request.droppedFields == ["messages[0].content[2]", "messages[0].content[6]"])
    }

    @Test("cache markers become cache points, where the model takes them")
    func cachePoints() throws {
        let client = messagesRequest(
            #""system":[{"type":"text","text":"Long","cache_control":{"type":"ephemeral","ttl":"1h"}}],"tools":[{"name":"f","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}}]"#,
            messages: #"[{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]"#
        )
        let claude = try converse(ofMessages: client)
        #expect(
            body(claude)
                == #"{"system":[{"text":"Long"},{"cachePoint":{"type":"default","ttl":"1h"}}],"#
                + #""messages":[{"role":"user","content":[{"text":"Hi"},{"cachePoint":{"type":"default"}}]}],"#
                + #""toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}},{"cachePoint":{"type":"default"}}]},"#
                + #""inferenceConfig":{"maxTokens":100}}"#)
        #expect(claude.droppedFields.isEmpty)
        let llama = try converse(ofMessages: client, as: "us.meta.llama3-3-70b-instruct-v1:0")
        #expect(!body(llama).contains("cachePoint"))
        #expect(
            llama.droppedFields == [
                "system[0].cache_control", "messages[0].content[0].cache_control", "tools[0].cache_control",
            ])
    }

    @Test("reasoning goes back only when Bedrock sealed it")
    func reasoning() throws {
        func request(_ block: String) throws -> EncodedRequest {
            try converse(
                ofMessages: messagesRequest(
                    messages:
                        #"[{"role":"user","content":"Hi"},{"role":"assistant","content":[\#(block),{"type":"text","text":"Yes"}]},{"role":"user","content":"Go"}]"#
                ))
        }
        let own = try request(#"{"type":"thinking","thinking":"hm","signature":"lip1:bedrock-converse:EqQB"}"#)
        #expect(
            body(own).contains(
                #"{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"EqQB"}}},{"text":"Yes"}]}"#
            ))
        #expect(own.droppedFields.isEmpty)
        let sealed = try request(
            #"{"type":"redacted_thinking","data":"lip1:bedrock-converse:[{\"redactedContent\":\"Emw=\"}]"}"#)
        #expect(body(sealed).contains(#"[{"reasoningContent":{"redactedContent":"Emw="}},{"text":"Yes"}]"#))
        for foreign in [
            #"{"type":"thinking","thinking":"hm","signature":"EqQB"}"#,
            #"{"type":"thinking","thinking":"hm","signature":"lip1:gemini:abc"}"#,
            #"{"type":"redacted_thinking","data":"Emw"}"#,
        ] {
            let request = try request(foreign)
            #expect(!body(request).contains("reasoningContent"))
            #expect(request.droppedFields == ["messages[1].content[0]"])
        }
    }

    @Test("what a client of Messages is shown of Bedrock's reasoning comes back to it")
    func reasoningRoundTrip() throws {
        let events = decodeConverse([
            converseStart
                + converseBlock(
                    0, #"{"reasoningContent":{"text":"hm"}}"#, #"{"reasoningContent":{"signature":"EqQB"}}"#)
                + converseBlock(1, #"{"reasoningContent":{"redactedContent":"Emw="}}"#)
                + converseBlock(2, #"{"text":"Hello"}"#) + converseEnd()
        ])
        var answer = Answer()
        for event in events { try answer.append(event) }
        let shown = AnthropicAnswerWriter.body(answer, fallback: ResponseInfo(id: "msg_1", model: "m"))
        let content = try #require(try JSONDocument(parsing: shown).root["content"])
        let back = try converse(
            ofMessages: messagesRequest(
                messages:
                    #"[{"role":"user","content":"Hi"},{"role":"assistant","content":\#(text(content.raw))},{"role":"user","content":"Go"}]"#
            ))
        #expect(
            body(back).contains(
                #"[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"EqQB"}}},{"reasoningContent":{"redactedContent":"Emw="}},{"text":"Hello"}]"#
            ))
        #expect(back.droppedFields.isEmpty)
    }

    @Test("options have a place or are named")
    func options() throws {
        let request = try converse(
            ofChat: chatRequest(
                #""max_tokens":50,"temperature":1.5,"top_p":0.5,"stop":["END"," "],"n":2,"seed":1,"presence_penalty":1,"frequency_penalty":1,"logit_bias":{"1":2},"logprobs":true,"top_logprobs":2,"parallel_tool_calls":false,"user":"u","metadata":{"team":"a b"},"service_tier":"flex","store":true,"verbosity":"low","custom":1"#
            ))
        #expect(
            body(request)
                == #"{"messages":[{"role":"user","content":[{"text":"hi"}]}],"#
                + #""inferenceConfig":{"maxTokens":50,"temperature":1.0,"topP":0.5,"stopSequences":["END"]},"#
                + #""additionalModelResponseFieldPaths":["/stop_sequence"],"requestMetadata":{"team":"a b"},"serviceTier":{"type":"flex"}}"#
        )
        #expect(
            Set(request.droppedFields) == [
                "temperature", "stop", "n", "seed", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs",
                "top_logprobs", "parallel_tool_calls", "user", "store", "verbosity", "custom",
            ])
    }

    @Test(
        "top_k goes where the model has it",
        arguments: [
            ("anthropic.claude-3-haiku-20240307-v1:0", #""additionalModelRequestFields":{"top_k":7}"#),
            ("us.amazon.nova-lite-v1:0", #""additionalModelRequestFields":{"inferenceConfig":{"topK":7}}"#),
            ("mistral.mistral-large-2402-v1:0", #""additionalModelRequestFields":{"top_k":7}"#),
            ("meta.llama3-8b-instruct-v1:0", nil),
            ("arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", nil),
        ] as [(String, String?)])
    func topK(_ model: String, _ expected: String?) throws {
        let request = try converse(ofMessages: messagesRequest(#""top_k":7"#), as: model)
        if let expected {
            #expect(body(request).contains(expected))
            #expect(request.droppedFields.isEmpty)
        } else {
            #expect(!body(request).contains("additionalModelRequestFields"))
            #expect(request.droppedFields == ["top_k"])
        }
    }

    @Test(
        "an effort becomes what the model has for it",
        arguments: [
            (
                "anthropic.claude-sonnet-4-20250514-v1:0", "low",
                #"{"thinking":{"type":"enabled","budget_tokens":2048}}"#
            ),
            (
                "anthropic.claude-opus-4-7-v1:0", "high",
                #"{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#
            ),
            (
                "us.amazon.nova-2-lite-v1:0", "high",
                #"{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"high"}}"#
            ),
            ("us.amazon.nova-2-lite-v1:0", "none", #"{"reasoningConfig":{"type":"disabled"}}"#),
            ("openai.gpt-oss-120b-1:0", "minimal", #"{"reasoning_effort":"low"}"#),
            ("anthropic.claude-3-haiku-20240307-v1:0", "low", nil), ("us.amazon.nova-pro-v1:0", "low", nil),
            ("meta.llama3-8b-instruct-v1:0", "low", nil),
        ] as [(String, String, String?)])
    func effort(_ model: String, _ effort: String, _ expected: String?) throws {
        let request = try converse(ofChat: chatRequest(#""reasoning_effort":"\#(effort)""#), as: model)
        if let expected {
            #expect(body(request).contains(#""additionalModelRequestFields":\#(expected)"#))
            #expect(request.droppedFields.isEmpty)
        } else {
            #expect(!body(request).contains("additionalModelRequestFields"))
            #expect(request.droppedFields == ["reasoning_effort"])
        }
    }

    @Test("a budget leaves room for the answer, and restricts sampling")
    func budget() throws {
        let request = try converse(
            ofChat: chatRequest(#""reasoning_effort":"high","temperature":0.2,"max_tokens":8000"#),
            as: "anthropic.claude-sonnet-4-20250514-v1:0")
        #expect(body(request).contains(#""inferenceConfig":{"maxTokens":8000}"#))
        #expect(body(request).contains(#""budget_tokens":6000"#))
        #expect(request.droppedFields == ["temperature"])
    }

    @Test("the route's parameters replace the client's")
    func parameters() throws {
        var parameters = RouteParameters()
        parameters.temperature = 0.25
        parameters.maxOutputTokens = 9
        let call = try chatCall(chatRequest(#""temperature":1,"max_tokens":100"#))
        let request = BedrockConverseRequestEncoder.encode(call, as: "m", parameters: parameters)
        #expect(body(request).contains(#""inferenceConfig":{"maxTokens":9,"temperature":0.25}"#))
    }

    @Test(
        "a choice among tools",
        arguments: [
            (#""auto""#, #","toolChoice":{"auto":{}}"#), (#""required""#, #","toolChoice":{"any":{}}"#),
            (#"{"type":"function","function":{"name":"f"}}"#, #","toolChoice":{"tool":{"name":"f"}}"#),
        ])
    func toolChoice(_ choice: String, _ expected: String) throws {
        let request = try converse(
            ofChat: chatRequest(#""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":\#(choice)"#))
        #expect(
            body(request).contains(
                #""toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]\#(expected)}"#
            ))
        #expect(request.droppedFields.isEmpty)
    }

    @Test("no tool is chosen by declaring none, unless the history needs them")
    func noTools() throws {
        let tools = #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none""#
        let plain = try converse(ofChat: chatRequest(tools))
        #expect(!body(plain).contains("toolConfig"))
        #expect(plain.droppedFields.isEmpty)
        let history = """
            [{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"g","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"1","content":"x"}]
            """
        let called = try converse(ofChat: chatRequest(tools, messages: history))
        #expect(body(called).contains(#""toolSpec":{"name":"f""#))
        #expect(called.droppedFields == ["tool_choice"])
        let undeclared = try converse(ofChat: chatRequest(messages: history))
        #expect(
            body(undeclared).contains(
                #""toolConfig":{"tools":[{"toolSpec":{"name":"g","inputSchema":{"json":{"type":"object"}}}}]}"#))
        #expect(undeclared.droppedFields.isEmpty)
    }

    @Test("a tool's failure and results with images go where the model takes them")
    func toolResults() throws {
        let client = messagesRequest(
            #""tools":[{"name":"f","input_schema":{}}]"#,
            messages: """
                [{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}}]},
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"no"},
                {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]}]}]
                """)
        let claude = try converse(ofMessages: client)
        #expect(
            body(claude).contains(
                #"{"toolResult":{"toolUseId":"t1","content":[{"text":"no"},{"image":{"format":"png","source":{"bytes":"AAAA"}}}],"status":"error"}}"#
            ))
        let llama = try converse(ofMessages: client, as: "meta.llama3-8b-instruct-v1:0")
        #expect(llama.droppedFields == ["messages[2].content[0].is_error"])
    }

    @Test("a schema for the answer goes as text, where the model takes one")
    func outputSchema() throws {
        let client = chatRequest(
            #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}}"#)
        let request = try converse(ofChat: client, as: "anthropic.claude-sonnet-4-5-20250929-v1:0")
        #expect(
            body(request).contains(
                #""outputConfig":{"textFormat":{"type":"json_schema","structure":{"jsonSchema":{"schema":"{\"type\":\"object\"}","name":"n"}}}}"#
            ))
        #expect(request.droppedFields.isEmpty)
        #expect(try converse(ofChat: client).droppedFields == ["response_format"])
        let object = try converse(ofChat: chatRequest(#""response_format":{"type":"json_object"}"#))
        #expect(object.droppedFields == ["response_format"])
    }

    @Test("ids that are too long become short ones, the same for call and result")
    func longIDs() throws {
        let long = String(repeating: "x", count: 100)
        let request = try converse(
            ofChat: chatRequest(
                messages: """
                    [{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[
                    {"id":"\(long)1","type":"function","function":{"name":"g","arguments":"{}"}},
                    {"id":"\(long)2","type":"function","function":{"name":"g","arguments":"{}"}}]},
                    {"role":"tool","tool_call_id":"\(long)2","content":"x"},{"role":"tool","tool_call_id":"\(long)1","content":"y"}]
                    """))
        let stem = String(repeating: "x", count: 52)
        #expect(body(request).contains(#"{"toolUse":{"toolUseId":"\#(stem)_2""#))
        #expect(body(request).contains(#"{"toolResult":{"toolUseId":"\#(stem)_2","content":[{"text":"x"}]}}"#))
        #expect(body(request).contains(#"{"toolResult":{"toolUseId":"\#(stem)_1","content":[{"text":"y"}]}}"#))
    }

    @Test("the model stands in the path, every reserved character encoded")
    func path() {
        #expect(
            BedrockConversePath.target(
                model: "arn:aws:bedrock:us-east-1:1:inference-profile/us.a-b_c~d v1:0", stream: true)
                == "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.a-b_c~d%20v1%3A0/converse-stream"
        )
        #expect(BedrockConversePath.target(model: "a/../b", stream: false) == "/model/a%2F..%2Fb/converse")
    }
}
