import Dialects
import Runtime
import Testing
import Transport

@Suite("OpenAI Chat carriage")
struct OpenAIChatCarriageTests {
    private func carried(
        _ request: String, as model: String = "m", stream: Bool? = nil, parameters: RouteParameters = .none,
        flavor: OpenAIChatFlavor = .openAI
    ) throws -> String {
        let call = try chatCall(request)
        let encoded = OpenAIChatRequestEncoder.encode(
            call, as: model, stream: stream ?? call.stream,
            parameters: parameters, flavor: flavor)
        #expect(encoded.droppedFields.isEmpty)
        return text(encoded.body)
    }

    private static let odd =
        "{ \"messages\" : [ {\"role\":\"user\",\"content\":\"a\\u0062 \\/\",\"x\":1.0e0} ],\n\t\"big\": 123456789012345678901234567890,"
        + " \"model\":\t\"m\" , \"unknown\":{\"b\":1,\"a\":2,\"b\":3}, \"seed\": 1e2 }"

    @Test("a unary request that keeps its model goes out byte for byte")
    func keepsBytes() throws {
        #expect(try carried(Self.odd) == Self.odd)
    }

    @Test("only the model's text changes when the model changes")
    func changesModel() throws {
        let expected = Self.odd.replacing("\t\"m\" ,", with: "\t\"vendor/x \\\"y\\\"\" ,")
        #expect(try carried(Self.odd, as: "vendor/x \"y\"") == expected)
    }

    @Test(
        "what the client told lip alone is taken out, whether the call is carried or rebuilt",
        arguments: [
            (#"{"lip_session_id":"chat","lip_resume_token":"t"}"#, nil),
            (
                #"{ "a" : "b" , "lip_session_id":"chat","c":{"lip_session_id":1} }"#,
                #"{"a" : "b","c":{"lip_session_id":1}}"#
            ),
            (#"{"lip\u005fresume_token":"t","a":"b"}"#, #"{"a":"b"}"#),
        ] as [(String, String?)])
    func sessions(metadata: String, kept: String?) throws {
        let request = chatRequest("\"metadata\":\(metadata)")
        let rest = kept.map { chatRequest("\"metadata\":\($0.replacing(" : ", with: ":"))") } ?? chatRequest("")
        #expect(try carried(request) == rest)
        let rebuilt = OpenAIChatRequestEncoder.rebuild(try chatCall(request), as: "m", stream: false)
        #expect(!text(rebuilt.body).contains("resume_token"))
        #expect(text(rebuilt.body).contains("metadata") == (kept != nil))
    }

    @Test("metadata without a session stay as they are", arguments: [#"{ }"#, #"{ "a" : "b" }"#, "null"])
    func otherMetadata(metadata: String) throws {
        let request = chatRequest("\"metadata\":\(metadata)")
        #expect(try carried(request) == request)
        #expect(try chatCall(request).session == nil)
    }

    @Test("the session in the metadata is read; what is no text is refused by its name")
    func sessionHint() throws {
        let hint = try chatCall(chatRequest(#""metadata":{"lip_session_id":"a","lip_resume_token":"b"}"#)).session
        #expect(hint == SessionHint(id: "a", resumeToken: Secret("b")))
        #expect(!"\(String(describing: hint))".contains("\"b\""))
        for (member, value) in [("lip_session_id", "1"), ("lip_resume_token", "[]")] {
            let failure = chatFailure(chatRequest("\"metadata\":{\"\(member)\":\(value)}"))
            #expect(failure?.parameter == "metadata.\(member)")
            #expect(failure?.status == 400)
        }
    }

    @Test(
        "streams always ask for usage",
        arguments: [
            (#""stream":true"#, #""stream":true,"stream_options":{"include_usage":true}"#),
            (#""stream":true,"stream_options":null"#, #""stream":true,"stream_options":{"include_usage":true}"#),
            (#""stream":true,"stream_options":{}"#, #""stream":true,"stream_options":{"include_usage":true}"#),
            (
                #""stream":true,"stream_options":{ "include_obfuscation":false}"#,
                #""stream":true,"stream_options":{ "include_obfuscation":false,"include_usage":true}"#
            ),
            (
                #""stream":true,"stream_options":{"include_usage":false}"#,
                #""stream":true,"stream_options":{"include_usage":true}"#
            ),
            (
                #""stream":true,"stream_options":{"include_usage": true }"#,
                #""stream":true,"stream_options":{"include_usage": true }"#
            ),
        ])
    func asksForUsage(_ given: String, _ expected: String) throws {
        #expect(try carried(chatRequest(given)) == chatRequest(expected))
    }

    @Test("the stream switch follows the upstream mode, and takes its options with it")
    func switchesMode() throws {
        #expect(
            try carried(chatRequest(), stream: true)
                == chatRequest(#""stream":true,"stream_options":{"include_usage":true}"#))
        #expect(
            try carried(chatRequest(#""stream":false,"a":1"#), stream: true)
                == chatRequest(#""stream":true,"a":1,"stream_options":{"include_usage":true}"#))
        #expect(
            try carried(chatRequest(#""stream":true,"stream_options":{"include_usage":true},"a":1"#), stream: false)
                == chatRequest(#""stream":false,"a":1"#))
    }

    @Test("a provider that does not know stream options does not get them")
    func removesStreamOptions() throws {
        let flavor = OpenAIChatFlavor(takesStreamOptions: false)
        #expect(try carried(chatRequest(#""stream":true"#), flavor: flavor) == chatRequest(#""stream":true"#))
        #expect(
            try carried(chatRequest(#""stream":true,"stream_options":{"include_usage":true}"#), flavor: flavor)
                == chatRequest(#""stream":true"#))
    }

    @Test("route parameters override the request's")
    func overridesParameters() throws {
        var parameters = RouteParameters()
        parameters.temperature = 0.5
        parameters.topP = 1
        parameters.reasoningEffort = "low"
        parameters.parallelToolCalls = false
        #expect(
            try carried(chatRequest(#""temperature": 1.5,"top_p":null"#), parameters: parameters)
                == chatRequest(
                    #""temperature": 0.5,"top_p":1.0,"reasoning_effort":"low","parallel_tool_calls":false"#))
    }

    @Test(
        "the output limit is overridden under the name that the client used",
        arguments: [
            ("", #""max_completion_tokens":7"#), (#""max_tokens":5"#, #""max_tokens":7"#),
            (#""max_completion_tokens":5"#, #""max_completion_tokens":7"#),
            (#""max_tokens":5,"max_completion_tokens":6"#, #""max_tokens":7,"max_completion_tokens":7"#),
        ])
    func overridesLimit(_ given: String, _ expected: String) throws {
        var parameters = RouteParameters()
        parameters.maxOutputTokens = 7
        #expect(try carried(chatRequest(given), parameters: parameters) == chatRequest(expected))
    }

    @Test("a changed call no longer goes out as it came")
    func rebuildsChangedCalls() throws {
        var call = try chatCall(chatRequest(#""x":1"#))
        var body = call.body()
        body.messages[0].parts = [Part(.text("changed"))]
        call.replaceBody(body)
        let encoded = OpenAIChatRequestEncoder.encode(call, as: "m", stream: false)
        #expect(
            text(encoded.body) == #"{"model":"m","messages":[{"role":"user","content":"changed"}],"x":1}"#)
        #expect(encoded.droppedFields.isEmpty)
    }

    @Test("carrying and rebuilding say the same", arguments: RequestCorpus.valid)
    func agrees(_ request: String) throws {
        let call = try chatCall(request)
        var parameters = RouteParameters()
        parameters.temperature = 0.25
        parameters.maxOutputTokens = 3
        for (stream, parameters) in [(false, RouteParameters.none), (true, parameters)] {
            let carried = OpenAIChatRequestEncoder.encode(call, as: "x", stream: stream, parameters: parameters)
            let rebuilt = OpenAIChatRequestEncoder.rebuild(call, as: "x", stream: stream, parameters: parameters)
            #expect(rebuilt.droppedFields.isEmpty)
            let first = try OpenAIChatRequestDecoder.decode(carried.body)
            let second = try OpenAIChatRequestDecoder.decode(rebuilt.body)
            #expect(first.body() == second.body())
            #expect(first.model == second.model)
            #expect(first.stream == second.stream)
            #expect(first.includeUsage == second.includeUsage)
            #expect(first.features == second.features)
        }
    }
}

/// Requests that use every member of the dialect.
enum RequestCorpus {
    static let valid: [String] = [
        chatRequest(),
        chatRequest(#""stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}"#),
        chatRequest(
            #""temperature":0.7,"top_p":0.9,"top_k":40,"n":2,"seed":-9007199254740993,"stop":["a","\n"],"presence_penalty":0.1,"frequency_penalty":-0.1,"logit_bias":{"1":-100},"logprobs":true,"top_logprobs":3,"user":"u","metadata":{"a":"b"},"store":false"#
        ),
        chatRequest(
            #""max_tokens":10,"reasoning_effort":"minimal","verbosity":"high","service_tier":"priority","safety_identifier":"s","prompt_cache_key":"k","modalities":["text","audio"],"audio":{"voice":"x","format":"pcm16"},"prediction":{"type":"content","content":[]},"web_search_options":{"search_context_size":"low"}"#
        ),
        chatRequest(
            #""max_completion_tokens":10,"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object","x":1.00},"strict":true}},"provider":{"order":["a"]},"enable_thinking":false"#
        ),
        chatRequest(#""response_format":{"type":"json_object"}"#),
        chatRequest(#""response_format":{"type":"text"}"#),
        chatRequest(#""response_format":{"type":"structural_tag","structures":[]}"#),
        chatRequest(
            #""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true,"x":1},"cache_control":{"type":"ephemeral"}},{"type":"custom","custom":{"name":"c","description":"d","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"start: x"}}}},{"type":"web_search","max_uses":2}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c"}}]}},"parallel_tool_calls":true"#
        ),
        chatRequest(#""tools":[{"function":{"name":"f"}}],"tool_choice":"none""#),
        chatRequest(#""tools":[{"function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}}"#),
        chatRequest(
            #""tools":[{"type":"custom","custom":{"name":"f"}}],"tool_choice":{"type":"custom","custom":{"name":"f"}}"#),
        chatRequest(#""functions":[{"name":"f","description":"d","parameters":{}}],"function_call":{"name":"f"}"#),
        chatRequest(#""functions":[{"name":"f"}],"function_call":"none""#),
        chatRequest(
            messages: #"""
                [{"role":"system","content":"s","name":"n"},{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":""}]},
                 {"role":"user","content":[]},
                 {"role":"user","name":"u","content":[{"type":"text","text":"é 😀 \u0000","cache_control":{"type":"ephemeral","ttl":"1h"},"x":[1]},
                  {"type":"image_url","image_url":{"url":"https://x","detail":"auto","format":"png"}},{"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}},
                  {"type":"file","file":{"file_data":"data:application/pdf;base64,AA","filename":"a.pdf"}},{"type":"file","file":{"file_id":"f"}},{"type":"video_url","video_url":{"url":"v"},"fps":2}]},
                 {"role":"assistant","content":"t","name":"a","prefix":true},
                 {"role":"assistant","content":null,"reasoning_content":"because","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":"},"extra_content":{"google":{"thought_signature":"s"}}},{"id":"2","type":"custom","custom":{"name":"c","input":"x\ny"}}]},
                 {"role":"tool","tool_call_id":"1","content":"r"},{"role":"tool","tool_call_id":"2","name":"c","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                 {"role":"assistant","content":null,"refusal":"no"},{"role":"assistant","content":[{"type":"text","text":"a"},{"type":"refusal","refusal":"b"}]},
                 {"role":"assistant","content":null,"audio":{"id":"audio_1"}},{"role":"assistant","content":"x","reasoning":"r","reasoning_details":[{"type":"reasoning.text","text":"r"}]},
                 {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"},{"role":"function","name":"f","content":null}]
                """#),
    ]
}
