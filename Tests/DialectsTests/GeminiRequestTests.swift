import Dialects
import Testing
import Transport

@Suite("Gemini requests")
struct GeminiRequestTests {
    @Test("every valid request is decoded", arguments: GeminiCorpus.valid)
    func decodes(_ request: String) throws {
        let call = try Gemini.call(request, model: "gemini-2.5-pro", stream: true)
        #expect(call.dialect == .gemini)
        #expect(call.model == "gemini-2.5-pro")
        #expect(call.stream)
        #expect(call.includeUsage)
        #expect(!call.body().messages.isEmpty)
    }

    @Test(
        "a malformed member is refused with its path in the client's spelling",
        arguments: [
            (#"{}"#, "contents"), (#"{"contents":null}"#, "contents"), (#"{"contents":[]}"#, "contents"),
            (#"{"contents":"hi"}"#, "contents"), (#"{"contents":[7]}"#, "contents[0]"),
            (#"{"contents":[{"role":"assistant","parts":[]}]}"#, "contents[0].role"),
            (#"{"contents":[{"parts":"x"}]}"#, "contents[0].parts"),
            (#"{"contents":{"parts":[{"text":"a"},{"text":1}]}}"#, "contents.parts[1].text"),
            (#"{"contents":[{"parts":[{"inline_data":{"data":"A"}}]}]}"#, "contents[0].parts[0].inline_data.mimeType"),
            (
                #"{"contents":[{"parts":[{"inlineData":{"mimeType":"a/b","data":1}}]}]}"#,
                "contents[0].parts[0].inlineData.data"
            ),
            (#"{"contents":[{"parts":[{"functionCall":{"args":{}}}]}]}"#, "contents[0].parts[0].functionCall.name"),
            (
                #"{"contents":[{"parts":[{"functionCall":{"name":"f","args":"{}"}}]}]}"#,
                "contents[0].parts[0].functionCall.args"
            ),
            (
                #"{"contents":[{"parts":[{"functionResponse":{"name":"f","response":"x"}}]}]}"#,
                "contents[0].parts[0].functionResponse.response"
            ),
            (Gemini.request(#""generationConfig":{"temperature":"hot"}"#), "generationConfig.temperature"),
            (Gemini.request(#""generation_config":{"top_p":2}"#), "generation_config.top_p"),
            (Gemini.request(#""generationConfig":{"topK":1.5}"#), "generationConfig.topK"),
            (Gemini.request(#""generationConfig":{"stopSequences":[1]}"#), "generationConfig.stopSequences[0]"),
            (
                Gemini.request(#""generationConfig":{"maxOutputTokens":1,"max_output_tokens":2}"#),
                "generationConfig.max_output_tokens"
            ),
            (
                Gemini.request(#""generationConfig":{"thinkingConfig":{"thinkingBudget":"x"}}"#),
                "generationConfig.thinkingConfig.thinkingBudget"
            ),
            (Gemini.request(#""systemInstruction":"x""#), "systemInstruction"),
            (Gemini.request(#""system_instruction":{"parts":[{"text":true}]}"#), "system_instruction.parts[0].text"),
            (
                Gemini.request(#""tools":[{"functionDeclarations":[{"name":""}]}]"#),
                "tools[0].functionDeclarations[0].name"
            ),
            (
                Gemini.request(
                    #""tools":[{"functionDeclarations":[{"name":"f","parameters":{},"parametersJsonSchema":{}}]}]"#),
                "tools[0].functionDeclarations[0].parametersJsonSchema"
            ),
            (
                Gemini.request(#""toolConfig":{"functionCallingConfig":{"allowedFunctionNames":"f"}}"#),
                "toolConfig.functionCallingConfig.allowedFunctionNames"
            ),
            (Gemini.request(#""safetySettings":"none""#), "safetySettings"),
        ])
    func refuses(_ request: String, _ path: String) {
        let failure = Gemini.failure(request)
        #expect(failure?.parameter == path)
        #expect(failure?.status == 400)
        #expect(failure?.kind == .invalidRequest)
    }

    @Test("what is no object, or no JSON, is refused", arguments: ["[]", "7", "", "{", "{\"contents\":[}"])
    func refusesOther(_ body: String) {
        #expect(Gemini.failure(body)?.kind == .invalidRequest)
    }

    @Test("features are found")
    func findsFeatures() throws {
        #expect(try Gemini.call(Gemini.request()).features == [])
        #expect(
            try Gemini.call(GeminiCorpus.valid[2]).features == [.logprobs, .severalChoices, .reasoning])
        #expect(try Gemini.call(GeminiCorpus.valid[2]).choiceCount == 2)
        #expect(try Gemini.call(GeminiCorpus.valid[4]).features == .jsonSchema)
        #expect(try Gemini.call(GeminiCorpus.valid[9]).features == .tools)
        #expect(
            try Gemini.call(GeminiCorpus.valid.last ?? "").features == [.toolHistory, .images, .audioInput, .files])
    }

    @Test("an unchanged call goes out byte for byte", arguments: GeminiCorpus.valid)
    func carries(_ request: String) throws {
        let odd = request.replacing(":{", with: " :\t{ ").replacing("],", with: "] ,\n")
        for text in [request, odd] {
            let encoded = try GeminiRequestEncoder.encode(Gemini.call(text), as: "other", stream: true)
            #expect(encoded.body == bytes(text))
            #expect(encoded.droppedFields.isEmpty)
        }
    }

    @Test("carrying and rebuilding say the same", arguments: GeminiCorpus.valid)
    func agrees(_ request: String) throws {
        let call = try Gemini.call(request)
        var parameters = RouteParameters()
        parameters.temperature = 0.25
        parameters.maxOutputTokens = 3
        parameters.reasoningEffort = "low"
        for (model, parameters) in [
            ("m", RouteParameters.none), ("gemini-2.5-flash", parameters), ("gemini-3-pro", parameters),
        ] {
            let carried = try GeminiRequestEncoder.encode(call, as: model, stream: false, parameters: parameters)
            let rebuilt = try GeminiRequestEncoder.rebuild(call, as: model, stream: false, parameters: parameters)
            #expect(rebuilt.droppedFields.isEmpty)
            let first = try Gemini.call(text(carried.body))
            let second = try Gemini.call(text(rebuilt.body))
            #expect(first.body().messages == second.body().messages)
            #expect(first.body().tools == second.body().tools)
            #expect(first.body().toolChoice == second.body().toolChoice)
            #expect(first.body().options == second.body().options)
            #expect(first.body().instructions == second.body().instructions)
            #expect(first.features == second.features)
            #expect(names(first) == names(second))
        }
    }

    /// Extras keep their names and depth; the spelling of what is around them is the document's.
    private func names(_ call: Call) -> [String] {
        call.body().extras.map { extra in
            "\(extra.container.split(separator: ".").count) \(extra.name)=\(extra.value)"
        }.sorted()
    }

    @Test(
        "a member whose name holds dots is rebuilt where it stood, under its whole name",
        arguments: [
            #""generationConfig.speechConfig":1,"toolConfig.x.mode":"VALIDATED""#,
            #""generationConfig":{"temperature":0.5,"x..thinkingBudget":-2,".mode":1,"y.":2}"#,
            #""generationConfig":{"thinkingConfig":{"thinkingBudget":5,"a.thinkingBudget":-2}}"#,
            #""toolConfig":{"functionCallingConfig":{"mode":"NONE","x.mode":"y"},"functionCallingConfig.mode":1}"#,
            #""toolConfig":{"functionCallingConfig":{"mode":"VALIDATED","mode.x":1}}"#,
        ])
    func keepsDottedNames(_ members: String) throws {
        let request = Gemini.request(members)
        let rebuilt = try GeminiRequestEncoder.rebuild(Gemini.call(request), as: "m", stream: false)
        #expect(text(rebuilt.body) == request)
        #expect(rebuilt.droppedFields.isEmpty)
    }

    @Test(
        "route parameters are set where the client has or would have put them",
        arguments: [
            (
                "",
                #""generationConfig":{"temperature":0.5,"maxOutputTokens":7,"thinkingConfig":{"thinkingBudget":1024}}"#
            ),
            (
                #""generation_config":{ "max_output_tokens": 5 , "x":1}"#,
                #""generation_config":{ "max_output_tokens": 7 , "x":1,"temperature":0.5,"thinkingConfig":{"thinkingBudget":1024}}"#
            ),
            (
                #""generationConfig":{"temperature":2,"thinkingConfig":{"thinkingLevel":"HIGH","includeThoughts":true}}"#,
                #""generationConfig":{"temperature":0.5,"thinkingConfig":{"includeThoughts":true,"thinkingBudget":1024},"maxOutputTokens":7}"#
            ),
        ])
    func setsParameters(_ given: String, _ expected: String) throws {
        var parameters = RouteParameters()
        parameters.temperature = 0.5
        parameters.maxOutputTokens = 7
        parameters.reasoningEffort = "low"
        let encoded = try GeminiRequestEncoder.encode(
            Gemini.call(Gemini.request(given)), as: "gemini-2.5-pro", stream: false, parameters: parameters)
        #expect(text(encoded.body) == Gemini.request(expected))
    }

    @Test("a body that names the model names the one that serves")
    func replacesModel() throws {
        let encoded = try GeminiRequestEncoder.encode(
            Gemini.call(#"{"model": "models/m","contents":{"parts":{"text":"x"}}}"#), as: "n", stream: false)
        #expect(text(encoded.body) == #"{"model": "models/n","contents":{"parts":{"text":"x"}}}"#)
    }

    @Test("Gemini's schema objects become JSON Schema")
    func convertsSchemas() throws {
        let tools = try Gemini.call(GeminiCorpus.valid[9]).body().tools
        #expect(tools.map(\.name) == ["f", "g", "googleSearch", "codeExecution", "url_context", "h"])
        #expect(
            tools[0].definition
                == .function(
                    parameters: RawJSON(
                        #"{"type":"object","properties":{"x":{"type":"string","examples":["y"]}}}"#), strict: nil))
        let format = try Gemini.call(GeminiCorpus.valid[4]).body().options.responseFormat
        #expect(
            format
                == .jsonSchema(
                    name: nil, description: nil,
                    schema: RawJSON(
                        #"{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"type":"array","items":{"type":"integer"},"minItems":1}},"required":["a"],"propertyOrdering":["a","b"]}"#
                    ), strict: nil))
    }

    @Test("calls without ids get ids from their place, and results find them in order")
    func makesIDs() throws {
        let messages = try Gemini.call(GeminiCorpus.valid.last ?? "").body().messages
        let calls = messages[3].parts.compactMap { if case .toolCall(let call) = $0.content { call.id } else { nil } }
        let results = messages[4].parts.compactMap {
            if case .toolResult(let result) = $0.content { result.callID } else { nil }
        }
        #expect(calls == ["call_3_0", "call_3_1", "own"])
        #expect(results == calls)
        #expect(messages[4].role == .tool)
    }
}
