import Dialects
import Testing
import Transport

@Suite("Gemini to and from OpenAI Chat")
struct GeminiTranslationTests {
    private static let conversation = #"""
        [{"role":"system","content":"be brief"},{"role":"user","name":"u","content":[{"type":"text","text":"look","cache_control":{"type":"ephemeral"}},
          {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"high"}},{"type":"image_url","image_url":{"url":"https://x/a.webp?y"}},
          {"type":"input_audio","input_audio":{"data":"AA==","format":"mp3"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,AA","filename":"a.pdf"}},{"type":"file","file":{"file_id":"file-1"}}]},
         {"role":"assistant","content":"calling","reasoning_content":"hm","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"big\": 123456789012345678901234567890}"}},{"id":"2","type":"function","function":{"name":"g","arguments":"oops"}}]},
         {"role":"tool","tool_call_id":"1","content":"{\"temp\": 22.0}"},{"role":"tool","tool_call_id":"2","content":"plain"},
         {"role":"developer","content":"in French"},{"role":"user","content":"so?"}]
        """#

    @Test("a chat conversation becomes contents")
    func translatesConversation() throws {
        let (body, dropped) = try Gemini.fromChat(chatRequest(messages: Self.conversation))
        #expect(
            body
                == #"{"systemInstruction":{"parts":[{"text":"be brief"},{"text":"in French"}]},"contents":[{"role":"user","parts":[{"text":"look"},{"inlineData":{"mimeType":"image/png","data":"AAAA"}},{"fileData":{"mimeType":"image/webp","fileUri":"https://x/a.webp?y"}},{"inlineData":{"mimeType":"audio/mp3","data":"AA=="}},{"inlineData":{"mimeType":"application/pdf","data":"AA"}}]},{"role":"model","parts":[{"text":"calling"},{"functionCall":{"id":"1","name":"f","args":{"big": 123456789012345678901234567890}}},{"functionCall":{"id":"2","name":"g","args":{"value":"oops"}}}]},{"role":"user","parts":[{"functionResponse":{"id":"1","name":"f","response":{"temp": 22.0}}},{"functionResponse":{"id":"2","name":"g","response":{"output":"plain"}}}]},{"role":"user","parts":[{"text":"so?"}]}]}"#
        )
        #expect(
            dropped == [
                "messages[1].name", "messages[1].content[0].cache_control", "messages[1].content[1].image_url.detail",
                "messages[1].content[5]", "messages[2].reasoning_content",
            ])
    }

    @Test("chat options become generationConfig, and what has no place is named")
    func translatesOptions() throws {
        let (body, dropped) = try Gemini.fromChat(
            chatRequest(
                #""temperature":0.5,"top_p":0.9,"top_k":40,"max_tokens":10,"n":2,"seed":3,"stop":"x","presence_penalty":1,"frequency_penalty":-1,"logprobs":true,"top_logprobs":3,"reasoning_effort":"medium","logit_bias":{"1":1},"user":"u","store":true,"metadata":{},"parallel_tool_calls":false,"service_tier":"flex","verbosity":"low","prompt_cache_key":"k","safety_identifier":"s","modalities":["text"],"unknown":1,"stream_options":{"include_usage":true}"#
            ))
        #expect(
            body
                == #"{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"temperature":0.5,"topP":0.9,"topK":40,"maxOutputTokens":10,"stopSequences":["x"],"candidateCount":2,"seed":3,"presencePenalty":1.0,"frequencyPenalty":-1.0,"responseLogprobs":true,"logprobs":3,"thinkingConfig":{"thinkingBudget":8192}}}"#
        )
        #expect(
            Set(dropped) == [
                "logit_bias", "user", "store", "metadata", "parallel_tool_calls", "service_tier", "verbosity",
                "prompt_cache_key", "safety_identifier", "unknown",
            ])
    }

    @Test("what another dialect calls like a path of this one is named, and changes nothing")
    func namesForeignExtras() throws {
        let (body, dropped) = try Gemini.fromChat(
            chatRequest(
                #""generationConfig":{"x":1},"generationConfig.x":1,"generationConfig.thinkingConfig.y":2,"toolConfig.z":3,"tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"none","toolConfig.functionCallingConfig.mode":"ANY""#
            ))
        #expect(body.contains(#""toolConfig":{"functionCallingConfig":{"mode":"NONE"}}"#))
        #expect(!body.contains("generationConfig"))
        #expect(
            dropped == [
                "generationConfig", "generationConfig.x", "generationConfig.thinkingConfig.y", "toolConfig.z",
                "toolConfig.functionCallingConfig.mode",
            ])
    }

    @Test("tools keep their JSON schema, and the choice its meaning")
    func translatesTools() throws {
        let tools =
            #""tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","$defs":{"x":{}},"oneOf":[1.00]},"strict":true},"cache_control":{"type":"ephemeral"}},{"type":"custom","custom":{"name":"c"}},{"type":"web_search"},{"type":"function","function":{"name":"g"}}]"#
        for (choice, expected) in [
            (#""auto""#, #"{"mode":"AUTO"}"#), (#""none""#, #"{"mode":"NONE"}"#), (#""required""#, #"{"mode":"ANY"}"#),
            (#"{"type":"function","function":{"name":"f"}}"#, #"{"mode":"ANY","allowedFunctionNames":["f"]}"#),
            (
                #"{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}}"#,
                #"{"mode":"VALIDATED","allowedFunctionNames":["g"]}"#
            ),
            (
                #"{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]}}"#,
                #"{"mode":"ANY","allowedFunctionNames":["f","g"]}"#
            ),
        ] {
            let (body, dropped) = try Gemini.fromChat(chatRequest(#"\#(tools),"tool_choice":\#(choice)"#))
            #expect(
                body.contains(
                    #""tools":[{"functionDeclarations":[{"name":"f","description":"d","parametersJsonSchema":{"type":"object","$defs":{"x":{}},"oneOf":[1.00]}},{"name":"g"}]}],"toolConfig":{"functionCallingConfig":\#(expected)}"#
                ))
            #expect(dropped == ["tools[1]", "tools[2]", "tools[0].function.strict", "tools[0].cache_control"])
        }
        let (bare, dropped) = try Gemini.fromChat(chatRequest(#""tool_choice":"auto""#))
        #expect(!bare.contains("toolConfig"))
        #expect(dropped == ["tool_choice"])
    }

    @Test(
        "effort becomes what the model's generation knows",
        arguments: [
            ("gemini-2.5-flash", "none", #"{"thinkingBudget":0}"#),
            ("gemini-2.5-pro", "high", #"{"thinkingBudget":24576}"#),
            ("models/gemini-2.5-pro", "low", #"{"thinkingBudget":1024}"#),
            ("gemini-3-pro-preview", "minimal", #"{"thinkingLevel":"LOW"}"#),
            ("gemini-3-flash-preview", "minimal", #"{"thinkingLevel":"MINIMAL"}"#),
            ("gemini-3.1-pro", "xhigh", #"{"thinkingLevel":"HIGH"}"#),
            ("gemini-flash-latest", "none", #"{"thinkingLevel":"MINIMAL"}"#),
            ("other", "medium", #"{"thinkingLevel":"MEDIUM"}"#),
        ])
    func translatesEffort(_ model: String, _ effort: String, _ expected: String) throws {
        let (body, dropped) = try Gemini.fromChat(chatRequest(#""reasoning_effort":"\#(effort)""#), as: model)
        #expect(body.hasSuffix(#""generationConfig":{"thinkingConfig":\#(expected)}}"#))
        #expect(dropped.isEmpty)
        let (odd, named) = try Gemini.fromChat(chatRequest(#""reasoning_effort":"extreme""#), as: model)
        #expect(!odd.contains("thinkingConfig"))
        #expect(named == ["reasoning_effort"])
    }

    @Test("a JSON schema for the answer goes out whole")
    func translatesFormats() throws {
        for (format, expected) in [
            (#"{"type":"json_object"}"#, #"{"responseMimeType":"application/json"}"#),
            (
                #"{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object","a":1.00},"strict":true}}"#,
                #"{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","a":1.00}}"#
            ),
        ] {
            let (body, dropped) = try Gemini.fromChat(chatRequest(#""response_format":\#(format)"#))
            #expect(body.hasSuffix(#""generationConfig":\#(expected)}"#))
            #expect(dropped.isEmpty)
        }
    }

    @Test("calls of another model's history get Google's stand-in where signatures are wanted, once a turn")
    func standsIn() throws {
        let stand = #""thoughtSignature":"skip_thought_signature_validator""#
        let (body, _) = try Gemini.fromChat(chatRequest(messages: Self.conversation), as: "gemini-3-pro-preview")
        #expect(body.components(stand) == 1)
        #expect(body.contains(#""args":{"big": 123456789012345678901234567890}},\#(stand)}"#))
        let signed = Self.conversation.replacing(
            #"{"id":"1","type":"function""#,
            with: #"{"id":"1","extra_content":{"google":{"thought_signature":"c2ln"}},"type":"function""#)
        let (kept, dropped) = try Gemini.fromChat(chatRequest(messages: signed), as: "gemini-3-pro-preview")
        #expect(kept.components(#""thoughtSignature":"c2ln""#) == 1)
        #expect(!kept.contains(stand))
        #expect(!dropped.contains { $0.contains("extra_content") })
    }

    @Test("a result that answers no call is refused by name")
    func refusesDanglingResults() throws {
        let request = chatRequest(
            messages: #"[{"role":"user","content":"x"},{"role":"tool","tool_call_id":"9","content":"r"}]"#)
        do {
            _ = try Gemini.fromChat(request)
            Issue.record("a dangling result was taken")
        } catch let failure as Failure {
            #expect(failure.parameter == "messages[1]")
            #expect(failure.status == 400)
        }
    }

    @Test("the older form of functions is translated by name")
    func translatesLegacy() throws {
        let (body, _) = try Gemini.fromChat(
            chatRequest(
                messages:
                    #"[{"role":"user","content":"x"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"}]"#
            ))
        #expect(body.contains(#"{"functionCall":{"name":"f","args":{}}}"#))
        #expect(body.contains(#"{"functionResponse":{"name":"f","response":{"output":"r"}}}"#))
    }

    @Test("instructions alone become what the user says")
    func translatesLoneInstructions() throws {
        let (body, _) = try Gemini.fromChat(chatRequest(messages: #"[{"role":"system","content":"s"}]"#))
        #expect(body == #"{"contents":[{"role":"user","parts":[{"text":"s"}]}]}"#)
    }

    @Test("Gemini contents become a chat conversation, and what has no place is named")
    func translatesToChat() throws {
        let (body, dropped) = try Gemini.toChat(GeminiCorpus.valid.last ?? "")
        for member in [
            #"{"role":"system","content":[{"type":"text","text":"s"},{"type":"text","text":"t"}]}"#,
            #"{"role":"user","content":"no role"}"#,
            #"{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}"#,
            #"{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}"#,
            #"{"type":"file","file":{"file_data":"data:application/pdf;base64,AA/+","filename":"a.pdf"}}"#,
            #"{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}"#,
            #"{"id":"call_3_0","type":"function","function":{"name":"f","arguments":"{\"a\":1.0,\"big\":123456789012345678901234567890}"}}"#,
            #"{"id":"own","type":"function","function":{"name":"g","arguments":"{}"}}"#,
            #"{"role":"tool","tool_call_id":"call_3_0","content":"{\"result\":\"22\"}"}"#,
            #"{"role":"tool","tool_call_id":"call_3_1","content":"{\"error\":\"no\"}"}"#,
        ] { #expect(body.contains(member), "\(member)") }
        for path in [
            "contents[1].parts[0]", "contents[1].parts[1].thoughtSignature", "contents[2].parts[3]",
            "contents[3].parts[0].thoughtSignature", "contents[5].parts[0]", "contents[5].parts[1]",
            "contents[7].parts[1].partMetadata", "contents[7].x", "unknownMember",
        ] { #expect(dropped.contains(path), "\(path)") }
        #expect(throws: Never.self) { try chatCall(body) }
    }

    @Test("a turn that comes back chunk by chunk is one message")
    func joinsTurns() throws {
        let (body, dropped) = try Gemini.toChat(
            Gemini.request(
                contents: #"""
                    [{"parts":[{"text":"go"}]},{"role":"model","parts":[{"text":"let "}]},{"role":"model","parts":[{"text":"me"}]},
                     {"role":"model","parts":[{"functionCall":{"name":"f","args":{}}}]},{"role":"model","parts":[{"text":""}]},
                     {"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]
                    """#))
        #expect(
            body.contains(
                #"{"role":"assistant","content":"let me","tool_calls":[{"id":"call_3_0","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_3_0","content":"{}"}]"#
            ))
        #expect(dropped.isEmpty)
    }

    @Test("Gemini options become chat's, and what has no place is named in the client's spelling")
    func translatesOptionsToChat() throws {
        let (body, dropped) = try Gemini.toChat(GeminiCorpus.valid[2])
        for member in [
            #""temperature":0.7"#, #""max_completion_tokens":10"#, #""n":2"#, #""stop":["a","\n"]"#,
            #""logprobs":true"#,
            #""top_logprobs":3"#, #""modalities":["text","image"]"#,
        ] { #expect(body.contains(member), "\(member)") }
        #expect(
            Set(dropped) == [
                "generationConfig.topK", "generationConfig.thinkingConfig.thinkingBudget",
                "generationConfig.speechConfig",
                "generationConfig.thinkingConfig.includeThoughts",
            ])
        let (snake, named) = try Gemini.toChat(GeminiCorpus.valid[3])
        #expect(snake.contains(#""reasoning_effort":"low""#))
        #expect(
            Set(named) == ["generation_config.media_resolution", "safety_settings", "cached_content", "labels"])
        let (tools, rest) = try Gemini.toChat(GeminiCorpus.valid[9])
        #expect(
            tools.contains(#""parameters":{"type":"object","properties":{"x":{"type":"string","examples":["y"]}}}"#))
        #expect(tools.contains(#""tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required""#))
        #expect(
            rest == [
                "tools[1].googleSearch", "tools[2].codeExecution", "tools[3].url_context",
                "tools[0].functionDeclarations[0].behavior", "toolConfig.retrievalConfig",
            ])
    }

    @Test("an answer of Gemini's is a whole chat completion, and the other way round")
    func translatesAnswers() throws {
        let events = GeminiEventDecoderTests.events
        let chat = decode([encodeStream(events)])
        let first = try #require(answer(events))
        let second = try #require(answer(chat.events))
        #expect(
            second.choices[0].pieces.filter { $0.kind == .toolCall }
                == first.choices[0].pieces.filter { $0.kind == .toolCall })
        #expect(second.choices[0].finish == .toolCalls)
        #expect(second.usage == first.usage)
        let back = Gemini.decode(Gemini.encode(chat.events))
        let third = try #require(answer(back.events))
        #expect(third.choices[0].pieces == second.choices[0].pieces)
        #expect(third.choices[0].finish == .toolCalls)
        #expect(third.usage == first.usage)
        #expect(third.info.id == "r1")
    }

    @Test("a refusal and a cut-off answer keep their reason")
    func translatesReasons() throws {
        for (reason, word) in [
            (FinishReason.refusal, "SAFETY"), (.contentFilter, "SAFETY"), (.length, "MAX_TOKENS"), (.toolCalls, "STOP"),
            (.pause, "STOP"), (.other("eos"), "OTHER"), (.stopSequence("x"), "STOP"), (.contextWindow, "MAX_TOKENS"),
        ] {
            let stream = Gemini.encode([.refusalDelta(choice: 0, "no"), .finished(choice: 0, reason), .ended])
            #expect(stream.contains(#"{"text":"no"}"#))
            #expect(stream.contains(#""finishReason":"\#(word)""#))
        }
    }
}

extension String {
    /// How often a text occurs.
    fileprivate func components(_ text: String) -> Int { ranges(of: text).count }
}
