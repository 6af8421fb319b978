import Dialects
import Testing
import Transport

@Suite("OpenAI Responses requests")
struct OpenAIResponsesRequestTests {
    private func refusal(_ request: String) -> Failure? {
        do {
            _ = try OpenAIResponsesRequestDecoder.decode(bytes(request))
            return nil
        } catch {
            return error
        }
    }

    @Test("a valid request is accepted, and kept as it came", arguments: ResponsesCorpus.valid)
    func accepts(_ request: String) throws {
        let call = try responsesCall(request)
        #expect(call.original?.bytes == bytes(request))
        #expect(call.dialect == .openAIResponses)
    }

    @Test(
        "a malformed field is named in the client's spelling",
        arguments: [
            ("[]", nil), ("{", nil), (#"{"input":"x"}"#, "model"), (#"{"model":"","input":"x"}"#, "model"),
            (#"{"model":"m"}"#, "input"), (#"{"model":"m","input":null}"#, "input"),
            (responsesRequest(input: "[]"), "input"), (responsesRequest(input: "7"), "input"),
            (responsesRequest(#""input":"y""#), "input"), (responsesRequest(input: "[1]"), "input[0]"),
            (responsesRequest(input: #"[{"role":"robot","content":"x"}]"#), "input[0].role"),
            (responsesRequest(input: #"[{"type":"message","content":"x"}]"#), "input[0].role"),
            (responsesRequest(input: #"[{"role":"user"}]"#), "input[0].content"),
            (responsesRequest(input: #"[{"role":"user","content":null}]"#), "input[0].content"),
            (responsesRequest(input: #"[{"role":"user","content":["x"]}]"#), "input[0].content[0]"),
            (responsesRequest(input: #"[{"role":"user","content":[{"text":"x"}]}]"#), "input[0].content[0].type"),
            (
                responsesRequest(input: #"[{"role":"user","content":[{"type":"input_text"}]}]"#),
                "input[0].content[0].text"
            ),
            (
                responsesRequest(
                    input: #"[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image"}]}]"#),
                "input[0].content[1].image_url"
            ),
            (
                responsesRequest(
                    input: #"[{"role":"user","content":[{"type":"input_image","image_url":{"url":"u"}}]}]"#),
                "input[0].content[0].image_url"
            ),
            (
                responsesRequest(input: #"[{"role":"user","content":[{"type":"input_file","filename":"a"}]}]"#),
                "input[0].content[0].file_data"
            ),
            (
                responsesRequest(
                    input: #"[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"A"}}]}]"#),
                "input[0].content[0].input_audio.format"
            ),
            (responsesRequest(input: #"[{"type":3,"role":"user","content":""}]"#), "input[0].type"),
            (responsesRequest(input: #"[{"type":"function_call","name":"f","arguments":""}]"#), "input[0].call_id"),
            (
                responsesRequest(input: #"[{"type":"function_call","call_id":"c","name":"f","arguments":{}}]"#),
                "input[0].arguments"
            ),
            (responsesRequest(input: #"[{"type":"function_call_output","call_id":"c"}]"#), "input[0].output"),
            (
                responsesRequest(input: #"[{"type":"function_call_output","call_id":"c","output":{}}]"#),
                "input[0].output"
            ),
            (
                responsesRequest(
                    input: #"[{"type":"function_call_output","call_id":"c","output":[{"type":"input_text"}]}]"#),
                "input[0].output[0].text"
            ),
            (
                responsesRequest(input: #"[{"type":"custom_tool_call","call_id":"c","name":"f"}]"#), "input[0].input"
            ), (responsesRequest(input: #"[{"type":"item_reference"}]"#), "input[0].id"),
            (responsesRequest(input: #"[{"type":"reasoning","summary":"x"}]"#), "input[0].summary"),
            (responsesRequest(input: #"[{"type":"reasoning","summary":[1]}]"#), "input[0].summary[0]"),
            (responsesRequest(#""instructions":["x"]"#), "instructions"),
            (responsesRequest(#""stream":"yes""#), "stream"), (responsesRequest(#""temperature":3"#), "temperature"),
            (responsesRequest(#""max_output_tokens":1.5"#), "max_output_tokens"),
            (responsesRequest(#""top_logprobs":21"#), "top_logprobs"), (responsesRequest(#""include":"x""#), "include"),
            (responsesRequest(#""include":[1]"#), "include[0]"), (responsesRequest(#""text":"x""#), "text"),
            (responsesRequest(#""text":{"format":{}}"#), "text.format.type"),
            (
                responsesRequest(#""text":{"format":{"type":"json_schema","schema":{}}}"#), "text.format.name"
            ),
            (
                responsesRequest(#""text":{"format":{"type":"json_schema","name":"n"}}"#), "text.format.schema"
            ), (responsesRequest(#""text":{"verbosity":1}"#), "text.verbosity"),
            (responsesRequest(#""reasoning":{"effort":1}"#), "reasoning.effort"),
            (responsesRequest(#""tools":{}"#), "tools"),
            (responsesRequest(#""tools":[{"name":"f"}]"#), "tools[0].type"),
            (responsesRequest(#""tools":[{"type":"function","function":{"name":"f"}}]"#), "tools[0].name"),
            (responsesRequest(#""tools":[{"type":"function","name":"f","strict":1}]"#), "tools[0].strict"),
            (responsesRequest(#""tool_choice":"any""#), "tool_choice"),
            (responsesRequest(#""tool_choice":{"type":"function"}"#), "tool_choice.name"),
            (
                responsesRequest(#""tool_choice":{"type":"allowed_tools","mode":"x","tools":[]}"#), "tool_choice.mode"
            ), (responsesRequest(#""previous_response_id":1"#), "previous_response_id"),
            (responsesRequest(#""conversation":{}"#), "conversation.id"),
            (responsesRequest(#""background":1"#), "background"), (responsesRequest(#""prompt":"p""#), "prompt"),
        ] as [(String, String?)])
    func namesMalformedFields(_ request: String, _ parameter: String?) throws {
        let failure = try #require(refusal(request))
        #expect(failure.parameter == parameter)
        #expect(failure.status == 400)
        #expect(failure.side == .client)
    }

    @Test("what only the issuer can resolve binds the call, and other dialects refuse it by name")
    func bindsToIssuer() throws {
        let call = try responsesCall(
            responsesRequest(
                #""background":true,"previous_response_id":"resp_1""#,
                input: #"[{"role":"user","content":"x"},{"type":"item_reference","id":"m"}]"#))
        #expect(call.issuerBoundFields == ["input[1]", "background", "previous_response_id"])
        #expect(call.isBoundToIssuer)
        #expect(call.previousResponseID == "resp_1")
        #expect(call.refusal(by: .openAIResponses) == nil)
        let refusal = try #require(call.refusal(by: .openAIChat))
        #expect(refusal.status == 400)
        #expect(refusal.parameter == "input[1]")
        let free = try responsesCall(responsesRequest(#""background":false,"previous_response_id":null"#))
        #expect(!free.isBoundToIssuer)
        #expect(free.refusal(by: .openAIChat) == nil)
        #expect(try chatCall(chatRequest()).refusal(by: .openAIResponses) == nil)
    }

    @Test("what routing needs is read at once")
    func readsSwitches() throws {
        let call = try responsesCall(
            responsesRequest(
                #""stream":true,"tools":[{"type":"web_search"}],"reasoning":{"effort":"low"},"include":["message.output_text.logprobs"],"text":{"format":{"type":"json_schema","name":"n","schema":{}}}"#,
                input:
                    #"[{"role":"user","content":[{"type":"input_image","image_url":"u"},{"type":"input_file","file_id":"f"}]},{"type":"reasoning","id":"rs_lip_1","summary":[]},{"type":"function_call_output","call_id":"c","output":""}]"#
            ))
        #expect(call.stream)
        #expect(call.includeUsage)
        #expect(
            call.features == [
                .tools, .toolHistory, .images, .files, .jsonSchema, .reasoning, .logprobs, .foreignReasoning,
            ])
    }

    @Test("the items of one turn become one message, in their order")
    func groupsItems() throws {
        let body = try responsesCall(
            responsesRequest(
                #""instructions":"be brief""#,
                input: #"""
                    [{"role":"user","content":"q"},
                     {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}],"encrypted_content":"E"},
                     {"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"let me see","annotations":[]}]},
                     {"type":"function_call","id":"fc_1","call_id":"c1","name":"f","arguments":"{ }","status":"completed"},
                     {"type":"function_call","call_id":"c2","name":"g","arguments":"{}"},
                     {"type":"function_call_output","call_id":"c1","output":"1"},
                     {"type":"function_call_output","call_id":"c2","output":"2"},
                     {"role":"assistant","content":"3"}]
                    """#)
        ).body()
        #expect(body.instructions == [Part(.text("be brief"))])
        #expect(body.messages.map(\.role) == [.user, .assistant, .tool, .tool, .assistant])
        let turn = body.messages[1]
        #expect(turn.parts.count == 4)
        guard case .reasoning(let reasoning) = turn.parts[0].content else {
            Issue.record("no reasoning")
            return
        }
        #expect(reasoning.text == "a\n\nb")
        #expect(reasoning.signature == "E")
        #expect(turn.parts[1].content == .text("let me see"))
        #expect(turn.parts[1].extras.isEmpty)
        #expect(turn.marks.map(\.name) == ["id", "status"])
        #expect(turn.extras.isEmpty)
        #expect(turn.parts[2].content == .toolCall(ToolCall(id: "c1", name: "f", arguments: "{ }")))
        #expect(turn.parts[3].path.text == "input[4]")
        #expect(turn.parts[1].path.text == "input[2].content[0]")
    }

    @Test(
        "a member named like the path of another is rebuilt where it stood",
        arguments: [
            #""reasoning":{"effort":"low","summary":"auto"},"reasoning.summary":9,"reasoning.effort":true"#,
            #""text.x":1,"text.":2,"stream_options.include_obfuscation":[]"#,
            #""reasoning":{"x.y":1,"x":{"y":2}},"text":{"reasoning.summary":3,".":4}"#,
        ])
    func keepsDottedNames(_ members: String) throws {
        let call = try responsesCall(responsesRequest(members))
        let rebuilt = try OpenAIResponsesRequestEncoder.rebuild(call, as: "m", stream: false)
        let again = try OpenAIResponsesRequestDecoder.decode(rebuilt.body)
        #expect(Set(again.body().extras) == Set(call.body().extras))
        #expect(again.body().options == call.body().options)
        #expect(rebuilt.droppedFields.isEmpty)
        for member in try JSONDocument(parsing: bytes("{\(members)}")).root.members {
            let root = try JSONDocument(parsing: rebuilt.body).root
            let value = root.members.first { $0.key.string == member.key.string }?.value
            #expect(value.map { text(Array($0.raw)) } == text(Array(member.value.raw)))
        }
    }

    @Test("a content part is no item, whatever its type begins with")
    func tellsPartsFromItems() throws {
        let part = #"{"type":"item:_text","text":"q"}"#
        let item = #"{"type":"item:web_search_call","id":"w"}"#
        let call = try responsesCall(
            responsesRequest(
                input: #"[{"role":"user","content":[\#(part),{"type":"input_text","text":"t"}]},\#(item)]"#))
        let rebuilt = try OpenAIResponsesRequestEncoder.rebuild(call, as: "m", stream: false)
        let input = try JSONDocument(parsing: rebuilt.body).root["input"]
        #expect(input?.count == 2)
        #expect(input?[0]?["content"]?.count == 2)
        #expect(input?[0]?["content"]?[0].map { text(Array($0.raw)) } == part)
        #expect(input?[1].map { text(Array($0.raw)) } == item)
    }

    @Test("a rebuilt request says the same", arguments: ResponsesCorpus.valid)
    func roundTrips(_ request: String) throws {
        let call = try responsesCall(request)
        let rebuilt = try OpenAIResponsesRequestEncoder.rebuild(call, as: "other", stream: call.stream)
        #expect(rebuilt.droppedFields.isEmpty)
        let again = try OpenAIResponsesRequestDecoder.decode(rebuilt.body)
        #expect(again.body() == call.body())
        #expect(again.model == "other")
        #expect(again.stream == call.stream)
        #expect(again.features == call.features)
        #expect(Set(again.issuerBoundFields) == Set(call.issuerBoundFields))
        #expect(again.previousResponseID == call.previousResponseID)
    }
}
