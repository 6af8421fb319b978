import Testing

@testable import Gateway

@Suite("How providers tell their models") struct InventoryDialectTests {
    private func page(_ wire: BackendKind.Wire, _ json: String) throws -> InventoryDialect.Page {
        try #require(InventoryDialect(wire)).page(Array(json.utf8))
    }

    private func model(_ name: String, _ window: Int? = nil) -> BackendModel {
        BackendModel(name: name, contextWindow: window)
    }

    @Test("OpenAI's list, with the windows that its imitators tell under several names")
    func openAI() throws {
        let read = try page(
            .openAIChat,
            #"""
            {"object":"list","data":[{"id":"gpt-4o","object":"model"},{"id":"org/m:free","context_length":32768},
            {"id":"g","context_window":131072,"active":true},{"id":"old","active":false},{"id":"v","max_model_len":8192},
            {"id":"n","context_length":null},{"id":"z","context_length":-1}]}
            """#)
        #expect(
            read.models == [
                model("gpt-4o"), model("org/m:free", 32768), model("g", 131072), model("v", 8192), model("n"),
                model("z"),
            ])
        #expect(read.next == nil)
        #expect(try page(.openAIResponses, #"[{"id":"bare"}]"#).models == [model("bare")])
    }

    @Test("what is no name is left out")
    func names() throws {
        let long = String(repeating: "x", count: 257)
        let json =
            #"{"data":[{"id":""},{"id":"a b"},{"id":"é"},{"id":"a\nb"},{"id":7},{},3,null,{"id":"\#(long)"},{"id":"ok"}]}"#
        #expect(try page(.openAIChat, json).models == [model("ok")])
    }

    @Test("Anthropic's list is turned by its last id")
    func anthropic() throws {
        let read = try page(
            .anthropicMessages,
            #"{"data":[{"type":"model","id":"claude-a","max_input_tokens":200000},{"id":"claude-b"}],"has_more":true,"first_id":"claude-a","last_id":"claude-b"}"#
        )
        #expect(read.models == [model("claude-a", 200_000), model("claude-b")])
        #expect(read.next == "claude-b")
        #expect(try page(.anthropicMessages, #"{"data":[],"has_more":false,"last_id":"x"}"#).next == nil)
        let dialect = try #require(InventoryDialect(.anthropicMessages))
        #expect(dialect.path(of: nil) == "models?limit=1000")
        #expect(dialect.path(of: "a/b c") == "models?limit=1000&after_id=a%2Fb%20c")
    }

    @Test("Google's list is turned by its token, named without its prefix, and holds what answers or embeds")
    func gemini() throws {
        let read = try page(
            .gemini,
            #"""
            {"models":[{"name":"models/gemini-a","inputTokenLimit":1048576,
            "supportedGenerationMethods":["generateContent","countTokens"]},
            {"name":"models/embed","supportedGenerationMethods":["embedContent"]},
            {"name":"models/veo","supportedGenerationMethods":["predictLongRunning"]},
            {"name":"tuned"},{"name":"models/"}],"nextPageToken":"t=1"}
            """#)
        #expect(read.models == [model("gemini-a", 1_048_576), model("embed"), model("tuned")])
        #expect(read.next == "t=1")
        let dialect = try #require(InventoryDialect(.gemini))
        #expect(dialect.path(of: read.next) == "models?pageSize=1000&pageToken=t%3D1")
        #expect(try page(.gemini, "{}") == InventoryDialect.Page())
        #expect(try page(.gemini, #"{"models":[],"nextPageToken":""}"#).next == nil)
    }

    @Test("Amazon's models are followed by its inference profiles, page by page")
    func bedrock() throws {
        let dialect = try #require(InventoryDialect(.bedrockConverse))
        #expect(dialect.path(of: nil) == "foundation-models?byOutputModality=TEXT")
        let models = try page(
            .bedrockConverse,
            #"""
            {"modelSummaries":[{"modelId":"amazon.nova-lite-v1:0","inferenceTypesSupported":["ON_DEMAND"]},
            {"modelId":"anthropic.claude-sonnet-4-5-20250929-v1:0","inferenceTypesSupported":["INFERENCE_PROFILE"]},
            {"modelId":"meta.llama3-8b","inferenceTypesSupported":["PROVISIONED"]},{"modelId":"old.model"}]}
            """#)
        #expect(models.models == [model("amazon.nova-lite-v1:0"), model("old.model")])
        #expect(dialect.path(of: models.next) == "inference-profiles?maxResults=1000")
        let own = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
        let profiles = try page(
            .bedrockConverse,
            #"""
            {"inferenceProfileSummaries":[{"inferenceProfileId":"us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "status":"ACTIVE","type":"SYSTEM_DEFINED"},{"inferenceProfileId":"abc","inferenceProfileArn":"\#(own)",
            "status":"ACTIVE","type":"APPLICATION"},{"inferenceProfileId":"gone","status":"LEGACY"}],"nextToken":"t/1="}
            """#)
        #expect(profiles.models == [model("us.anthropic.claude-sonnet-4-5-20250929-v1:0"), model(own)])
        #expect(dialect.path(of: profiles.next) == "inference-profiles?maxResults=1000&nextToken=t%2F1%3D")
        #expect(try page(.bedrockConverse, #"{"inferenceProfileSummaries":[]}"#) == InventoryDialect.Page())
    }

    @Test(
        "an answer that is no list is an error, not an empty list",
        arguments: ["", "nonsense", "{}", #"{"data":{}}"#, #"{"error":{"message":"no"}}"#, "3"])
    func malformed(_ body: String) {
        #expect(throws: InventoryDialect.Malformed.self) { try page(.openAIChat, body) }
        #expect(throws: InventoryDialect.Malformed.self) { try page(.anthropicMessages, body) }
    }

    @Test("a backend that is asked does not become another by what it answers")
    func dialects() {
        #expect(throws: InventoryDialect.Malformed.self) { try page(.gemini, #"{"error":{"code":403}}"#) }
        #expect(throws: InventoryDialect.Malformed.self) { try page(.bedrockConverse, #"{"message":"no"}"#) }
        #expect(InventoryDialect(.inProcess) == nil && InventoryDialect(.acp) == nil)
    }
}
