import Dialects
import Testing
import Transport

@Suite("Anthropic translation of requests")
struct AnthropicTranslationTests {
    private static let user = #"[{"role":"user","content":"hi"}]"#

    /// What a chat request becomes, without model and messages.
    private func options(
        _ members: String, as model: String = "m", flavor: AnthropicFlavor = .anthropic
    ) throws -> (String, [String]) {
        let encoded = try messages(ofChat: chatRequest(members), as: model, flavor: flavor)
        let head = #"{"model":"\#(model)","#
        let body = text(encoded.body)
        #expect(body.hasPrefix(head))
        #expect(body.contains(#""messages":[{"role":"user","content":"hi"}]"#))
        _ = try messagesCall(body)
        return (
            body.replacing(head, with: "{").replacing(#""messages":[{"role":"user","content":"hi"}]"#, with: "…"),
            encoded.droppedFields
        )
    }

    @Test(
        "each option of a chat request is mapped, or dropped and named",
        arguments: [
            ("", #"{"max_tokens":4096,…}"#, []),
            (#""max_completion_tokens":7,"stop":"x""#, #"{"max_tokens":7,…,"stop_sequences":["x"]}"#, []),
            (#""stop":["\n","x"]"#, #"{"max_tokens":4096,…,"stop_sequences":["x"]}"#, ["stop"]),
            (
                #""temperature":0.5,"top_p":0.9,"top_k":3"#,
                #"{"max_tokens":4096,…,"temperature":0.5,"top_p":0.9,"top_k":3}"#, []
            ),
            (#""temperature":1.5"#, #"{"max_tokens":4096,…,"temperature":1.0}"#, ["temperature"]),
            (#""n":1,"logprobs":false,"store":false,"modalities":["text"]"#, #"{"max_tokens":4096,…}"#, []),
            (
                #""n":2,"seed":1,"presence_penalty":0,"frequency_penalty":1,"logit_bias":{},"logprobs":true,"top_logprobs":2,"store":true,"metadata":{"a":"b"},"prompt_cache_key":"k","verbosity":"low","modalities":["text","audio"],"audio":{},"prediction":{},"web_search_options":{},"x":1"#,
                #"{"max_tokens":4096,…}"#,
                [
                    "n", "seed", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs",
                    "modalities", "audio", "prediction", "web_search_options", "verbosity", "store", "metadata",
                    "prompt_cache_key", "x",
                ]
            ),
            (#""user":"u""#, #"{"max_tokens":4096,…,"metadata":{"user_id":"u"}}"#, []),
            (
                #""user":"u","safety_identifier":"s""#, #"{"max_tokens":4096,…,"metadata":{"user_id":"s"}}"#, ["user"]
            ),
            (#""service_tier":"default""#, #"{"max_tokens":4096,…,"service_tier":"standard_only"}"#, []),
            (#""service_tier":"flex""#, #"{"max_tokens":4096,…}"#, ["service_tier"]),
            (
                #""response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}}"#,
                #"{"max_tokens":4096,…,"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}}"#,
                []
            ),
            (#""response_format":{"type":"json_object"}"#, #"{"max_tokens":4096,…}"#, ["response_format"]),
        ])
    func mapsOptions(_ members: String, _ expected: String, _ dropped: [String]) throws {
        let (body, found) = try options(members)
        #expect(body == expected)
        #expect(found == dropped)
    }

    @Test(
        "a wish for reasoning becomes thinking, and sampling that thinking forbids is named",
        arguments: [
            (
                "claude-sonnet-4-5", #""reasoning_effort":"minimal""#,
                #"{"max_tokens":5120,…,"thinking":{"type":"enabled","budget_tokens":1024}}"#, []
            ),
            (
                "claude-3-7-sonnet-20250219", #""reasoning_effort":"high""#,
                #"{"max_tokens":28672,…,"thinking":{"type":"enabled","budget_tokens":24576}}"#, []
            ),
            (
                "m", #""reasoning_effort":"high","max_tokens":4000"#,
                #"{"max_tokens":4000,…,"thinking":{"type":"enabled","budget_tokens":3000}}"#, []
            ),
            ("m", #""reasoning_effort":"high","max_tokens":1024"#, #"{"max_tokens":1024,…}"#, ["reasoning_effort"]),
            ("m", #""reasoning_effort":"none""#, #"{"max_tokens":4096,…}"#, []),
            ("m", #""reasoning_effort":"utmost""#, #"{"max_tokens":4096,…}"#, ["reasoning_effort"]),
            ("claude-3-5-haiku-latest", #""reasoning_effort":"low""#, #"{"max_tokens":4096,…}"#, ["reasoning_effort"]),
            (
                "claude-opus-4-7", #""reasoning_effort":"high""#,
                #"{"max_tokens":4096,…,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}"#, []
            ),
            (
                "anthropic/claude-opus-4.6", #""reasoning_effort":"minimal""#,
                #"{"max_tokens":4096,…,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}"#, []
            ),
            (
                "claude-opus-5", #""reasoning_effort":"none""#,
                #"{"max_tokens":4096,…,"thinking":{"type":"disabled"}}"#, []
            ),
            (
                "m", #""reasoning_effort":"minimal","temperature":0.2,"top_p":0.5,"top_k":3"#,
                #"{"max_tokens":5120,…,"thinking":{"type":"enabled","budget_tokens":1024}}"#,
                ["temperature", "top_p", "top_k"]
            ),
            (
                "m", #""reasoning_effort":"minimal","temperature":1,"top_p":0.95"#,
                #"{"max_tokens":5120,…,"temperature":1.0,"top_p":0.95,"thinking":{"type":"enabled","budget_tokens":1024}}"#,
                []
            ),
            ("claude-opus-4-7", #""temperature":1,"top_p":1"#, #"{"max_tokens":4096,…}"#, ["temperature", "top_p"]),
            (
                "claude-sonnet-4-5", #""temperature":0.5,"top_p":0.9"#, #"{"max_tokens":4096,…,"temperature":0.5}"#,
                ["top_p"]
            ),
            (
                "claude-3-haiku-20240307",
                #""response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}}"#,
                #"{"max_tokens":4096,…}"#, ["response_format"]
            ),
        ] as [(String, String, String, [String])])
    func mapsReasoning(_ model: String, _ members: String, _ expected: String, _ dropped: [String]) throws {
        let (body, found) = try options(members, as: model)
        #expect(body == expected)
        #expect(found == dropped)
    }

    @Test("a flavor decides the default limit and how models think")
    func obeysFlavor() throws {
        #expect(try options("", flavor: AnthropicFlavor(defaultMaxTokens: 9)).0 == #"{"max_tokens":9,…}"#)
        let effort = #""reasoning_effort":"low""#
        #expect(
            try options(effort, flavor: AnthropicFlavor(thinking: .adaptive)).0
                == #"{"max_tokens":4096,…,"thinking":{"type":"adaptive"},"output_config":{"effort":"low"}}"#)
        let (body, dropped) = try options(effort, flavor: AnthropicFlavor(thinking: .none))
        #expect(body == #"{"max_tokens":4096,…}"#)
        #expect(dropped == ["reasoning_effort"])
    }

    @Test(
        "tools and the choice among them are mapped, or dropped and named",
        arguments: [
            (
                #""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","x":1.0},"strict":true},"cache_control":{"type":"ephemeral"}},{"type":"function","function":{"name":"g","parameters":{"properties":{}}}},{"type":"function","function":{"name":"h"}}]"#,
                #"{"max_tokens":4096,…,"tools":[{"name":"f","description":"d","input_schema":{"type":"object","x":1.0},"cache_control":{"type":"ephemeral"}},{"name":"g","input_schema":{"type":"object","properties":{}}},{"name":"h","input_schema":{"type":"object"}}]}"#,
                ["tools[0].function.strict"]
            ),
            (
                #""tools":[{"type":"custom","custom":{"name":"c"}},{"type":"web_search"}],"tool_choice":"required""#,
                #"{"max_tokens":4096,…}"#, ["tools[0]", "tools[1]", "tool_choice"]
            ),
            (
                #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required""#,
                #"{"max_tokens":4096,…,"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}"#,
                []
            ),
            (
                #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none","parallel_tool_calls":false"#,
                #"{"max_tokens":4096,…,"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"none"}}"#,
                []
            ),
            (
                #""tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":false"#,
                #"{"max_tokens":4096,…,"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true}}"#,
                []
            ),
            (
                #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":{"type":"function","function":{"name":"f"}},"reasoning_effort":"low""#,
                #"{"max_tokens":4096,…,"tools":[{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f"}}"#,
                ["reasoning_effort"]
            ),
            (
                #""tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"g"}}]}}"#,
                #"{"max_tokens":4096,…,"tools":[{"name":"g","input_schema":{"type":"object"}}],"tool_choice":{"type":"any"}}"#,
                []
            ),
        ])
    func mapsTools(_ members: String, _ expected: String, _ dropped: [String]) throws {
        let (body, found) = try options(members)
        #expect(body == expected)
        #expect(found == dropped)
    }

    @Test(
        "conversations become turns that alternate",
        arguments: [
            (
                #"[{"role":"system","content":"a"},{"role":"developer","content":[{"type":"text","text":"b"}]},{"role":"user","content":"q"},{"role":"system","content":"c","name":"n"}]"#,
                #""system":[{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"text","text":"c"}],"messages":[{"role":"user","content":"q"}]"#,
                ["messages[3].name"]
            ),
            (
                #"[{"role":"user","content":"a"},{"role":"user","content":""},{"role":"user","content":"b"},{"role":"assistant","content":"x"},{"role":"assistant","content":"y"}]"#,
                #""messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"text","text":"y"}]}]"#,
                []
            ),
            (
                #"[{"role":"user","content":"q"},{"role":"assistant","content":"","tool_calls":[{"id":"call.1:a","type":"function","function":{"name":"f","arguments":"{\"a\": 1.0}"}},{"id":"call_1_a","type":"function","function":{"name":"g","arguments":""}},{"id":"c","type":"function","function":{"name":"h","arguments":"{\"cut"}}]},{"role":"tool","tool_call_id":"call.1:a","content":"r"},{"role":"tool","tool_call_id":"call_1_a","content":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]},{"role":"tool","tool_call_id":"c","content":""},{"role":"user","content":"go"}]"#,
                #""messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"call_1_a","name":"f","input":{"a": 1.0}},{"type":"tool_use","id":"call_1_a_1","name":"g","input":{}},{"type":"tool_use","id":"c","name":"h","input":{"INVALID_JSON":"{\"cut"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1_a","content":"r"},{"type":"tool_result","tool_use_id":"call_1_a_1","content":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]},{"type":"tool_result","tool_use_id":"c"},{"type":"text","text":"go"}]}]"#,
                []
            ),
            (
                #"[{"role":"user","content":"q"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}]"#,
                #""messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"toolu_lip","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_lip","content":"r"}]}]"#,
                []
            ),
            (
                #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"high"},"cache_control":{"type":"ephemeral"}},{"type":"image_url","image_url":{"url":"https://x"}},{"type":"input_audio","input_audio":{"data":"AA","format":"wav"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,AA==","filename":"a.pdf"}},{"type":"file","file":{"file_data":"aMOp","filename":"a.txt"}},{"type":"file","file":{"file_id":"f"}},{"type":"video_url","video_url":{}}]}]"#,
                #""messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"},"cache_control":{"type":"ephemeral"}},{"type":"image","source":{"type":"url","url":"https://x"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA=="},"title":"a.pdf"},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"hé"},"title":"a.txt"}]}]"#,
                [
                    "messages[0].content[2]", "messages[0].content[5]", "messages[0].content[6]",
                    "messages[0].content[0].image_url.detail",
                ]
            ),
            (
                #"[{"role":"user","content":"q"},{"role":"assistant","content":"x","reasoning_content":"because","refusal":null,"audio":{"id":"a"}},{"role":"assistant","content":null,"refusal":"no"},{"role":"user","content":"r"}]"#,
                #""messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"text","text":"x"},{"type":"text","text":"no"}]},{"role":"user","content":"r"}]"#,
                ["messages[1].audio", "messages[1].reasoning_content"]
            ),
        ])
    func mapsConversations(_ given: String, _ expected: String, _ dropped: [String]) throws {
        let encoded = try messages(ofChat: chatRequest(messages: given))
        #expect(text(encoded.body) == #"{"model":"m","max_tokens":4096,\#(expected)}"#)
        #expect(encoded.droppedFields == dropped)
        _ = try messagesCall(text(encoded.body))
    }

    @Test("a turn that waits for tool results goes on without a thinking budget, since its thinking is not known")
    func keepsOpenTurns() throws {
        let history =
            #"[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"r"}]"#
        let request = chatRequest(#""reasoning_effort":"low""#, messages: history)
        #expect(try messages(ofChat: request).droppedFields == ["reasoning_effort"])
        let adaptive = try messages(ofChat: request, as: "claude-opus-4-6")
        #expect(adaptive.droppedFields.isEmpty)
        #expect(text(adaptive.body).contains(#""thinking":{"type":"adaptive"}"#))
        let done = chatRequest(
            #""reasoning_effort":"low""#, messages: history.dropLast() + #",{"role":"user","content":"and?"}]"#)
        #expect(try messages(ofChat: done).droppedFields.isEmpty)
    }

    @Test("seals return to this dialect from wherever a client kept them, and no other's come here")
    func returnsSeals() throws {
        var call = try chatCall(chatRequest())
        var body = call.body()
        body.messages.append(
            Message(
                role: .assistant,
                parts: [
                    Part(.reasoning(Reasoning(text: "a", signature: "s", issuer: .anthropicMessages)), path: "own"),
                    Part(.reasoning(Reasoning(text: "b", signature: "s", issuer: .gemini)), path: "gemini's"),
                    Part(.reasoning(Reasoning(text: "c")), path: "nobody's"),
                    Part(
                        .reasoning(
                            Reasoning(
                                text: "", block: RawJSON(#"[{"type":"redacted_thinking","data":"d"}]"#),
                                issuer: .anthropicMessages)), path: "own block"),
                    Part(
                        .reasoning(Reasoning(text: "", block: RawJSON("{}"), issuer: .openAIResponses)), path: "block"),
                    Part(.text("x")),
                ]))
        call.replaceBody(body)
        let encoded = try AnthropicRequestEncoder.encode(call, as: "m", stream: true)
        #expect(
            text(encoded.body)
                == #"{"model":"m","max_tokens":4096,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"thinking","thinking":"a","signature":"s"},{"type":"redacted_thinking","data":"d"},{"type":"text","text":"x"}]}],"stream":true}"#
        )
        #expect(encoded.droppedFields == ["gemini's", "nobody's", "block"])
    }

    @Test(
        "a Messages request becomes a chat request, and what has no place is named",
        arguments: [
            (
                messagesRequest(
                    #""system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"stop_sequences":["x"],"top_k":3,"metadata":{"user_id":"u"},"thinking":{"type":"enabled","budget_tokens":2048},"service_tier":"auto","container":"c","tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}},{"type":"web_search_20250305","name":"web_search"}],"tool_choice":{"type":"any","disable_parallel_tool_use":true}"#
                ),
                #"{"model":"gpt","messages":[{"role":"system","content":[{"type":"text","text":"s"}]},{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":"required","max_completion_tokens":100,"stop":"x","parallel_tool_calls":false,"user":"u"}"#,
                [
                    "system[0].cache_control", "tools[1]", "tools[0].cache_control", "top_k", "thinking",
                    "service_tier", "container",
                ]
            ),
            (
                messagesRequest(
                    messages: #"""
                        [{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AA=="},"title":"a.pdf","citations":{"enabled":true}}]},
                         {"role":"assistant","content":[{"type":"thinking","thinking":"t","signature":"s"},{"type":"text","text":"x"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1.0}}]},
                         {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"r","is_error":true}]},
                         {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"r"}]},{"type":"text","text":"go"}]}]
                        """#),
                #"{"model":"gpt","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,AA==","filename":"a.pdf"}}]},{"role":"assistant","content":"x","tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\"a\": 1.0}"}}]},{"role":"tool","tool_call_id":"toolu_1","content":"r"},{"role":"tool","tool_call_id":"toolu_1","content":"r"},{"role":"user","content":"go"}],"max_completion_tokens":100}"#,
                [
                    "messages[0].content[1].citations", "messages[1].content[0]", "messages[2].content[0].is_error",
                ]
            ),
        ])
    func leaves(_ request: String, _ expected: String, _ dropped: [String]) throws {
        let encoded = OpenAIChatRequestEncoder.encode(try messagesCall(request), as: "gpt", stream: false)
        #expect(text(encoded.body) == expected)
        #expect(encoded.droppedFields == dropped)
        _ = try chatCall(text(encoded.body))
    }
}
