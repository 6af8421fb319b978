import Dialects
import Runtime
import Testing
import Transport

@Suite("OpenAI Responses carriage")
struct OpenAIResponsesCarriageTests {
    private func carried(
        _ request: String, as model: String = "m", stream: Bool? = nil, parameters: RouteParameters = .none
    ) throws -> EncodedRequest {
        let call = try responsesCall(request)
        return try OpenAIResponsesRequestEncoder.encode(
            call, as: model, stream: stream ?? call.stream, parameters: parameters)
    }

    private static let odd =
        "{ \"input\" : [ {\"role\":\"user\",\"content\":\"a\\u0062 \\/\",\"x\":1.0e0} ],\n\t\"big\": 123456789012345678901234567890,"
        + " \"model\":\t\"m\" , \"unknown\":{\"b\":1,\"a\":2,\"b\":3}, \"top_p\": 1e0 }"

    @Test("a request that keeps its model goes out byte for byte", arguments: [odd] + ResponsesCorpus.valid)
    func keepsBytes(_ request: String) throws {
        let encoded = try carried(request)
        #expect(text(encoded.body) == request)
        #expect(encoded.droppedFields.isEmpty)
    }

    @Test("only the model's text changes when the model changes")
    func changesModel() throws {
        #expect(
            text(try carried(Self.odd, as: "vendor/x \"y\"").body)
                == Self.odd.replacing("\t\"m\" ,", with: "\t\"vendor/x \\\"y\\\"\" ,"))
    }

    @Test("the session in the metadata is lip's: it is read, and taken out of what goes on and comes back")
    func sessions() throws {
        let named = #""lip_session_id":"chat","lip_resume_token":"t""#
        let alone = responsesRequest("\"metadata\":{\(named)}")
        #expect(try responsesCall(alone).session == SessionHint(id: "chat", resumeToken: Secret("t")))
        #expect(text(try carried(alone).body) == responsesRequest())
        let beside = responsesRequest("\"metadata\":{\"a\":\"b\",\(named)}")
        #expect(text(try carried(beside).body) == responsesRequest(#""metadata":{"a":"b"}"#))
        for (request, kept) in [(alone, "{}"), (beside, #"{"a":"b"}"#)] {
            let call = try responsesCall(request)
            let rebuilt = try OpenAIResponsesRequestEncoder.rebuild(call, as: "m", stream: false)
            #expect(!text(rebuilt.body).contains("lip_"))
            let answer = OpenAIResponsesAnswerWriter.body(
                Answer(), fallback: ResponseInfo(id: "r", model: "m", created: 1), echo: OpenAIResponsesEcho(call))
            #expect(text(answer).contains("\"metadata\":\(kept)"))
            #expect(!text(answer).contains("lip_"))
        }
    }

    @Test("the stream switch follows the upstream mode, and takes its options with it")
    func switchesMode() throws {
        #expect(text(try carried(responsesRequest(), stream: true).body) == responsesRequest(#""stream":true"#))
        #expect(
            text(
                try carried(
                    responsesRequest(#""stream":true,"stream_options":{"include_obfuscation":true},"a":1"#),
                    stream: false
                ).body) == responsesRequest(#""stream":false,"a":1"#))
    }

    @Test("route parameters override the request's, inside its objects")
    func overridesParameters() throws {
        var parameters = RouteParameters()
        parameters.temperature = 0.5
        parameters.maxOutputTokens = 7
        parameters.reasoningEffort = "low"
        parameters.verbosity = "high"
        parameters.parallelToolCalls = false
        #expect(
            text(
                try carried(
                    responsesRequest(#""temperature": 1.5,"reasoning":{ "effort":"high","summary":"auto"}"#),
                    parameters: parameters
                ).body)
                == responsesRequest(
                    #""temperature": 0.5,"reasoning":{ "effort":"low","summary":"auto"},"max_output_tokens":7,"parallel_tool_calls":false,"text":{"verbosity":"high"}"#
                ))
    }

    @Test("reasoning that lip made of another dialect's is taken out, and named")
    func removesTranslatedReasoning() throws {
        let encoded = try carried(
            responsesRequest(
                input:
                    #"[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_lip_1","summary":[]},{"type":"reasoning","id":"rs_1","summary":[]}]"#
            ))
        #expect(
            text(encoded.body)
                == responsesRequest(
                    input: #"[{"role":"user","content":"a"},{"type":"reasoning","id":"rs_1","summary":[]}]"#))
        #expect(encoded.droppedFields == ["input[1]"])
    }

    @Test("a session in the metadata stays with lip: it goes to no provider, and comes back in no answer")
    func keepsSession() throws {
        let request = responsesRequest(
            #""metadata":{"lip_session_id":"s1","a":"b","lip_resume_token":"secret-token"},"x":1"#)
        let call = try responsesCall(request)
        #expect(call.session?.id == "s1")
        #expect(text(try carried(request).body) == responsesRequest(#""metadata":{"a":"b"},"x":1"#))
        let rebuilt = try OpenAIResponsesRequestEncoder.rebuild(call, as: "m", stream: false)
        #expect(!text(rebuilt.body).contains("lip_"))
        let answer = encodeResponses([.textDelta(choice: 0, "x"), .ended], echo: OpenAIResponsesEcho(call))
        #expect(!text(answer).contains("secret-token"))
        #expect(text(answer).contains(#""metadata":{"a":"b"}"#))
        #expect(throws: (any Error).self) { try responsesCall(responsesRequest(#""metadata":{"lip_session_id":1}"#)) }
    }

    @Test("a changed call no longer goes out as it came, and keeps what it does not change")
    func rebuildsChangedCalls() throws {
        var call = try responsesCall(
            responsesRequest(
                #""x":1"#, input: #"[{"type":"reasoning","id":"rs_1","summary":[]},{"role":"user","content":"a"}]"#))
        var body = call.body()
        body.messages[1].parts = [Part(.text("changed"))]
        call.replaceBody(body)
        let encoded = try OpenAIResponsesRequestEncoder.encode(call, as: "m", stream: false)
        #expect(
            text(encoded.body)
                == #"{"model":"m","input":[{"type":"reasoning","id":"rs_1","summary":[]},{"type":"message","role":"user","content":"changed"}],"x":1}"#
        )
    }

    @Test("carrying and rebuilding say the same", arguments: ResponsesCorpus.valid)
    func agrees(_ request: String) throws {
        let call = try responsesCall(request)
        var parameters = RouteParameters()
        parameters.temperature = 0.25
        parameters.reasoningEffort = "low"
        parameters.verbosity = "low"
        for stream in [false, true] {
            let carried = try OpenAIResponsesRequestEncoder.encode(
                call, as: "x", stream: stream, parameters: parameters)
            let rebuilt = try OpenAIResponsesRequestEncoder.rebuild(
                call, as: "x", stream: stream, parameters: parameters)
            let first = try OpenAIResponsesRequestDecoder.decode(carried.body)
            let second = try OpenAIResponsesRequestDecoder.decode(rebuilt.body)
            #expect(first.body() == second.body())
            #expect(first.stream == second.stream)
        }
    }
}
