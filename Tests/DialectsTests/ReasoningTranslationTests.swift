import Dialects
import Testing
import Transport

@Suite("Reasoning between dialects")
struct ReasoningTranslationTests {
    /// The members of a request that ask for reasoning, in every dialect's words, and what was dropped.
    private struct Wish: Equatable {
        var asks = ""
        var dropped: [String]

        init(_ encoded: EncodedRequest) throws {
            let root = try JSONDocument(parsing: encoded.body).root
            let names = ["reasoning_effort", "reasoning", "thinking", "output_config"]
            var found = names.compactMap { name in root.member(name).map { "\(name)=\(text($0.raw))" } }
            if let config = root.path("generationConfig", "thinkingConfig") { found.append(text(config.raw)) }
            if let fields = root["additionalModelRequestFields"] { found.append(text(fields.raw)) }
            asks = found.joined(separator: " ")
            dropped = encoded.droppedFields
        }
    }

    private static let thinking = #""thinking":{"type":"enabled","budget_tokens":10000}"#

    @Test(
        "A budget for thinking becomes the effort of models that are known to take one, and is named elsewhere",
        arguments: [
            ("o3", 1024, #"reasoning_effort="low""#, []), ("o4-mini", 8192, #"reasoning_effort="medium""#, []),
            ("openai/gpt-5", 31999, #"reasoning_effort="high""#, []),
            ("gpt-5.2-codex", 10000, #"reasoning_effort="high""#, []),
            ("gpt-5-pro", 1024, #"reasoning_effort="high""#, []),
            ("gpt-oss:120b", 4096, #"reasoning_effort="medium""#, []),
            ("gemini-2.5-flash", 2048, #"reasoning_effort="low""#, []),
            ("grok-3-mini", 8192, #"reasoning_effort="high""#, []),
            ("deepseek-v4-pro", 1024, #"reasoning_effort="high""#, []),
            ("gpt-4o", 8192, "", ["thinking"]), ("gpt-5-chat-latest", 8192, "", ["thinking"]),
            ("o1-mini", 8192, "", ["thinking"]), ("gpt-4.1-mini", 8192, "", ["thinking"]),
            ("some-deployment", 8192, "", ["thinking"]), ("openchat", 8192, "", ["thinking"]),
        ] as [(String, Int, String, [String])])
    func budgetToEffort(_ model: String, _ budget: Int, _ asks: String, _ dropped: [String]) throws {
        let call = try messagesCall(messagesRequest(#""thinking":{"type":"enabled","budget_tokens":\#(budget)}"#))
        let chat = try Wish(OpenAIChatRequestEncoder.encode(call, as: model, stream: false))
        #expect(chat.asks == asks)
        #expect(chat.dropped == dropped)
        let responses = try Wish(OpenAIResponsesRequestEncoder.encode(call, as: model, stream: false))
        let effort = asks.isEmpty ? "" : asks.replacing("reasoning_effort=", with: #"reasoning={"effort":"#) + "}"
        #expect(responses.asks == effort)
        #expect(responses.dropped == dropped)
    }

    @Test("A model of which it is said that it reasons gets an effort, whatever its name")
    func declaredReasoner() throws {
        var call = try messagesCall(messagesRequest(Self.thinking))
        call.goesToReasoner = true
        let chat = try Wish(OpenAIChatRequestEncoder.encode(call, as: "our-deployment", stream: false))
        #expect(chat.asks == #"reasoning_effort="high""#)
        #expect(chat.dropped == [])
        let responses = try Wish(OpenAIResponsesRequestEncoder.encode(call, as: "our-deployment", stream: false))
        #expect(responses.asks == #"reasoning={"effort":"high"}"#)
    }

    @Test(
        "Thinking that adapts or is off is followed where the target can say so",
        arguments: [
            (#""thinking":{"type":"adaptive"}"#, "gpt-5.1", #"reasoning_effort="medium""#, []),
            (
                #""thinking":{"type":"adaptive","display":"omitted"},"output_config":{"effort":"max"}"#, "gpt-5.1",
                #"reasoning_effort="high""#, ["thinking.display"]
            ),
            (#""output_config":{"effort":"max"}"#, "gpt-5.2", #"reasoning_effort="xhigh""#, []),
            (#""thinking":{"type":"disabled"}"#, "gpt-5.1", #"reasoning_effort="none""#, []),
            (#""thinking":{"type":"disabled"}"#, "gpt-5", #"reasoning_effort="minimal""#, []),
            (#""thinking":{"type":"disabled"}"#, "o3", "", ["thinking"]),
            (#""thinking":{"type":"disabled"}"#, "gpt-4o", "", []),
            (
                #""thinking":{"type":"disabled"},"output_config":{"effort":"high"}"#, "gpt-5.1",
                #"reasoning_effort="none""#, ["output_config.effort"]
            ),
        ] as [(String, String, String, [String])])
    func otherThinking(_ members: String, _ model: String, _ asks: String, _ dropped: [String]) throws {
        let call = try messagesCall(messagesRequest(members))
        let wish = try Wish(OpenAIChatRequestEncoder.encode(call, as: model, stream: false))
        #expect(wish.asks == asks)
        #expect(wish.dropped == dropped)
    }

    @Test("OpenRouter's form is understood from its clients, and written for its models")
    func openRouter() throws {
        let anthropic = try messagesCall(messagesRequest(Self.thinking))
        let toRouter = try Wish(
            OpenAIChatRequestEncoder.encode(anthropic, as: "x/y", stream: false, flavor: .openRouter))
        #expect(toRouter.asks == #"reasoning={"max_tokens":10000}"#)
        let adaptive = try messagesCall(messagesRequest(#""thinking":{"type":"adaptive"}"#))
        let enabled = try Wish(
            OpenAIChatRequestEncoder.encode(adaptive, as: "x/y", stream: false, flavor: .openRouter))
        #expect(enabled.asks == #"reasoning={"enabled":true}"#)

        let chat = try chatCall(chatRequest(#""reasoning":{"max_tokens":3000,"exclude":true}"#))
        let claude = try Wish(AnthropicRequestEncoder.encode(chat, as: "claude-sonnet-4-5", stream: false))
        #expect(claude.asks == #"thinking={"type":"enabled","budget_tokens":3000}"#)
        #expect(claude.dropped == ["reasoning.exclude"])
        let effort = try chatCall(chatRequest(#""reasoning":{"effort":"low"}"#))
        let gemini = try Wish(GeminiRequestEncoder.encode(effort, as: "gemini-2.5-flash", stream: false))
        #expect(gemini.asks == #"{"thinkingBudget":1024}"#)
        #expect(gemini.dropped == [])
    }

    @Test(
        "Gemini gets a budget within its model's bounds, or the level that stands for it",
        arguments: [
            (10000, "gemini-2.5-flash", #"{"thinkingBudget":10000,"includeThoughts":true}"#),
            (31999, "gemini-2.5-flash", #"{"thinkingBudget":24576,"includeThoughts":true}"#),
            (10000, "gemini-3-pro-preview", #"{"thinkingLevel":"HIGH","includeThoughts":true}"#),
            (1024, "gemini-3-flash", #"{"thinkingLevel":"LOW","includeThoughts":true}"#),
        ])
    func gemini(_ budget: Int, _ model: String, _ config: String) throws {
        let call = try messagesCall(messagesRequest(#""thinking":{"type":"enabled","budget_tokens":\#(budget)}"#))
        let wish = try Wish(GeminiRequestEncoder.encode(call, as: model, stream: false))
        #expect(wish.asks == config)
        #expect(wish.dropped == [])
    }

    @Test("Thinking that is off stays off at Gemini, as far as its models can be told")
    func geminiOff() throws {
        let call = try messagesCall(messagesRequest(#""thinking":{"type":"disabled"}"#))
        func asks(_ model: String) throws -> String {
            try Wish(GeminiRequestEncoder.encode(call, as: model, stream: false)).asks
        }
        #expect(try asks("gemini-2.5-flash") == #"{"thinkingBudget":0}"#)
        #expect(try asks("gemini-2.5-pro") == #"{"thinkingBudget":128}"#)
        #expect(try asks("gemini-3-flash") == #"{"thinkingLevel":"MINIMAL"}"#)
    }

    @Test("A route's effort goes out as it is, in place of the client's budget")
    func routeEffort() throws {
        let call = try messagesCall(messagesRequest(Self.thinking))
        var parameters = RouteParameters.none
        parameters.reasoningEffort = "xhigh"
        let chat = try Wish(
            OpenAIChatRequestEncoder.encode(call, as: "some-deployment", stream: false, parameters: parameters))
        #expect(chat.asks == #"reasoning_effort="xhigh""#)
        #expect(chat.dropped == [])
        let gemini = try Wish(
            GeminiRequestEncoder.encode(call, as: "gemini-2.5-flash", stream: false, parameters: parameters))
        #expect(gemini.asks == #"{"thinkingBudget":24576,"includeThoughts":true}"#)
    }

    @Test("Reasoning without a seal goes back to providers that want it, and to no other")
    func reasoningBack() throws {
        let call = try messagesCall(
            messagesRequest(
                messages: #"""
                    [{"role":"user","content":"q"},{"role":"assistant","content":[
                      {"type":"thinking","thinking":"hm","signature":""},{"type":"thinking","thinking":"own","signature":"c2ln"},
                      {"type":"tool_use","id":"t","name":"f","input":{}}]},
                     {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"}]}]
                    """#))
        func sent(_ flavor: OpenAIChatFlavor) throws -> (JSONValue, [String]) {
            let encoded = OpenAIChatRequestEncoder.encode(call, as: "m", stream: false, flavor: flavor)
            let message = try JSONDocument(parsing: encoded.body).root.path("messages", 1)
            return (try #require(message), encoded.droppedFields)
        }
        let (deepSeek, droppedThere) = try sent(.rethinking)
        #expect(deepSeek["reasoning_content"]?.string == "hm")
        #expect(droppedThere == ["messages[1].content[1]"])
        #expect(try sent(.openRouter).0["reasoning"]?.string == "hm")
        let (openAI, dropped) = try sent(.openAI)
        #expect(openAI.members.allSatisfy { !($0.key.string ?? "").contains("reasoning") })
        #expect(dropped == ["messages[1].content[0]", "messages[1].content[1]"])
    }
}
