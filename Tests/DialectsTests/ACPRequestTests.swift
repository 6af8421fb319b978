import Dialects
import Testing
import Transport

@Suite("ACP prompts") struct ACPRequestTests {
    @Test("a lone message goes as it is")
    func lone() throws {
        let call = try chatCall(chatRequest())
        #expect(try promptBlocks(call) == #"[{"type":"text","text":"hi"}]"#)
        #expect(try prompt(call).droppedFields.isEmpty)
    }

    @Test("a conversation goes in its order, with a mark before each message, also after one of the same side")
    func conversation() throws {
        let call = try chatCall(
            chatRequest(
                messages: """
                    [{"role":"system","content":"Be kind"},{"role":"developer","content":"Be brief"},
                    {"role":"user","content":"Hi"},{"role":"user","content":[{"type":"text","text":"there"}]},
                    {"role":"assistant","content":"Hello"},{"role":"user","content":"And now?"}]
                    """))
        #expect(
            try promptBlocks(call)
                == #"[{"type":"text","text":"[System]\n"},{"type":"text","text":"Be kind"},"#
                + #"{"type":"text","text":"\n\n[System]\n"},{"type":"text","text":"Be brief"},"#
                + #"{"type":"text","text":"\n\n[User]\n"},{"type":"text","text":"Hi"},"#
                + #"{"type":"text","text":"\n\n[User]\n"},{"type":"text","text":"there"},"#
                + #"{"type":"text","text":"\n\n[Assistant]\n"},{"type":"text","text":"Hello"},"#
                + #"{"type":"text","text":"\n\n[User]\n"},{"type":"text","text":"And now?"}]"#)
        #expect(try prompt(call).droppedFields.isEmpty)
    }

    @Test("instructions beside the conversation come first")
    func instructions() throws {
        let call = try messagesCall(messagesRequest(#""system":"Be kind""#))
        #expect(
            try promptBlocks(call)
                == #"[{"type":"text","text":"[System]\n"},{"type":"text","text":"Be kind"},"#
                + #"{"type":"text","text":"\n\n[User]\n"},{"type":"text","text":"hi"}]"#)
    }

    private static let media = """
        [{"role":"user","content":[{"type":"text","text":"Look"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
        {"type":"image_url","image_url":{"url":"https://example.com/a/cat.png?x=1","detail":"high"}},
        {"type":"file","file":{"filename":"a b.pdf","file_data":"data:application/pdf;base64,JVBE"}},
        {"type":"file","file":{"filename":"a.txt","file_data":"data:text/plain;base64,SGkgdGhlcmU="}},
        {"type":"file","file":{"file_id":"file-1"}},
        {"type":"input_audio","input_audio":{"data":"UklG","format":"mp3"}}]}]
        """

    @Test("media go inline where the agent takes them")
    func inlineMedia() throws {
        let call = try chatCall(chatRequest(messages: Self.media))
        #expect(
            try promptBlocks(call, .all)
                == #"[{"type":"text","text":"Look"},{"type":"image","mimeType":"image/png","data":"AAAA"},"#
                + #"{"type":"resource_link","uri":"https://example.com/a/cat.png?x=1","name":"cat.png"},"#
                + #"{"type":"resource","resource":{"uri":"attachment:a%20b.pdf","mimeType":"application/pdf","blob":"JVBE"}},"#
                + #"{"type":"resource","resource":{"uri":"attachment:a.txt","mimeType":"text/plain","text":"Hi there"}},"#
                + #"{"type":"audio","mimeType":"audio/mpeg","data":"UklG"}]"#)
        #expect(
            try prompt(call, .all).droppedFields
                == ["messages[0].content[5]", "messages[0].content[2].image_url.detail"])
    }

    @Test("media go as links where it does not")
    func linkedMedia() throws {
        let call = try chatCall(chatRequest(messages: Self.media))
        #expect(
            try promptBlocks(call)
                == #"[{"type":"text","text":"Look"},"#
                + #"{"type":"resource_link","uri":"data:image/png;base64,AAAA","name":"image","mimeType":"image/png"},"#
                + #"{"type":"resource_link","uri":"https://example.com/a/cat.png?x=1","name":"cat.png"},"#
                + #"{"type":"resource_link","uri":"data:application/pdf;base64,JVBE","name":"a b.pdf","mimeType":"application/pdf"},"#
                + #"{"type":"resource_link","uri":"data:text/plain;base64,SGkgdGhlcmU=","name":"a.txt","mimeType":"text/plain"},"#
                + #"{"type":"resource_link","uri":"data:audio/mpeg;base64,UklG","name":"recording","mimeType":"audio/mpeg"}]"#
        )
    }

    @Test("tools, their history, formats and options are named as dropped, in the client's words")
    func dropped() throws {
        let call = try chatCall(
            chatRequest(
                #""tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"tool_choice":"required","temperature":0.5,"max_tokens":7,"stop":["x"],"n":2,"seed":3,"user":"u","reasoning_effort":"low","response_format":{"type":"json_object"},"store":false,"logprobs":false,"wild":1"#,
                messages: """
                    [{"role":"user","content":"hi","name":"joe"},
                    {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
                    {"role":"tool","tool_call_id":"c","content":"20 degrees"}]
                    """))
        let request = try prompt(call)
        #expect(try promptBlocks(call) == #"[{"type":"text","text":"hi"}]"#)
        #expect(
            request.droppedFields == [
                "messages[0].name", "messages[1].tool_calls[0]", "messages[2]", "tools", "tool_choice", "temperature",
                "max_tokens", "stop", "n", "seed", "reasoning_effort", "response_format", "user", "wild",
            ])
    }

    @Test("what a client of another protocol marks is named, too")
    func markers() throws {
        let call = try messagesCall(
            messagesRequest(
                messages: """
                    [{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]},
                    {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"ho"}]},
                    {"role":"user","content":"go on"}]
                    """))
        #expect(
            try prompt(call).droppedFields == [
                "messages[1].content[0]", "messages[0].content[0].cache_control", "max_tokens",
            ])
    }

    @Test("options of the route override the client's, and are named")
    func routeParameters() throws {
        var parameters = RouteParameters()
        parameters.temperature = 0.1
        let request = try ACPRequestEncoder.encode(
            try chatCall(chatRequest()), in: acpSession, parameters: parameters)
        #expect(request.droppedFields == ["temperature"])
    }

    @Test("a conversation of which nothing is left is refused")
    func nothing() throws {
        let call = try chatCall(
            chatRequest(messages: #"[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]"#))
        let failure = #expect(throws: Failure.self) { try prompt(call) }
        #expect(failure?.message == "The conversation holds nothing that an agent can be told.")
        #expect(failure?.status == 400)
    }

    @Test("the messages beside a prompt")
    func messages() {
        #expect(
            text(ACPMessage.cancel(acpSession))
                == #"{"jsonrpc":"2.0","method":"session/cancel","params":{"sessionId":"sess_1"}}"#)
        #expect(
            text(ACPMessage.close(acpSession))
                == #"{"jsonrpc":"2.0","id":5,"method":"session/close","params":{"sessionId":"sess_1"}}"#)
    }
}
