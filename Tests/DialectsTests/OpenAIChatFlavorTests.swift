import Dialects
import Testing
import Transport

@testable import Dialects

@Suite("Flavours of OpenAI Chat")
struct OpenAIChatFlavorTests {
    private func encode(_ request: String, _ flavor: OpenAIChatFlavor) throws -> EncodedRequest {
        OpenAIChatRequestEncoder.encode(try chatCall(request), as: "m", stream: false, flavor: flavor)
    }

    private func anthropic(_ members: String, _ flavor: OpenAIChatFlavor) throws -> EncodedRequest {
        let request =
            #"{"model":"m","max_tokens":9000,"messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]}]\#(members)}"#
        let call = try AnthropicRequestDecoder.decode(bytes(request))
        return OpenAIChatRequestEncoder.encode(call, as: "m", stream: false, flavor: flavor)
    }

    // MARK: Mistral

    @Test("Mistral gets a client's own bytes where it takes them")
    func mistralCarries() throws {
        let request = chatRequest(
            #""max_tokens":5,"safe_prompt":true,"tool_choice":"auto","random_seed":3,"response_format":{"type":"text"}"#
        )
        let encoded = try encode(request, .mistral)
        #expect(text(encoded.body) == request)
        #expect(encoded.droppedFields.isEmpty)
    }

    @Test(
        "Mistral gets its own words for OpenAI's",
        arguments: [
            (#""seed":7,"safe_prompt":true"#, #""random_seed":7,"safe_prompt":true"#),
            (#""max_completion_tokens":5"#, #""max_tokens":5"#),
            (
                #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"required""#,
                #""tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"any""#
            ),
        ])
    func mistralRenames(_ sent: String, _ expected: String) throws {
        let encoded = try encode(chatRequest(sent), .mistral)
        #expect(text(encoded.body) == chatRequest(expected))
        #expect(encoded.droppedFields.isEmpty)
    }

    @Test("what Mistral would refuse is left out and named")
    func mistralLacks() throws {
        let encoded = try encode(
            chatRequest(#""user":"u","logit_bias":{},"store":true,"verbosity":"low","metadata":{"a":"b"}"#), .mistral)
        #expect(text(encoded.body) == chatRequest(#""metadata":{"a":"b"}"#))
        #expect(Set(encoded.droppedFields) == ["user", "logit_bias", "store", "verbosity"])
    }

    @Test("Mistral's messages have neither developers nor named speakers")
    func mistralMessages() throws {
        let encoded = try encode(
            chatRequest(
                messages: #"[{"role":"developer","content":"d"},{"role":"user","name":"bob","content":"u"}]"#), .mistral
        )
        #expect(
            text(encoded.body)
                == chatRequest(messages: #"[{"role":"system","content":"d"},{"role":"user","content":"u"}]"#))
        #expect(encoded.droppedFields == ["messages[1].name"])
    }

    @Test("a call and its result get the same id of nine letters and digits, the same in every turn")
    func mistralIDs() throws {
        func request(_ first: String, _ second: String) -> String {
            let call = { (id: String) in
                #"{"role":"assistant","content":null,"tool_calls":[{"id":"\#(id)","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"\#(id)","content":"r"}"#
            }
            return chatRequest(messages: #"[{"role":"user","content":"u"},\#(call(first)),\#(call(second))]"#)
        }
        let body = text(try encode(request("call_0fypS1hVX", "D681PevKs"), .mistral).body)
        var ids = OpenAIChatCallIDs()
        let made = ids.id(for: "call_0fypS1hVX")
        #expect(OpenAIChatCallIDs.fits(made))
        #expect(body == request(made, "D681PevKs"))
        #expect(text(try encode(body, .mistral).body) == body)
    }

    @Test("different ids stay different, and what fits stays as it is")
    func callIDs() {
        var ids = OpenAIChatCallIDs()
        var made: Set<String> = []
        for number in 0..<2000 {
            let id = ids.id(for: "call_\(number)")
            #expect(OpenAIChatCallIDs.fits(id))
            made.insert(id)
        }
        #expect(made.count == 2000)
        #expect(ids.id(for: "abcDEF123") == "abcDEF123")
        for id in ["abcDEF12", "abcDEF1234", "abcDEF_12", ""] { #expect(!OpenAIChatCallIDs.fits(id)) }
    }

    // MARK: OpenRouter

    @Test("OpenRouter gets cache markers, top_k and a budget for reasoning")
    func openRouter() throws {
        let encoded = try anthropic(#","top_k":5,"thinking":{"type":"enabled","budget_tokens":2048}"#, .openRouter)
        let body = text(encoded.body)
        #expect(body.contains(#""cache_control":{"type":"ephemeral"}"#))
        #expect(body.contains(#""top_k":5"#))
        #expect(body.contains(#""reasoning":{"max_tokens":2048}"#))
        #expect(!encoded.droppedFields.contains("top_k") && !encoded.droppedFields.contains("thinking.budget_tokens"))
    }

    @Test("the route's effort takes the place of what a client of OpenRouter says about reasoning")
    func openRouterEffort() throws {
        let call = try chatCall(chatRequest(#""reasoning":{"max_tokens":100,"exclude":true}"#))
        var parameters = RouteParameters.none
        parameters.reasoningEffort = "low"
        let encoded = OpenAIChatRequestEncoder.encode(
            call, as: "m", stream: false, parameters: parameters, flavor: .openRouter)
        #expect(text(encoded.body) == chatRequest(#""reasoning":{"exclude":true,"effort":"low"}"#))
    }

    // MARK: Azure

    @Test("what Azure's filter says of the prompt comes before the answer and is none of it")
    func azurePreamble() {
        let preamble = frame(
            #"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]}"#
        )
        let stream = preamble + chunk(#"{"role":"assistant","content":"hi"}"#) + chunk("{}", finish: "stop") + done
        let decoded = decode(stream)
        #expect(decoded.hasEnded)
        let started = decoded.events.compactMap { event -> ResponseInfo? in
            if case .started(let info) = event { info } else { nil }
        }
        #expect(started.map(\.id) == ["chatcmpl-1"])
        #expect(decoded.frames.first == preamble)
        #expect(decoded.hidden.allSatisfy { !$0 })
    }

    @Test("Azure's refusal of a prompt is a blocked content")
    func azureFilter() {
        let body =
            #"{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":true,"severity":"high"}}}}}"#
        let failure = ProviderErrorReader.failure(status: 400, body: bytes(body))
        #expect(failure.kind == .contentBlocked && failure.status == 400 && failure.code == "content_filter")
        #expect(failure.parameter == "prompt")
    }
}
