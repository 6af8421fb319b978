import Dialects
import Testing
import Transport

@Suite("Anthropic on Vertex AI")
struct AnthropicVertexTests {
    private static let messages = #""max_tokens":5,"messages":[{"role":"user","content":"hi"}]"#

    @Test("the body has the version and no model, whoever wrote it")
    func bodies() throws {
        let own = try AnthropicRequestDecoder.decode(bytes(#"{"model":"claude-x",\#(Self.messages),"future":1}"#))
        let carried = try AnthropicRequestEncoder.encode(own, as: "claude-x", stream: true, flavor: .vertex)
        #expect(
            text(carried.body)
                == #"{\#(Self.messages),"future":1,"stream":true,"anthropic_version":"vertex-2023-10-16"}"#
                || text(carried.body)
                    == #"{\#(Self.messages),"future":1,"anthropic_version":"vertex-2023-10-16","stream":true}"#
        )
        let chat = try chatCall(chatRequest(#""max_tokens":5"#))
        let written = try JSONDocument(
            parsing: try AnthropicRequestEncoder.encode(chat, as: "claude-x", stream: false, flavor: .vertex).body
        ).root
        #expect(written["anthropic_version"]?.string == "vertex-2023-10-16")
        #expect(written["model"] == nil && written["max_tokens"]?.int == 5)
    }

    @Test("a client that speaks to Vertex AI itself is not sent on with two versions")
    func ownVersion() throws {
        let call = try AnthropicRequestDecoder.decode(
            bytes(#"{"model":"m","anthropic_version":"vertex-2023-10-16",\#(Self.messages)}"#))
        for body in [
            try AnthropicRequestEncoder.encode(call, as: "m", stream: false, flavor: .vertex).body,
            AnthropicRequestEncoder.rebuild(call, as: "m", stream: false, flavor: .vertex).body,
        ] {
            let root = try JSONDocument(parsing: body).root
            #expect(root.members.filter { $0.key.equals("anthropic_version") }.count == 1)
            #expect(root["model"] == nil)
        }
    }
}
