import Dialects
import Runtime
import Testing
import Transport

@Suite("Anthropic carriage")
struct AnthropicCarriageTests {
    private func carried(
        _ request: String, as model: String = "m", stream: Bool? = nil, parameters: RouteParameters = .none,
        flavor: AnthropicFlavor = .anthropic, dropping: [String] = []
    ) throws -> String {
        let call = try messagesCall(request)
        let encoded = try AnthropicRequestEncoder.encode(
            call, as: model, stream: stream ?? call.stream, parameters: parameters, flavor: flavor)
        #expect(encoded.droppedFields == dropping)
        return text(encoded.body)
    }

    private static let odd =
        "{ \"messages\" : [ {\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\\u0062 \\/\",\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\"},\"x\":1.0e0}]} ],\n"
        + "\t\"big\": 123456789012345678901234567890, \"max_tokens\": 1e2,"
        + " \"model\":\t\"m\" , \"unknown\":{\"b\":1,\"a\":2,\"b\":3} }"

    @Test("a request that keeps its model goes out byte for byte")
    func keepsBytes() throws {
        #expect(try carried(Self.odd) == Self.odd)
        for request in AnthropicCorpus.valid { #expect(try carried(request) == request) }
    }

    @Test("only the model's text and the stream switch change")
    func changesModel() throws {
        let expected = Self.odd.replacing("\t\"m\" ,", with: "\t\"claude \\\"y\\\"\" ,")
        #expect(try carried(Self.odd, as: "claude \"y\"") == expected)
        #expect(try carried(messagesRequest(), stream: true) == messagesRequest(#""stream":true"#))
        #expect(
            try carried(messagesRequest(#""stream": true ,"a":1"#), stream: false)
                == messagesRequest(#""stream": false ,"a":1"#))
    }

    @Test("the session in the metadata is lip's: it is read, and taken out of what goes on")
    func sessions() throws {
        let named = #""lip_session_id":"chat","lip_resume_token":"t""#
        let alone = messagesRequest("\"metadata\":{\(named)}")
        #expect(try messagesCall(alone).session == SessionHint(id: "chat", resumeToken: Secret("t")))
        #expect(try carried(alone) == messagesRequest())
        let beside = messagesRequest("\"metadata\":{\"user_id\":\"u\",\(named)}")
        #expect(try carried(beside) == messagesRequest(#""metadata":{"user_id":"u"}"#))
        for request in [alone, beside] {
            let rebuilt = AnthropicRequestEncoder.rebuild(try messagesCall(request), as: "m", stream: false)
            #expect(!text(rebuilt.body).contains("lip_"))
        }
        #expect(
            messagesFailure(messagesRequest(#""metadata":{"lip_session_id":1}"#))?.parameter
                == "metadata.lip_session_id")
    }

    @Test("route parameters override the request's")
    func overridesParameters() throws {
        var parameters = RouteParameters()
        parameters.temperature = 0.5
        parameters.maxOutputTokens = 50
        parameters.parallelToolCalls = false
        let tools = #""tools":[{"name":"f","input_schema":{}}]"#
        #expect(
            try carried(messagesRequest(tools), parameters: parameters)
                == messagesRequest(
                    tools
                        + #","temperature":0.5,"tool_choice":{"type":"auto","disable_parallel_tool_use":true}"#
                ).replacing(#""max_tokens":100"#, with: #""max_tokens":50"#))
        #expect(
            try carried(
                messagesRequest(tools + #","tool_choice":{"type":"any"}"#), parameters: parameters
            ).contains(#""tool_choice":{"type":"any","disable_parallel_tool_use":true}"#))
    }

    @Test("a lowered output limit keeps the thinking budget below it")
    func lowersBudget() throws {
        let thinking = #""thinking":{"type":"enabled","budget_tokens":31999}"#
        var parameters = RouteParameters()
        parameters.maxOutputTokens = 4000
        #expect(
            try carried(messagesRequest(thinking), parameters: parameters)
                == messagesRequest(thinking.replacing("31999", with: "3000"))
                .replacing(#""max_tokens":100"#, with: #""max_tokens":4000"#))
        parameters.maxOutputTokens = 500
        #expect(
            try carried(messagesRequest(thinking), parameters: parameters, dropping: ["thinking"])
                == messagesRequest().replacing(#""max_tokens":100"#, with: #""max_tokens":500"#))
    }

    @Test("a route's effort takes the place of the client's thinking")
    func overridesEffort() throws {
        var parameters = RouteParameters()
        parameters.reasoningEffort = "low"
        let thinking = #""thinking":{"type":"enabled","budget_tokens":31999},"temperature":1,"x":1"#
        let budget = try carried(
            messagesRequest(thinking).replacing("100", with: "40000"), as: "claude-sonnet-4-5", parameters: parameters)
        #expect(budget.contains(#""thinking":{"type":"enabled","budget_tokens":2048}"#))
        #expect(budget.contains(#""max_tokens":40000"#))
        #expect(budget.contains(#""x":1"#))
        let adaptive = try carried(
            messagesRequest(thinking), as: "claude-opus-4-7", parameters: parameters, dropping: ["temperature"])
        #expect(adaptive.contains(#""thinking":{"type":"adaptive"},"output_config":{"effort":"low"}"#))
    }

    @Test("thinking that another dialect or nobody sealed is taken out and named")
    func removesForeignThinking() throws {
        let own = #"{"type":"thinking","thinking":"a","signature":"EqQB"}"#
        let foreign = #"{"type":"thinking","thinking":"b","signature":"lip1:gemini:abc"}"#
        let hidden = #"{"type":"redacted_thinking","data":"lip1:openai-responses:{}"}"#
        let unsealed = #"{"type":"thinking","thinking":"c","signature":""}"#
        let answer = #"{"type":"text","text":"x"}"#
        func conversation(_ blocks: [String]) -> String {
            messagesRequest(
                messages:
                    #"[{"role":"user","content":"q"},{"role":"assistant","content":[\#(blocks.joined(separator: ","))]},{"role":"user","content":"r"}]"#
            )
        }
        #expect(
            try carried(
                conversation([own, foreign, unsealed, hidden, answer]),
                dropping: ["messages[1].content[1]", "messages[1].content[2]", "messages[1].content[3]"])
                == conversation([own, answer]))
        #expect(
            try carried(
                conversation([own, foreign, unsealed, answer]), flavor: .compatible,
                dropping: ["messages[1].content[1]"]) == conversation([own, unsealed, answer]))
        #expect(
            try carried(conversation([unsealed]), dropping: ["messages[1].content[0]"])
                == messagesRequest(messages: #"[{"role":"user","content":"q"},{"role":"user","content":"r"}]"#))
    }

    @Test("carrying and rebuilding say the same", arguments: AnthropicCorpus.valid)
    func agrees(_ request: String) throws {
        let call = try messagesCall(request)
        var parameters = RouteParameters()
        parameters.temperature = 0.25
        parameters.maxOutputTokens = 3000
        for (stream, parameters) in [(false, RouteParameters.none), (true, parameters)] {
            let carried = try AnthropicRequestEncoder.encode(call, as: "x", stream: stream, parameters: parameters)
            let rebuilt = AnthropicRequestEncoder.rebuild(call, as: "x", stream: stream, parameters: parameters)
            #expect(rebuilt.droppedFields.isEmpty)
            let first = try AnthropicRequestDecoder.decode(carried.body)
            let second = try AnthropicRequestDecoder.decode(rebuilt.body)
            #expect(first.body() == second.body())
            #expect(first.model == second.model)
            #expect(first.stream == second.stream)
            #expect(first.features == second.features)
        }
    }

    @Test("a changed call no longer goes out as it came")
    func rebuildsChangedCalls() throws {
        var call = try messagesCall(messagesRequest(#""x":1"#))
        var body = call.body()
        body.messages[0].parts = [Part(.text("changed"))]
        call.replaceBody(body)
        let encoded = try AnthropicRequestEncoder.encode(call, as: "m", stream: false)
        #expect(
            text(encoded.body)
                == #"{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"changed"}],"x":1}"#)
        #expect(encoded.droppedFields.isEmpty)
    }
}

/// Requests that use every member of the dialect.
enum AnthropicCorpus {
    static let valid: [String] = [
        messagesRequest(),
        messagesRequest(
            #""stream":true,"system":"be brief","temperature":0.7,"top_p":0.9,"top_k":40,"stop_sequences":["\n\nHuman:","x"],"metadata":{"user_id":"u","team":"t"},"service_tier":"standard_only","container":"c_1","mcp_servers":[{"type":"url","url":"https://x","name":"n"}],"inference_geo":"us""#
        ),
        messagesRequest(
            #""system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"5m"}},{"type":"text","text":"b","x":1}],"cache_control":{"type":"ephemeral"}"#
        ),
        messagesRequest(#""thinking":{"type":"enabled","budget_tokens":2048,"display":"omitted"}"#),
        messagesRequest(
            #""thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"max","x":1}"#),
        messagesRequest(#""thinking":{"type":"disabled"}"#),
        messagesRequest(
            #""output_config":{"effort":"low","format":{"type":"json_schema","schema":{"type":"object","x":1.00}}}"#),
        messagesRequest(#""output_config":{"format":{"type":"json_schema","schema":{},"name":"n"}}"#),
        messagesRequest(
            #""tools":[{"name":"f","description":"d","input_schema":{"type":"object","properties":{}},"strict":true,"cache_control":{"type":"ephemeral"},"eager_input_streaming":true},{"type":"custom","name":"g","input_schema":{}},{"type":"web_search_20250305","name":"web_search","max_uses":5},{"type":"bash_20250124","name":"bash"}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true,"x":1}"#
        ),
        messagesRequest(#""tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"none"}"#),
        messagesRequest(
            #""tools":[{"name":"f","input_schema":{}}],"tool_choice":{"type":"any","disable_parallel_tool_use":false}"#),
        messagesRequest(#""tools":[],"tool_choice":{"type":"auto"}"#),
        messagesRequest(
            messages: #"""
                [{"role":"user","content":[{"type":"text","text":"é 😀 \u0000","cache_control":{"type":"ephemeral","ttl":"1h"},"x":[1]},
                  {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"AAAA"},"cache_control":{"type":"ephemeral"}},
                  {"type":"image","source":{"type":"url","url":"https://x/y.png"}},{"type":"image","source":{"type":"file","file_id":"file_1"}},
                  {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"},"title":"t","context":"c","citations":{"enabled":true}},
                  {"type":"document","source":{"type":"text","media_type":"text/plain","data":"plain é"}},
                  {"type":"document","source":{"type":"url","url":"https://x/y.pdf"}},{"type":"document","source":{"type":"file","file_id":"file_2"},"title":null},
                  {"type":"document","source":{"type":"content","content":[{"type":"text","text":"x"}]}},
                  {"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x"}]},{"type":"container_upload","file_id":"f"}]},
                 {"role":"assistant","content":[{"type":"thinking","thinking":"because","signature":"EqQBCgIYAhIM1gbcDa9GJwZA2b3h"},{"type":"redacted_thinking","data":"EmwKAhgB"},
                  {"type":"text","text":"t","citations":[{"type":"char_location","cited_text":"x","document_index":0}]},
                  {"type":"tool_use","id":"toolu_1","name":"f","input":{"a": [1, 2.50], "big": 123456789012345678901},"cache_control":{"type":"ephemeral"}},
                  {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}},
                  {"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"e"}]}]},
                 {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"r"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}],"is_error":true,"cache_control":{"type":"ephemeral"}},
                  {"type":"tool_result","tool_use_id":"toolu_2"},{"type":"tool_result","tool_use_id":"toolu_3","content":""},{"type":"text","text":"go on"}]},
                 {"role":"assistant","content":"prefill","x":1}]
                """#),
    ]
}
