import Testing
import Transport

@testable import Dialects

@Suite struct CountTokensTests {
    @Test("a Messages count keeps the client's bytes but for the model")
    func anthropicCarriage() throws {
        let call = try AnthropicCountTokens.decode(
            bytes(#"{ "messages":[{"role":"user","content":"hi"}], "model":"m","x_new":1 }"#))
        #expect(call.operation == .countTokens(isWrapped: false))
        #expect(
            text(try AnthropicCountTokens.encode(call, as: "n").body)
                == #"{ "messages":[{"role":"user","content":"hi"}], "model":"n","x_new":1 }"#)
    }

    @Test("a changed Messages count holds only what the endpoint takes")
    func anthropicRebuilt() throws {
        var call = try AnthropicCountTokens.decode(
            bytes(#"{"messages":[{"role":"user","content":"hi"}],"model":"m","temperature":1,"system":"be brief"}"#))
        call.replaceBody(call.body())
        let root = try JSONDocument(parsing: AnthropicCountTokens.encode(call, as: "n").body).root
        #expect(Set(root.members.compactMap(\.key.string)) == ["messages", "model", "system"])
    }

    @Test("a Gemini count keeps the client's bytes, bare or in a member of its own")
    func geminiCarriage() throws {
        let bare = #"{ "contents":[{"parts":[{"text":"hi"}]}] }"#
        let call = try GeminiCountTokens.decode(bytes(bare), model: "m")
        #expect(text(try GeminiCountTokens.encode(call, as: "n").body) == bare)
        let wrapped = try GeminiCountTokens.decode(
            bytes(#"{"generateContentRequest":{"model":"models/m","contents":[{"parts":[{"text":"hi"}]}]}}"#),
            model: "m")
        #expect(wrapped.operation == .countTokens(isWrapped: true))
        #expect(
            text(try GeminiCountTokens.encode(wrapped, as: "n").body)
                == #"{"generateContentRequest":{"model":"models/n","contents":[{"parts":[{"text":"hi"}]}]}}"#)
    }

    @Test(
        "a count is believed only where it is one",
        arguments: [
            (#"{"totalTokens":5}"#, 5), ("{}", 0), (#"{"totalTokens":-1}"#, nil), (#"{"totalTokens":"x"}"#, nil),
            ("[]", nil), (#"{"error":{}}"#, nil), ("", nil),
        ] as [(String, Int?)])
    func geminiCounts(body: String, count: Int?) {
        #expect(GeminiCountTokens.totalTokens(bytes(body)) == count)
    }

    @Test(
        "a path without an action names the models or one of them",
        arguments: [
            ("/v1beta/models", .models), ("/v1beta/models/a", .model("a")), ("/v1/models/a%2Fb:c-1", .model("a/b:c-1")),
            ("/v1/models/a/b", .model("a/b")), ("/v1beta/models/", nil), ("/v2/models", nil), ("/v1beta/model", nil),
            ("/v1/models/%zz", nil),
        ] as [(String, GeminiResource?)])
    func resources(path: String, resource: GeminiResource?) {
        #expect(GeminiResource(path) == resource)
    }
}
