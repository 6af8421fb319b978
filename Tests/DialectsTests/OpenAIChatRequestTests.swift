import Dialects
import Testing
import Transport

@Suite("OpenAI Chat requests")
struct OpenAIChatRequestTests {
    @Test(
        "a valid request is accepted",
        arguments: [
            chatRequest(),
            chatRequest(#""stream":true,"stream_options":{"include_usage":true}"#),
            chatRequest(#""stream":null,"stream_options":null,"temperature":null,"stop":null,"tools":null,"n":null"#),
            chatRequest(#""temperature":0,"top_p":1,"n":2,"seed":-5,"stop":"x","max_tokens":1e2"#),
            chatRequest(#""temperature":2.0,"stop":["a","b"],"max_completion_tokens":100,"logit_bias":{"50256":-100}"#),
            chatRequest(
                #""reasoning_effort":"high","service_tier":"flex","verbosity":"low","store":true,"metadata":{}"#),
            chatRequest(
                #""prediction":{"type":"content","content":"x"},"web_search_options":{},"modalities":["text","audio"],"audio":{"voice":"alloy","format":"wav"}"#
            ),
            chatRequest(#""user":"u","safety_identifier":"s","prompt_cache_key":"k","parallel_tool_calls":false"#),
            chatRequest(#""logprobs":true,"top_logprobs":20,"presence_penalty":-2,"frequency_penalty":2"#),
            chatRequest(#""some_future_field":{"deep":[1,2,{"x":null}]},"top_k":-1,"reasoning":{"effort":"low"}"#),
            chatRequest(
                #""response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{},"strict":true}}"#),
            chatRequest(#""response_format":{"type":"json_object"}"#),
            chatRequest(#""response_format":{"type":"grammar","grammar":"root"}"#),
            chatRequest(
                #""tools":[{"type":"function","function":{"name":"f"}},{"function":{"name":"g","parameters":{},"strict":null}}]"#
            ),
            chatRequest(
                #""tools":[{"type":"custom","custom":{"name":"c","format":{"type":"text"}}},{"type":"web_search_preview"}],"tool_choice":"required""#
            ),
            chatRequest(
                #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}}"#
            ),
            chatRequest(#""tool_choice":{"type":"custom","custom":{"name":"c"}}"#),
            chatRequest(
                #""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}}"#
            ),
            chatRequest(#""functions":[{"name":"f","parameters":{}}],"function_call":{"name":"f"}"#),
            chatRequest(#""functions":[{"name":"f"}],"function_call":"auto""#),
            chatRequest(
                messages:
                    #"[{"role":"system","content":"s"},{"role":"developer","content":[{"type":"text","text":""}]},{"role":"user","content":""}]"#
            ),
            chatRequest(
                messages:
                    #"[{"role":"user","name":"bob","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}}]}]"#
            ),
            chatRequest(
                messages:
                    #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"file","file":{"file_id":"f"}},{"type":"file","file":{"file_data":"AA","filename":"a.pdf"}}]}]"#
            ),
            chatRequest(messages: #"[{"role":"user","content":[{"type":"video_url","video_url":{"url":"x"}}]}]"#),
            chatRequest(
                messages:
                    #"[{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{"}}]},{"role":"tool","tool_call_id":"1","content":""}]"#
            ),
            chatRequest(
                messages:
                    #"[{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":""}},{"id":"2","type":"custom","custom":{"name":"c","input":"x"}}]},{"role":"tool","tool_call_id":"1","name":"f","content":[{"type":"text","text":"r"}]}]"#
            ),
            chatRequest(
                messages:
                    #"[{"role":"assistant","content":null,"refusal":"no"},{"role":"assistant","content":[{"type":"refusal","refusal":"no"}]},{"role":"assistant","audio":{"id":"a"}}]"#
            ),
            chatRequest(
                messages:
                    #"[{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":null}]"#
            ),
            chatRequest(
                messages:
                    #"[{"role":"assistant","content":"","reasoning_content":"r","tool_calls":[]},{"role":"assistant","content":null,"reasoning_details":[{}]}]"#
            ),
        ])
    func acceptsValidRequests(_ request: String) throws {
        let call = try chatCall(request)
        #expect(call.model == "m")
        #expect(call.original?.bytes == bytes(request))
        #expect(call.body().messages.count == JSONDocumentCount.messages(request))
    }

    @Test(
        "a malformed field is named in the client's own spelling",
        arguments: [
            ("[]", nil), ("3", nil), ("{", nil), ("", nil), (#"{"model":"m","messages":[]} x"#, nil),
            (#"{"messages":[{"role":"user","content":"x"}]}"#, "model"), (#"{"model":"m"}"#, "messages"),
            (#"{"model":3,"messages":[]}"#, "model"), (#"{"model":"","messages":[]}"#, "model"),
            (#"{"model":null,"messages":[]}"#, "model"), (#"{"model":"m","messages":[]}"#, "messages"),
            (#"{"model":"m","messages":"hi"}"#, "messages"), (#"{"model":"m","messages":null}"#, "messages"),
            (chatRequest(#""model":"other""#), "model"), (chatRequest(#""\u006dodel":"other""#), "model"),
            (chatRequest(#""stream":"yes""#), "stream"), (chatRequest(#""stream":1"#), "stream"),
            (chatRequest(#""stream_options":true"#), "stream_options"),
            (chatRequest(#""stream_options":{"include_usage":"x"}"#), "stream_options.include_usage"),
            (chatRequest(#""temperature":2.1"#), "temperature"), (chatRequest(#""temperature":"1""#), "temperature"),
            (chatRequest(#""temperature":-0.1"#), "temperature"), (chatRequest(#""top_p":1.01"#), "top_p"),
            (chatRequest(#""n":0"#), "n"), (chatRequest(#""n":129"#), "n"), (chatRequest(#""n":1.5"#), "n"),
            (chatRequest(#""seed":1.5"#), "seed"), (chatRequest(#""seed":99999999999999999999"#), "seed"),
            (chatRequest(#""max_tokens":-1"#), "max_tokens"), (chatRequest(#""max_tokens":"5""#), "max_tokens"),
            (chatRequest(#""max_completion_tokens":[]"#), "max_completion_tokens"),
            (chatRequest(#""stop":5"#), "stop"), (chatRequest(#""stop":["a",5]"#), "stop[1]"),
            (chatRequest(#""presence_penalty":3"#), "presence_penalty"),
            (chatRequest(#""frequency_penalty":"x""#), "frequency_penalty"),
            (chatRequest(#""logit_bias":[]"#), "logit_bias"), (chatRequest(#""logprobs":1"#), "logprobs"),
            (chatRequest(#""top_logprobs":21"#), "top_logprobs"), (chatRequest(#""top_k":1.5"#), "top_k"),
            (chatRequest(#""reasoning_effort":3"#), "reasoning_effort"),
            (chatRequest(#""parallel_tool_calls":"no""#), "parallel_tool_calls"),
            (chatRequest(#""modalities":["text",null]"#), "modalities[1]"), (chatRequest(#""audio":[]"#), "audio"),
            (chatRequest(#""prediction":"x""#), "prediction"), (chatRequest(#""metadata":"x""#), "metadata"),
            (chatRequest(#""web_search_options":1"#), "web_search_options"), (chatRequest(#""store":0"#), "store"),
            (chatRequest(#""user":5"#), "user"), (chatRequest(#""service_tier":5"#), "service_tier"),
            (chatRequest(#""verbosity":{}"#), "verbosity"), (chatRequest(#""prompt_cache_key":1"#), "prompt_cache_key"),
            (chatRequest(#""safety_identifier":1"#), "safety_identifier"),
            (chatRequest(#""response_format":"json""#), "response_format"),
            (chatRequest(#""response_format":{}"#), "response_format.type"),
            (chatRequest(#""response_format":{"type":"json_schema"}"#), "response_format.json_schema"),
            (
                chatRequest(#""response_format":{"type":"json_schema","json_schema":{"strict":1}}"#),
                "response_format.json_schema.strict"
            ),
            (chatRequest(#""tools":{}"#), "tools"), (chatRequest(#""tools":[1]"#), "tools[0]"),
            (chatRequest(#""tools":[{"type":"function"}]"#), "tools[0].function"),
            (chatRequest(#""tools":[{"type":"function","function":{}}]"#), "tools[0].function.name"),
            (chatRequest(#""tools":[{"type":"function","function":{"name":""}}]"#), "tools[0].function.name"),
            (
                chatRequest(#""tools":[{"function":{"name":"f"}},{"function":{"name":"f","parameters":"x"}}]"#),
                "tools[1].function.parameters"
            ),
            (chatRequest(#""tools":[{"type":"custom","custom":{"name":"f","format":1}}]"#), "tools[0].custom.format"),
            (chatRequest(#""tool_choice":"maybe""#), "tool_choice"), (chatRequest(#""tool_choice":4"#), "tool_choice"),
            (chatRequest(#""tool_choice":{"type":"function"}"#), "tool_choice.function"),
            (chatRequest(#""tool_choice":{"type":"function","function":{"name":3}}"#), "tool_choice.function.name"),
            (
                chatRequest(#""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"x","tools":[]}}"#),
                "tool_choice.allowed_tools.mode"
            ),
            (
                chatRequest(#""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[1]}}"#),
                "tool_choice.allowed_tools.tools[0]"
            ),
            (chatRequest(#""functions":[{}]"#), "functions[0].name"),
            (chatRequest(#""function_call":"f""#), "function_call"),
            (chatRequest(#""function_call":{}"#), "function_call.name"),
            (chatRequest(messages: "[5]"), "messages[0]"), (chatRequest(messages: "[{}]"), "messages[0].role"),
            (chatRequest(messages: #"[{"role":5,"content":"x"}]"#), "messages[0].role"),
            (
                chatRequest(messages: #"[{"role":"user","content":"x"},{"role":"robot","content":"x"}]"#),
                "messages[1].role"
            ),
            (chatRequest(messages: #"[{"role":"user"}]"#), "messages[0].content"),
            (chatRequest(messages: #"[{"role":"user","content":null}]"#), "messages[0].content"),
            (chatRequest(messages: #"[{"role":"user","content":7}]"#), "messages[0].content"),
            (chatRequest(messages: #"[{"role":"user","content":"x","name":7}]"#), "messages[0].name"),
            (chatRequest(messages: #"[{"role":"user","content":["x"]}]"#), "messages[0].content[0]"),
            (chatRequest(messages: #"[{"role":"user","content":[{"text":"x"}]}]"#), "messages[0].content[0].type"),
            (chatRequest(messages: #"[{"role":"user","content":[{"type":"text"}]}]"#), "messages[0].content[0].text"),
            (
                chatRequest(
                    messages:
                        #"[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":5}}]}]"#
                ), "messages[0].content[1].image_url.url"
            ),
            (
                chatRequest(messages: #"[{"role":"user","content":[{"type":"image_url","image_url":"http://x"}]}]"#),
                "messages[0].content[0].image_url"
            ),
            (
                chatRequest(messages: #"[{"role":"user","content":[{"type":"image_url"}]}]"#),
                "messages[0].content[0].image_url"
            ),
            (
                chatRequest(
                    messages: #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"x"}}]}]"#),
                "messages[0].content[0].input_audio.format"
            ),
            (
                chatRequest(messages: #"[{"role":"user","content":[{"type":"file","file":{"filename":"x"}}]}]"#),
                "messages[0].content[0].file.file_data"
            ),
            (chatRequest(messages: #"[{"role":"assistant"}]"#), "messages[0].content"),
            (chatRequest(messages: #"[{"role":"assistant","content":null,"tool_calls":[]}]"#), "messages[0].content"),
            (chatRequest(messages: #"[{"role":"assistant","tool_calls":{}}]"#), "messages[0].tool_calls"),
            (
                chatRequest(messages: #"[{"role":"assistant","tool_calls":[{"function":{}}]}]"#),
                "messages[0].tool_calls[0].id"
            ),
            (
                chatRequest(messages: #"[{"role":"assistant","tool_calls":[{"id":"1","type":"function"}]}]"#),
                "messages[0].tool_calls[0].function"
            ),
            (
                chatRequest(
                    messages:
                        #"[{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f","arguments":{}}}]}]"#),
                "messages[0].tool_calls[0].function.arguments"
            ),
            (
                chatRequest(messages: #"[{"role":"assistant","tool_calls":[{"id":"1","type":"x"}]}]"#),
                "messages[0].tool_calls[0].type"
            ),
            (
                chatRequest(messages: #"[{"role":"assistant","function_call":{"name":"f"}}]"#),
                "messages[0].function_call.arguments"
            ),
            (chatRequest(messages: #"[{"role":"assistant","content":"x","refusal":1}]"#), "messages[0].refusal"),
            (chatRequest(messages: #"[{"role":"tool","content":"x"}]"#), "messages[0].tool_call_id"),
            (chatRequest(messages: #"[{"role":"tool","tool_call_id":"1","content":null}]"#), "messages[0].content"),
            (chatRequest(messages: #"[{"role":"function","content":"x"}]"#), "messages[0].name"),
        ] as [(String, String?)])
    func namesMalformedFields(_ request: String, _ parameter: String?) throws {
        let failure = try #require(chatFailure(request))
        #expect(failure.parameter == parameter)
        #expect(failure.status == 400)
        #expect(failure.kind == .invalidRequest)
        #expect(failure.side == .client)
        #expect(failure.retry == .never)
        if let parameter { #expect(failure.message.contains("'\(parameter)'")) }
    }

    @Test("more elements than the limits allow are refused")
    func refusesTooMany() throws {
        var limits = CallLimits()
        limits.messageCountMax = 1
        let request = chatRequest(messages: #"[{"role":"user","content":"a"},{"role":"user","content":"b"}]"#)
        #expect(
            throws: Failure.malformed(
                "messages", "Invalid 'messages': expected at most 1 elements, but got 2.",
                code: "array_above_max_length")
        ) { try OpenAIChatRequestDecoder.decode(bytes(request), limits: limits) }
    }

    @Test("a document beyond its limit is 413")
    func refusesLargeDocuments() {
        #expect {
            try OpenAIChatRequestDecoder.decode(bytes(chatRequest()), jsonLimits: JSONLimits(documentBytesMax: 8))
        } throws: { error in
            (error as? Failure)?.status == 413
        }
    }

    @Test("what routing needs is read at once")
    func readsSwitches() throws {
        let call = try chatCall(
            chatRequest(
                #""stream":true,"stream_options":{"include_usage":true},"n":3,"tools":[{"function":{"name":"f"}}],"logprobs":true,"reasoning_effort":"low","audio":{}"#,
                messages: #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}}]}]"#))
        #expect(call.stream)
        #expect(call.includeUsage)
        #expect(call.choiceCount == 3)
        #expect(call.features == [.tools, .images, .logprobs, .reasoning, .severalChoices, .audioOutput])
    }

    @Test("the values say what the request says")
    func readsValues() throws {
        let body = try chatCall(
            chatRequest(
                #""max_completion_tokens":5,"max_tokens":9,"temperature":0,"stop":"\n","x_unknown":12345678901234567890,"tool_choice":{"type":"function","function":{"name":"f"}}"#,
                messages: #"""
                    [{"role":"developer","content":"be brief"},
                     {"role":"user","name":"bob","content":[{"type":"text","text":"","cache_control":{"type":"ephemeral"}},
                       {"type":"image_url","image_url":{"url":"https://x/y.png","detail":"high"}}]},
                     {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\": 1}"}}]},
                     {"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"r"}]}]
                    """#)
        ).body()
        #expect(body.options.maxOutputTokens == 5)
        #expect(body.spelling[.maxOutputTokens] == "max_completion_tokens")
        #expect(body.options.temperature == 0)
        #expect(body.options.stop == ["\n"])
        #expect(body.toolChoice == .tool(name: "f", kind: .function))
        #expect(body.extras == [RawMember(name: "x_unknown", value: RawJSON("12345678901234567890"))])
        #expect(body.messages[0] == Message(role: .developer, parts: [Part(.text("be brief"))]))
        #expect(
            body.messages[1]
                == Message(
                    role: .user, name: "bob",
                    parts: [
                        Part(.text(""), cacheControl: RawJSON(#"{"type":"ephemeral"}"#)),
                        Part(.image(Image(url: "https://x/y.png", detail: "high"))),
                    ]))
        #expect(
            body.messages[2]
                == Message(
                    role: .assistant,
                    parts: [Part(.toolCall(ToolCall(id: "c1", name: "f", arguments: #"{"a": 1}"#)))]))
        #expect(
            body.messages[3]
                == Message(role: .tool, parts: [Part(.toolResult(ToolResult(callID: "c1", parts: [Part(.text("r"))])))])
        )
        #expect(body.messages[1].parts[1].path.text == "messages[1].content[1]")
        #expect(body.messages[2].parts[0].path.text == "messages[2].tool_calls[0]")
    }
}

/// Counts with the JSON reader alone.
enum JSONDocumentCount {
    /// The number of messages of a request.
    static func messages(_ request: String) -> Int? {
        (try? JSONDocument(parsing: bytes(request)))?.root["messages"]?.count
    }
}
