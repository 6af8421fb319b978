import Dialects
import Testing
import Transport

@Suite("OpenAI Responses: the backend of ChatGPT's Codex")
struct OpenAIResponsesCodexTests {
    private func sent(
        _ request: String, parameters: RouteParameters = .none
    ) throws -> (root: JSONValue, dropped: [String]) {
        try sent(try responsesCall(request), parameters: parameters)
    }

    private func sent(
        _ call: Call, parameters: RouteParameters = .none
    ) throws -> (root: JSONValue, dropped: [String]) {
        let request = try OpenAIResponsesRequestEncoder.encode(
            call, as: "gpt-5-codex", stream: true, parameters: parameters, flavor: .codex)
        return (try JSONDocument(parsing: request.body).root, request.droppedFields)
    }

    private func raw(_ value: JSONValue?) -> String { value.map { text($0.raw) } ?? "" }

    @Test("a carried request gets what the backend insists on, and its text becomes a list")
    func carriedTextIsMadeAList() throws {
        let (root, dropped) = try sent(responsesRequest())
        #expect(raw(root["store"]) == "false" && raw(root["stream"]) == "true")
        #expect(raw(root["include"]) == #"["reasoning.encrypted_content"]"#)
        #expect(root["instructions"]?.string?.isEmpty == false)
        #expect(root["input"]?[0]?["role"]?.string == "user")
        #expect(raw(root["input"]?[0]?["content"]) == #"[{"type":"input_text","text":"hi"}]"#)
        #expect(dropped.isEmpty)
    }

    @Test("a request as Codex itself sends it goes out byte for byte but for the model")
    func ownRequestsAreCarried() throws {
        let request =
            #"{"model":"m","instructions":"Be brief","input":[{"type":"message","role":"user","content":"hi"}],"#
            + #""tools":[],"tool_choice":"auto","parallel_tool_calls":false,"reasoning":{"effort":"low"},"#
            + #""store":false,"stream":true,"include":["reasoning.encrypted_content"],"prompt_cache_key":"k"}"#
        let encoded = try OpenAIResponsesRequestEncoder.encode(
            try responsesCall(request), as: "gpt-5", stream: true, flavor: .codex)
        #expect(text(encoded.body) == request.replacing(#""model":"m""#, with: #""model":"gpt-5""#))
        #expect(encoded.droppedFields.isEmpty)
    }

    @Test("what the backend refuses is left out and named; a null says nothing")
    func refusedMembersAreNamed() throws {
        let (root, dropped) = try sent(
            responsesRequest(
                #""temperature":0.2,"top_p":0.5,"max_output_tokens":64,"metadata":{"a":"b"},"user":null,"#
                    + #""store":true,"service_tier":"flex","truncation":"auto","brand_new":1,"#
                    + #""stream_options":{"include_obfuscation":true}"#
            ))
        #expect(
            dropped.sorted() == [
                "brand_new", "max_output_tokens", "metadata", "service_tier", "store", "stream_options", "temperature",
                "top_p", "truncation",
            ])
        #expect(
            Set(root.members.compactMap(\.key.string)) == [
                "model", "input", "store", "stream", "instructions", "include",
            ])
        #expect(raw(root["store"]) == "false")
    }

    @Test("the one tier that the backend knows goes there")
    func priorityTier() throws {
        let (root, dropped) = try sent(responsesRequest(#""service_tier":"priority""#))
        #expect(root["service_tier"]?.string == "priority" && dropped.isEmpty)
    }

    @Test("lip's own session in the metadata is taken out, and is no loss")
    func sessionIsNoLoss() throws {
        let (root, dropped) = try sent(responsesRequest(#""metadata":{"lip_session_id":"s"}"#))
        #expect(root["metadata"] == nil && dropped.isEmpty)
        let (_, named) = try sent(responsesRequest(#""metadata":{"lip_session_id":"s","a":"b"}"#))
        #expect(named == ["metadata"])
    }

    @Test("system messages become the developer's; sealed reasoning goes back, unsealed is named")
    func inputItems() throws {
        let (root, dropped) = try sent(
            responsesRequest(
                #""include":["web_search_call.results"]"#,
                input: #"[{"role":"system","content":"s"},{"type":"reasoning","id":"rs_1","summary":[],"#
                    + #""encrypted_content":"seal"},{"type":"reasoning","id":"rs_2","summary":[]},"#
                    + #"{"role":"user","content":"u"}]"#
            ))
        let input = try #require(root["input"])
        #expect(input.count == 3 && input[0]?["role"]?.string == "developer")
        #expect(input[1]?["encrypted_content"]?.string == "seal")
        #expect(dropped == ["input[2]"])
        #expect(raw(root["include"]) == #"["web_search_call.results","reasoning.encrypted_content"]"#)
    }

    @Test(
        "what refers to kept responses is refused, and says where",
        arguments: [
            (#""previous_response_id":"resp_1""#, #""hi""#, "previous_response_id"),
            (#""conversation":"conv_1""#, #""hi""#, "conversation"),
            (#""background":true"#, #""hi""#, "background"),
            (
                "", #"[{"type":"compaction","encrypted_content":"x"},{"type":"item_reference","id":"msg_1"}]"#,
                "input[1]"
            ),
        ])
    func nothingIsKept(members: String, input: String, field: String) throws {
        let refusal = OpenAIResponsesCodex.refusal(of: try responsesCall(responsesRequest(members, input: input)))
        #expect(refusal?.parameter == field && refusal?.kind == .invalidRequest)
    }

    @Test("what was compacted is sealed in itself, and is no reference")
    func compactionGoesBack() throws {
        let call = try responsesCall(
            responsesRequest(input: #"[{"type":"compaction","encrypted_content":"x"},{"role":"user","content":"u"}]"#))
        #expect(OpenAIResponsesCodex.refusal(of: call) == nil)
        #expect(try sent(call).root["input"]?.count == 2)
    }

    @Test("the route's parameters go where they have a place, and are named where not")
    func routeParameters() throws {
        var parameters = RouteParameters()
        parameters.temperature = 0.5
        parameters.reasoningEffort = "high"
        let (root, dropped) = try sent(responsesRequest(), parameters: parameters)
        #expect(root["temperature"] == nil && root["reasoning"]?["effort"]?.string == "high")
        #expect(dropped == ["temperature"])
    }

    @Test("a chat's first system messages become the instructions, later ones the developer's")
    func chatIsTranslated() throws {
        let call = try OpenAIChatRequestDecoder.decode(
            bytes(
                #"{"model":"m","max_completion_tokens":9,"temperature":1,"user":"u","logprobs":true,"top_logprobs":2,"#
                    + #""metadata":{"a":"b"},"messages":[{"role":"system","content":"one"},"#
                    + #"{"role":"developer","content":"two"},{"role":"user","content":"hi"},"#
                    + #"{"role":"system","content":"three"}]}"#))
        let (root, dropped) = try sent(call)
        #expect(root["instructions"]?.string == "one\n\ntwo")
        #expect(root["input"]?.elements.compactMap { $0["role"]?.string } == ["user", "developer"])
        #expect(raw(root["include"]) == #"["reasoning.encrypted_content"]"#)
        #expect(
            dropped.sorted() == [
                "logprobs", "max_completion_tokens", "metadata", "temperature", "top_logprobs", "user",
            ])
        #expect(
            Set(root.members.compactMap(\.key.string)) == [
                "model", "instructions", "input", "include", "store", "stream",
            ])
    }

    @Test("a conversation of nothing but a system message keeps it as input")
    func onlyASystemMessage() throws {
        let call = try OpenAIChatRequestDecoder.decode(
            bytes(#"{"model":"m","messages":[{"role":"system","content":"one"}]}"#))
        let (root, _) = try sent(call)
        #expect(root["input"]?[0]?["role"]?.string == "developer")
        #expect(root["instructions"]?.string?.isEmpty == false)
    }

    @Test("a call whose values were changed is written to the same rules")
    func nativeCallsAreRebuilt() throws {
        let call = try responsesCall(
            responsesRequest(
                #""temperature":1,"truncation":"auto","include":["reasoning.encrypted_content"],"store":true"#))
        let encoded = try OpenAIResponsesRequestEncoder.rebuild(call, as: "m", stream: false, flavor: .codex)
        let root = try JSONDocument(parsing: encoded.body).root
        #expect(encoded.droppedFields.sorted() == ["store", "temperature", "truncation"])
        #expect(raw(root["include"]) == #"["reasoning.encrypted_content"]"#)
        #expect(raw(root["stream"]) == "true" && raw(root["store"]) == "false")
    }

    // MARK: - Streams

    private static let item =
        #"{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}"#

    private func stream(output: String) -> String {
        responsesFrame("response.created", 0, #""response":{"id":"resp_1","output":[]}"#)
            + responsesFrame(
                "response.output_item.added", 1, #""output_index":0,"item":{"type":"message","id":"msg_1"}"#)
            + responsesFrame(
                "response.output_text.delta", 2, #""item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hi""#)
            + responsesFrame("response.output_item.done", 3, #""output_index":0,"item":\#(Self.item)"#)
            + responsesFrame(
                "response.completed", 4, #""response":{"id":"resp_1","status":"completed","output":\#(output)}"#)
    }

    private func carried(_ stream: String, flavor: OpenAIResponsesFlavor) -> (frames: [String], whole: String?) {
        var decoder = OpenAIResponsesEventDecoder(flavor: flavor)
        var frames: [String] = []
        var whole: String?
        // Byte by byte: a frame must not depend on how it arrives.
        for byte in bytes(stream) {
            decoder.feed([byte])
            while let frame = decoder.next() {
                frames.append(text(frame.bytes))
                whole = frame.wholeBody.map { text($0) } ?? whole
            }
        }
        return (frames, whole)
    }

    @Test("the items of a stream stand in its last event, where the backend leaves them out")
    func outputIsRestored() throws {
        let (frames, whole) = carried(stream(output: "[]"), flavor: .codex)
        #expect(frames.joined() == stream(output: "[\(Self.item)]"))
        #expect(whole == #"{"id":"resp_1","status":"completed","output":[\#(Self.item)]}"#)
    }

    @Test("a last event that has its items stays as it is, and so does every other provider's stream")
    func fullOutputStays() {
        let full = stream(output: "[\(Self.item)]")
        #expect(carried(full, flavor: .codex).frames.joined() == full)
        #expect(carried(stream(output: "[]"), flavor: .openAI).frames.joined() == stream(output: "[]"))
    }
}
