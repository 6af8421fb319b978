import Dialects
import Testing
import Transport

@Suite("OpenAI Responses requests from and to Chat")
struct OpenAIResponsesTranslationTests {
    private func toChat(_ request: String) throws -> EncodedRequest {
        OpenAIChatRequestEncoder.encode(try responsesCall(request), as: "m", stream: false)
    }

    private func fromChat(_ request: String) throws -> EncodedRequest {
        try OpenAIResponsesRequestEncoder.encode(try chatCall(request), as: "m", stream: false)
    }

    @Test("a conversation with tools, images and options becomes a chat")
    func becomesChat() throws {
        let encoded = try toChat(
            responsesRequest(
                #""instructions":"be brief","max_output_tokens":9,"temperature":0.5,"reasoning":{"effort":"low","summary":"auto"},"text":{"format":{"type":"json_schema","name":"n","schema":{"a":1},"strict":true},"verbosity":"low"},"tools":[{"type":"function","name":"f","parameters":{"type":"object"},"strict":false},{"type":"custom","name":"c","format":{"type":"grammar","syntax":"lark","definition":"d"}},{"type":"web_search"}],"tool_choice":{"type":"function","name":"f"},"truncation":"auto","include":["reasoning.encrypted_content"],"store":false,"prompt_cache_key":"k","top_logprobs":3"#,
                input: #"""
                    [{"role":"user","content":[{"type":"input_text","text":"q"},{"type":"input_image","image_url":"https://x","detail":"high"}]},
                     {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"E"},
                     {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"hm","annotations":[],"logprobs":[]}]},
                     {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{ \"a\":1.0}","status":"completed"},
                     {"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"r"}]},
                     {"type":"web_search_call","id":"ws_1","status":"completed"},
                     {"role":"user","content":"go on"}]
                    """#))
        #expect(
            text(encoded.body)
                == #"{"model":"m","messages":[{"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"https://x","detail":"high"}}]},{"role":"assistant","content":"hm","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{ \"a\":1.0}"}}]},{"role":"tool","tool_call_id":"c1","content":"r"},{"role":"user","content":"go on"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"},"strict":false}},{"type":"custom","custom":{"name":"c","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"d"}}}}],"tool_choice":{"type":"function","function":{"name":"f"}},"max_completion_tokens":9,"temperature":0.5,"reasoning_effort":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1},"strict":true}},"verbosity":"low","store":false,"prompt_cache_key":"k"}"#
        )
        #expect(
            encoded.droppedFields == [
                "input[1]", "input[5]", "tools[2]", "top_logprobs", "reasoning.summary", "truncation", "include",
            ])
    }

    @Test("a chat becomes items, and what has no place is named")
    func comesFromChat() throws {
        let encoded = try fromChat(
            chatRequest(
                #""max_tokens":50,"stop":["x"],"n":2,"seed":1,"logprobs":true,"top_logprobs":2,"reasoning_effort":"high","verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"a":1}}},"tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c","format":{"type":"grammar","grammar":{"syntax":"regex","definition":"d"}}}}],"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}},{"type":"custom","custom":{"name":"c"}}]}},"logit_bias":{"1":1},"frequency_penalty":0.5,"top_k":4,"unknown":1,"user":"u""#,
                messages: #"""
                    [{"role":"system","content":"s"},
                     {"role":"user","name":"bob","content":[{"type":"text","text":"q","cache_control":{"type":"ephemeral"}},{"type":"image_url","image_url":{"url":"u"}},{"type":"file","file":{"file_id":"f"}},{"type":"input_audio","input_audio":{"data":"A","format":"wav"}}]},
                     {"role":"assistant","content":"hm","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{"}},{"id":"c2","type":"custom","custom":{"name":"c","input":"i"}}]},
                     {"role":"tool","tool_call_id":"c1","content":"r1"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
                     {"role":"assistant","content":null,"refusal":"no"}]
                    """#))
        #expect(
            text(encoded.body)
                == #"{"model":"m","input":[{"type":"message","role":"system","content":"s"},{"type":"message","role":"user","content":[{"type":"input_text","text":"q"},{"type":"input_image","image_url":"u","detail":"auto"},{"type":"input_file","file_id":"f"}]},{"type":"message","role":"assistant","content":"hm"},{"type":"function_call","call_id":"c1","name":"f","arguments":"{"},{"type":"custom_tool_call","call_id":"c2","name":"c","input":"i"},{"type":"function_call_output","call_id":"c1","output":"r1"},{"type":"custom_tool_call_output","call_id":"c2","output":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},{"type":"message","role":"assistant","content":[{"type":"refusal","refusal":"no"}]}],"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false},{"type":"custom","name":"c","format":{"type":"grammar","syntax":"regex","definition":"d"}}],"tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"},{"type":"custom","name":"c"}]},"max_output_tokens":50,"top_logprobs":2,"include":["message.output_text.logprobs"],"store":false,"user":"u","reasoning":{"effort":"high"},"text":{"format":{"type":"json_schema","name":"n","schema":{"a":1}},"verbosity":"low"}}"#
        )
        #expect(
            encoded.droppedFields == [
                "messages[1].content[3]", "messages[1].content[0].cache_control", "messages[1].name", "top_k", "stop",
                "n", "seed", "frequency_penalty", "logit_bias", "unknown",
            ])
    }

    @Test("what another dialect calls like a member of this one is named, and changes nothing")
    func namesForeignExtras() throws {
        let encoded = try fromChat(
            chatRequest(#""logprobs":true,"include":["x"],"reasoning.summary":1,"text":{"verbosity":"low"}"#))
        #expect(
            text(encoded.body)
                == #"{"model":"m","input":[{"type":"message","role":"user","content":"hi"}],"include":["message.output_text.logprobs"],"store":false}"#
        )
        #expect(encoded.droppedFields == ["include", "reasoning.summary", "text"])
    }

    @Test("calls of OpenAI's older form get ids that pair them with their results")
    func pairsLegacyCalls() throws {
        let encoded = try fromChat(
            chatRequest(
                messages:
                    #"[{"role":"user","content":"q"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}]"#
            ))
        let input = try JSONDocument(parsing: encoded.body).root["input"]
        let id = try #require(input?[1]?["call_id"]?.string)
        #expect(!id.isEmpty)
        #expect(input?[2]?["call_id"]?.string == id)
    }

    @Test("there and back again, what both dialects have is the same", arguments: RequestCorpus.valid)
    func survivesBothWays(_ request: String) throws {
        let call = try chatCall(request)
        let there = try fromChat(request)
        let back = try OpenAIResponsesRequestDecoder.decode(there.body)
        let chat = try OpenAIChatRequestDecoder.decode(
            OpenAIChatRequestEncoder.encode(back, as: "m", stream: false).body)
        let before = call.body()
        let after = chat.body()
        #expect(after.options.temperature == before.options.temperature)
        #expect(after.options.maxOutputTokens == before.options.maxOutputTokens)
        #expect(after.options.reasoningEffort == before.options.reasoningEffort)
        if !before.usesLegacyFunctions { #expect(after.toolChoice == before.toolChoice) }
        func calls(_ body: CallBody) -> [String] {
            body.messages.flatMap(\.parts).compactMap { part in
                if case .toolCall(let call) = part.content { call.name + call.arguments } else { nil }
            }
        }
        #expect(calls(after) == calls(before))
    }
}
