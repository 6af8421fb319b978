import Dialects
import Testing
import Transport

@Suite("Images and documents in results of tools")
struct ToolResultMediaTests {
    private static let image =
        #"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGVsbG8="}}"#
    private static let pdf =
        #"{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"aGVsbG8="},"title":"a.pdf"}"#

    /// An agent's second turn: two calls, whose results hold these blocks, and what the user says behind them.
    private func call(_ first: String, _ second: String = #"{"type":"text","text":"ok"}"#, then: String = "") throws
        -> Call
    {
        let said = then.isEmpty ? "" : #",{"type":"text","text":"\#(then)"}"#
        return try messagesCall(
            messagesRequest(
                messages: #"""
                    [{"role":"user","content":"q"},{"role":"assistant","content":[
                      {"type":"tool_use","id":"t1","name":"look","input":{}},{"type":"tool_use","id":"t2","name":"read","input":{}}]},
                     {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[\#(first)]},
                      {"type":"tool_result","tool_use_id":"t2","content":[\#(second)]}\#(said)]}]
                    """#))
    }

    private func chat(_ call: Call, _ flavor: OpenAIChatFlavor = .openAI) throws -> (messages: String, [String]) {
        let encoded = OpenAIChatRequestEncoder.encode(call, as: "m", stream: false, flavor: flavor)
        let messages = try JSONDocument(parsing: encoded.body).root["messages"]?.elements.dropFirst(2).map {
            text($0.raw)
        }
        return (try #require(messages).joined(separator: "\n"), encoded.droppedFields)
    }

    @Test("At OpenAI they follow the results in a message of the user's, each behind the name of its call")
    func chat() throws {
        let (messages, dropped) = try chat(call(#"{"type":"text","text":"seen"},\#(Self.image)"#, Self.pdf))
        #expect(
            messages == #"""
                {"role":"tool","tool_call_id":"t1","content":"seen"}
                {"role":"tool","tool_call_id":"t2","content":"The output is in the next message of the user."}
                {"role":"user","content":[{"type":"text","text":"Output of look (t1):"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGVsbG8="}},{"type":"text","text":"Output of read (t2):"},{"type":"file","file":{"file_data":"data:application/pdf;base64,aGVsbG8=","filename":"a.pdf"}}]}
                """#)
        #expect(dropped == [])
    }

    @Test("What the user says behind the results stands in the same message, behind the media")
    func chatThen() throws {
        let (messages, _) = try chat(call(Self.image, then: "Go on."))
        #expect(
            messages == #"""
                {"role":"tool","tool_call_id":"t1","content":"The output is in the next message of the user."}
                {"role":"tool","tool_call_id":"t2","content":"ok"}
                {"role":"user","content":[{"type":"text","text":"Output of look (t1):"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGVsbG8="}},{"type":"text","text":"Go on."}]}
                """#)
    }

    @Test("Media stand before the assistant's next turn, and what nobody can carry is named")
    func chatHistory() throws {
        let call = try messagesCall(
            messagesRequest(
                messages: #"""
                    [{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"look","input":{}}]},
                     {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[\#(Self.image),
                      {"type":"document","source":{"type":"url","url":"https://example.com/a.pdf"}}]}]},
                     {"role":"assistant","content":"A cat."},{"role":"user","content":"Thanks."}]
                    """#))
        let (messages, dropped) = try chat(call)
        let roles = try JSONDocument(parsing: bytes("[\(messages.replacing("\n", with: ","))]")).root.elements.map {
            $0["role"]?.string
        }
        #expect(roles == ["tool", "user", "assistant", "user"])
        #expect(dropped == ["messages[2].content[0].content[1]"])
    }

    @Test("Mistral takes images in the results themselves")
    func mistral() throws {
        let (messages, dropped) = try chat(call(Self.image, Self.pdf), .mistral)
        #expect(
            messages.contains(
                #""content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGVsbG8="}}]}"#))
        #expect(dropped == ["messages[2].content[1].content[0]"])
    }

    @Test("A chat client's own results stay as they are")
    func native() throws {
        let call = try chatCall(
            chatRequest(
                messages:
                    #"[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]"#
            ))
        let encoded = OpenAIChatRequestEncoder.rebuild(call, as: "m", stream: false)
        #expect(text(encoded.body).contains(#""content":[{"type":"image_url""#))
    }

    @Test("Responses and Bedrock hold them in the result")
    func inTheResult() throws {
        let call = try call("\(Self.image),\(Self.pdf)")
        let responses = try OpenAIResponsesRequestEncoder.encode(call, as: "m", stream: false)
        #expect(
            text(responses.body).contains(
                #""output":[{"type":"input_image","image_url":"data:image/png;base64,aGVsbG8=","detail":"auto"},{"type":"input_file","file_data":"data:application/pdf;base64,aGVsbG8=","filename":"a.pdf"}]"#
            ))
        #expect(responses.droppedFields == [])
        let bedrock = BedrockConverseRequestEncoder.encode(call, as: "us.anthropic.claude-sonnet-4-5")
        #expect(
            text(bedrock.body).contains(
                #""toolUseId":"t1","content":[{"image":{"format":"png","source":{"bytes":"aGVsbG8="}}},{"document":{"format":"pdf","name":"a","source":{"bytes":"aGVsbG8="}}}]"#
            ))
        #expect(bedrock.droppedFields == [])
    }

    @Test("Gemini 3 holds them in the result, other models get them in the user's next content")
    func gemini() throws {
        func contents(_ call: Call, _ model: String) throws -> [String] {
            let encoded = try GeminiRequestEncoder.encode(call, as: model, stream: false)
            #expect(encoded.droppedFields == [])
            let contents = try JSONDocument(parsing: encoded.body).root["contents"]
            return try #require(contents).elements.dropFirst(2).map { text($0.raw) }
        }
        let inline = #"{"inlineData":{"mimeType":"image/png","data":"aGVsbG8="}}"#
        let call = try call(Self.image, then: "Go on.")
        let newest = try contents(call, "gemini-3-pro-preview")
        #expect(newest.count == 2)
        #expect(newest[0].contains(#""parts":[\#(inline)]"#))
        #expect(newest[1] == #"{"role":"user","parts":[{"text":"Go on."}]}"#)
        let older = try contents(call, "gemini-2.5-pro")
        #expect(older.count == 2)
        #expect(!older[0].contains("inlineData"))
        #expect(
            older[1]
                == #"{"role":"user","parts":[{"text":"Output of look (t1):"},\#(inline),{"text":"Go on."}]}"#)
        #expect(try contents(self.call(Self.image), "gemini-2.5-pro").count == 2)
    }
}
