import Dialects
import Testing
import Transport

@testable import Gateway

@Suite struct OperationTests {
    private func backend(_ kind: String, base: String = "https://p.test/v1") throws -> Backend {
        var configuration = BackendConfiguration(id: "b", kind: try #require(BackendKind.named(kind)))
        configuration.baseURL = base
        return try Backend(configuration, index: 0)
    }

    private func embed(_ input: String) throws -> Call {
        try OpenAIEmbeddingsRequestDecoder.decode(Array(#"{"model":"m","input":\#(input)}"#.utf8))
    }

    private var count: Call {
        get throws {
            try AnthropicCountTokens.decode(Array(#"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#.utf8))
        }
    }

    @Test(
        "vectors are asked for only where the protocol has them",
        arguments: [
            ("openai-legacy", true), ("openai-responses", true), ("mistral", true), ("gemini", true),
            ("anthropic", false), ("local-stub", false),
        ])
    func eligible(kind: String, isEligible: Bool) throws {
        #expect((try backend(kind).refusal(of: embed(#""a""#)) == nil) == isEligible)
    }

    @Test("token ids are refused by whoever does not take them, naming the field", arguments: ["gemini", "mistral"])
    func tokens(kind: String) throws {
        let refusal = try #require(try backend(kind).refusal(of: embed("[[1,2]]")))
        #expect(refusal.parameter == "input[0]" && refusal.status == 400)
        #expect(try backend("openai-legacy").refusal(of: embed("[[1,2]]")) == nil)
    }

    @Test("tokens are counted only by who speaks the client's protocol")
    func counting() throws {
        #expect(try backend("anthropic").refusal(of: count) == nil)
        for kind in ["openai-legacy", "openai-responses", "gemini", "local-stub"] {
            #expect(try backend(kind).refusal(of: count) != nil, "\(kind)")
        }
    }

    @Test("each operation has its address")
    func addresses() throws {
        func address(_ kind: String, _ base: String, _ call: Call) throws -> String {
            let backend = try backend(kind, base: base)
            let codec = backend.codec(for: call)
            return codec.address(backend.configuration, model: "m", stream: false, for: call)
        }
        let call = try embed(#""a""#)
        #expect(try address("openai-responses", "https://p.test/v1", call) == "https://p.test/v1/embeddings")
        #expect(
            try address("gemini", "https://p.test", call) == "https://p.test/v1beta/models/m:batchEmbedContents")
        #expect(try address("anthropic", "https://p.test", count) == "https://p.test/v1/messages/count_tokens")
        let gemini = try GeminiCountTokens.decode(Array(#"{"contents":[{"parts":[{"text":"a"}]}]}"#.utf8), model: "m")
        #expect(try address("gemini", "https://p.test/v1", gemini) == "https://p.test/v1/models/m:countTokens")
    }

    @Test("an answer that leaves an input out is no answer")
    func missingVector() throws {
        let call = try embed(#"["a","b"]"#)
        let codec = try backend("gemini").codec(for: call)
        #expect(throws: Failure.self) {
            try codec.answer(
                to: call, body: Array(#"{"embeddings":[{"values":[1]}]}"#.utf8), as: "m", limits: .default)
        }
    }

    @Test("usage that a provider does not state is lip's own estimate where the client's protocol always has it")
    func estimatedUsage() throws {
        let call = try embed(#"["abcdefgh"]"#)
        let codec = try backend("gemini").codec(for: call)
        let answer = try codec.answer(
            to: call, body: Array(#"{"embeddings":[{"values":[1]}]}"#.utf8), as: "m", limits: .default)
        #expect(answer.usage?.isEstimated == true)
        #expect(String(decoding: answer.body, as: UTF8.self).contains(#""usage":{"prompt_tokens":"#))
    }
}
