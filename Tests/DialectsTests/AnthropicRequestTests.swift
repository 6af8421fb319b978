import Dialects
import Testing
import Transport

@Suite("Anthropic requests")
struct AnthropicRequestTests {
    @Test(
        "a malformed member is refused and named in the client's spelling",
        arguments: [
            (#"{"max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#, "model"),
            (#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#, "max_tokens"),
            (#"{"model":"m","max_tokens":1}"#, "messages"),
            (#"{"model":"","max_tokens":1,"messages":[]}"#, "model"),
            (#"{"model":"m","max_tokens":-1}"#, "max_tokens"),
            (#"{"model":"m","max_tokens":"1"}"#, "max_tokens"),
            (messagesRequest(messages: "[]"), "messages"),
            (messagesRequest(messages: #"[{"content":"x"}]"#), "messages[0].role"),
            (messagesRequest(messages: #"[{"role":"tool","content":"x"}]"#), "messages[0].role"),
            (messagesRequest(messages: #"[{"role":"user"}]"#), "messages[0].content"),
            (messagesRequest(messages: #"[{"role":"user","content":null}]"#), "messages[0].content"),
            (messagesRequest(blocks: "7"), "messages[0].content[0]"),
            (messagesRequest(blocks: "{}"), "messages[0].content[0].type"),
            (messagesRequest(blocks: #"{"type":"text"}"#), "messages[0].content[0].text"),
            (messagesRequest(blocks: #"{"type":"image"}"#), "messages[0].content[0].source"),
            (
                messagesRequest(blocks: #"{"type":"image","source":{"type":"base64","media_type":"image/png"}}"#),
                "messages[0].content[0].source.data"
            ),
            (
                messagesRequest(blocks: #"{"type":"image","source":{"type":"url"}}"#),
                "messages[0].content[0].source.url"
            ),
            (
                messagesRequest(blocks: #"{"type":"document","source":{"type":"content","content":1}}"#),
                "messages[0].content[0].source.content"
            ),
            (
                messagesRequest(blocks: #"{"type":"tool_use","id":"a","name":"f","input":"{}"}"#, role: "assistant"),
                "messages[0].content[0].input"
            ),
            (
                messagesRequest(
                    blocks: #"{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":1}]}"#),
                "messages[0].content[0].content[0].text"
            ),
            (
                messagesRequest(blocks: #"{"type":"thinking","thinking":1,"signature":"s"}"#, role: "assistant"),
                "messages[0].content[0].thinking"
            ),
            (
                messagesRequest(blocks: #"{"type":"text","text":"x","cache_control":"ephemeral"}"#),
                "messages[0].content[0].cache_control"
            ),
            (messagesRequest(#""system":7"#), "system"),
            (messagesRequest(#""system":[{"type":"text"}]"#), "system[0].text"),
            (messagesRequest(#""temperature":1.5"#), "temperature"),
            (messagesRequest(#""top_p":-1"#), "top_p"),
            (messagesRequest(#""top_k":1.5"#), "top_k"),
            (messagesRequest(#""stop_sequences":["a",1]"#), "stop_sequences[1]"),
            (messagesRequest(#""stop_sequences":"a""#), "stop_sequences"),
            (messagesRequest(#""stream":1"#), "stream"),
            (messagesRequest(#""metadata":{"user_id":1}"#), "metadata.user_id"),
            (messagesRequest(#""thinking":{"type":"enabled"}"#), "thinking.budget_tokens"),
            (messagesRequest(#""thinking":{"type":"enabled","budget_tokens":1023}"#), "thinking.budget_tokens"),
            (messagesRequest(#""output_config":{"effort":1}"#), "output_config.effort"),
            (
                messagesRequest(#""output_config":{"format":{"type":"json_schema"}}"#), "output_config.format.schema"
            ),
            (messagesRequest(#""tools":{}"#), "tools"),
            (messagesRequest(#""tools":[{"name":"f"}]"#), "tools[0].input_schema"),
            (messagesRequest(#""tools":[{"input_schema":{}}]"#), "tools[0].name"),
            (messagesRequest(#""tool_choice":"auto""#), "tool_choice"),
            (messagesRequest(#""tool_choice":{"type":"required"}"#), "tool_choice.type"),
            (messagesRequest(#""tool_choice":{"type":"tool"}"#), "tool_choice.name"),
            (
                messagesRequest(#""tool_choice":{"type":"auto","disable_parallel_tool_use":1}"#),
                "tool_choice.disable_parallel_tool_use"
            ),
            (messagesRequest(#""max_tokens":5"#), "max_tokens"),
            (messagesRequest(#""m\u0061x_tokens":5"#), "max_tokens"),
        ])
    func refuses(_ request: String, _ parameter: String) {
        let failure = messagesFailure(request)
        #expect(failure?.kind == .invalidRequest)
        #expect(failure?.status == 400)
        #expect(failure?.parameter == parameter)
        #expect(failure?.message.contains("'\(parameter)'") == true)
    }

    @Test("a body that is no JSON object is refused", arguments: ["", "[]", "{", "7", "{} {}"])
    func refusesOther(_ body: String) {
        #expect(messagesFailure(body)?.status == 400)
    }

    @Test("what a call asks of a model is noted")
    func notesFeatures() throws {
        #expect(try messagesCall(messagesRequest()).features == [])
        #expect(
            try messagesCall(messagesRequest(#""tools":[{"type":"web_search_20250305","name":"web_search"}]"#)).features
                == [.tools])
        #expect(
            try messagesCall(messagesRequest(#""thinking":{"type":"adaptive"}"#)).features == [.reasoning])
        #expect(try messagesCall(messagesRequest(#""thinking":{"type":"disabled"}"#)).features == [])
        let history = try messagesCall(
            messagesRequest(
                blocks:
                    #"{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"url","url":"https://x"}}]},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"}}"#
            ))
        #expect(history.features == [.toolHistory, .images, .files])
        let sealed = messagesRequest(
            blocks: #"{"type":"thinking","thinking":"x","signature":"EqQB"}"#, role: "assistant")
        #expect(try messagesCall(sealed).features == [])
        #expect(
            try messagesCall(sealed.replacing("EqQB", with: "lip1:gemini:abc")).features == [.foreignReasoning])
        #expect(try messagesCall(sealed.replacing("EqQB", with: "")).features == [.foreignReasoning])
    }

    @Test("values are read with their paths")
    func readsValues() throws {
        let call = try messagesCall(
            messagesRequest(
                #""system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}],"top_k":5,"stop_sequences":["x"],"metadata":{"user_id":"u"},"thinking":{"type":"enabled","budget_tokens":2048},"service_tier":"auto","tool_choice":{"type":"any","disable_parallel_tool_use":true},"tools":[{"name":"f","description":"d","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral","ttl":"1h"}}],"container":"c""#,
                messages: #"""
                    [{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
                      {"type":"document","source":{"type":"text","media_type":"text/plain","data":"héllo"},"title":"t","citations":{"enabled":true}}]},
                     {"role":"assistant","content":[{"type":"thinking","thinking":"why","signature":"sig"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"a": 1.0}}]},
                     {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"r","is_error":true}]}]
                    """#))
        let body = call.body()
        #expect(body.instructions == [Part(.text("s"), cacheControl: RawJSON(#"{"type":"ephemeral"}"#))])
        #expect(body.instructions[0].path.text == "system[0]")
        #expect(body.options.topK == 5)
        #expect(body.options.user == "u")
        #expect(body.spelling[.user] == "metadata.user_id")
        #expect(body.options.reasoningBudgetTokens == 2048)
        #expect(body.options.parallelToolCalls == false)
        #expect(body.toolChoice == .required)
        #expect(body.extras == [RawMember(name: "container", value: RawJSON(#""c""#))])
        #expect(body.tools[0].cacheControl == RawJSON(#"{"type":"ephemeral","ttl":"1h"}"#))
        #expect(body.messages[0].parts[0].content == .image(Image(url: "data:image/png;base64,AAAA")))
        #expect(
            body.messages[0].parts[1].content
                == .file(File(data: "data:text/plain;base64,aMOpbGxv", name: "t", mediaType: "text/plain")))
        #expect(
            body.messages[1].parts[0].content
                == .reasoning(Reasoning(text: "why", signature: "sig", issuer: .anthropicMessages)))
        #expect(
            body.messages[1].parts[1].content
                == .toolCall(ToolCall(id: "toolu_1", name: "f", arguments: #"{"a": 1.0}"#)))
        #expect(
            body.messages[2].parts[0].content
                == .toolResult(ToolResult(callID: "toolu_1", parts: [Part(.text("r"))], isError: true)))
        #expect(body.messages[2].parts[0].path.text == "messages[2].content[0]")
    }

    @Test("a request that counts tokens needs no output limit, and its answer is one number")
    func countsTokens() throws {
        let request = #"{"model":"m","messages":[{"role":"user","content":"x"}],"system":"s"}"#
        let call = try AnthropicCountTokens.decode(bytes(request))
        #expect(call.model == "m")
        #expect(call.body().instructions == [Part(.text("s"))])
        #expect(throws: Failure.self) { try AnthropicCountTokens.decode(bytes(#"{"model":"m"}"#)) }
        #expect(text(AnthropicCountTokens.body(inputTokens: 2095)) == #"{"input_tokens":2095}"#)
        #expect(AnthropicCountTokens.inputTokens(bytes(#"{ "input_tokens": 14 }"#)) == 14)
        #expect(AnthropicCountTokens.inputTokens(bytes(#"{"error":{}}"#)) == nil)
    }
}
