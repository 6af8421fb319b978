import Testing

@testable import lip

@Suite("lip lineage")
struct LineageCommandTests {
    private static let id = "a_0123456789abcdef0123456789abcdef"
    private static let body = #"""
        [{"BLegID":"b_1","ALegID":"a_1","Seq":1,"BackendID":"openai","EffectiveModel":"gpt-4o",
        "StartedAt":"2026-01-31T09:05:00.000000000Z","FinishedAt":"2026-01-31T09:05:00.012500000Z",
        "Outcome":"swallowed_failure","Reason":"the provider answered 503","ProviderStatus":503,"Selector":"openai:gpt-4o|b:m"},
        {"BLegID":"b_2","ALegID":"a_1","Seq":2,"BackendID":"b","EffectiveModel":"m\u001b[2J",
        "StartedAt":"2026-01-31T09:05:00.013000000Z","FirstOutputAt":"2026-01-31T09:05:00.213000000Z",
        "FinishedAt":"2026-01-31T09:05:02.113000000Z","Outcome":"success","Reason":"","Selector":"openai:gpt-4o|b:m",
        "Usage":{"InputTokens":10,"OutputTokens":3}}]
        """#

    private func run(
        _ arguments: [String], variables: [String: String] = [:], status: Int = 200
    ) async -> (code: LipCommand.ExitCode, output: String, errors: String, asked: [GatewayQuery.Request]) {
        var (output, errors) = ("", "")
        var asked: [GatewayQuery.Request] = []
        var command = LipCommand(
            host: TestHost(variables: variables).access,
            streams: CommandStreams(write: { output += $0 }, writeError: { errors += $0 }, read: { [] }),
            serve: { _ in })
        command.fetch = { request in
            asked.append(request)
            return (status, Array(Self.body.utf8))
        }
        let code = await command.run(["lineage"] + arguments)
        return (code, output, errors, asked)
    }

    @Test("the attempts are a tree with times from the first one")
    func tree() async {
        let result = await run([Self.id])
        #expect(result.code == .success)
        #expect(
            result.output == """
                \(Self.id)  2 attempts
                started 2026-01-31T09:05:00.000000000Z  by openai:gpt-4o|b:m
                ├─ 1  openai:gpt-4o  at +0.0 ms
                │     swallowed_failure, provider status 503 after 12 ms
                │     the provider answered 503
                └─ 2  b:m\u{FFFD}[2J  at +13 ms
                      success after 2.1 s, first output after 200 ms, 10 tokens in, 3 out

                """)
    }

    @Test("the gateway and the key can be chosen, and the key is printed nowhere")
    func request() async {
        let result = await run(
            [Self.id, "--url", "https://gw.example/", "--json"], variables: ["LIP_API_KEY": "sk-secret-key"])
        #expect(
            result.asked == [
                .init(url: "https://gw.example/admin/attempts?a_leg_id=\(Self.id)", key: "sk-secret-key")
            ])
        #expect(result.output == Self.body + "\n")
        #expect(!(result.output + result.errors).contains("sk-secret-key"))
        #expect(await run(["a&b"]).asked.first?.url == "http://127.0.0.1:8080/admin/attempts?a_leg_id=a%26b")
    }

    @Test("refusals are told in words", arguments: [(401, "LIP_API_KEY"), (404, "does not know"), (500, "status 500")])
    func refusals(_ status: Int, _ words: String) async {
        let result = await run([Self.id], status: status)
        #expect(result.code == .failure)
        #expect(result.errors.contains(words))
    }

    @Test("one id is needed", arguments: [[], ["a_1", "a_2"], ["--url", "gw", "a_1"]])
    func usage(_ arguments: [String]) async {
        #expect(await run(arguments).code == .usage)
    }
}
