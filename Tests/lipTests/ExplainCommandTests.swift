import Testing

@testable import lip

@Suite("The command explain")
struct ExplainCommandTests {
    private let request = #"{"model":"m","max_tokens":5,"top_k":3,"messages":[{"role":"user","content":"Hi"}]}"#

    @Test("it shows where each field goes, what is lost and the translated request")
    func text() async {
        let host = TestHost(files: ["r.json": request])
        let run = await CommandRun(["explain", "--from", "anthropic", "--to", "openai-chat", "r.json"], host: host)
        #expect(run.code == .success)
        #expect(run.outputLines.contains { $0.hasPrefix("max_tokens") && $0.hasSuffix("-> max_completion_tokens") })
        #expect(run.outputLines.contains { $0.hasPrefix("top_k") && $0.contains("LOST: openai-chat has no place") })
        #expect(run.outputLines.contains("x-lip-dropped-fields: top_k"))
        #expect(run.output.contains(#""max_completion_tokens": 5"#))
    }

    @Test("it reads the standard input and writes JSON")
    func json() async {
        let run = await CommandRun(["explain", "--json", "--from=anthropic", "--to=gemini", "-"], input: [request])
        #expect(run.code == .success)
        #expect(run.output.contains(#""to": ["#))
        #expect(run.output.contains("generationConfig.topK"))
    }

    @Test(
        "what it cannot do is told in one line",
        arguments: [
            (["explain", "--from", "anthropic", "r.json"], "explain needs --from and --to", LipCommand.ExitCode.usage),
            (["explain", "--from", "claude", "--to", "gemini", "r.json"], "--from needs a protocol", .usage),
            (["explain", "--from", "anthropic", "--to", "gemini"], "explain needs one file", .usage),
            (["routes", "--from", "anthropic"], "--from, --to and --model go with explain only", .usage),
            (["explain", "--from", "anthropic", "--to", "gemini", "none.json"], "No such file", .failure),
            (
                ["explain", "--from", "anthropic", "--to", "gemini", "bad.json"],
                "bad.json cannot be translated from anthropic-messages to gemini", .failure
            ),
        ])
    func errors(arguments: [String], message: String, code: LipCommand.ExitCode) async {
        let host = TestHost(files: ["r.json": request, "bad.json": #"{"model":"m"}"#])
        let run = await CommandRun(arguments, host: host)
        #expect(run.code == code)
        #expect(run.errors.contains(message), "\(run.errors)")
    }

    @Test("it says that an agent's leg refuses what needs tools, and why")
    func refusedByAgents() async {
        let tools = #""tools":[{"name":"t","input_schema":{"type":"object"}}],"#
        let body = request.replacing("{\"model\"", with: "{\(tools)\"model\"")
        let host = TestHost(files: ["r.json": body, "plain.json": request])
        let run = await CommandRun(["explain", "--from", "anthropic", "--to", "acp", "r.json"], host: host)
        #expect(run.code == .success)
        #expect(
            run.outputLines.last
                == "REFUSED: the gateway answers 400, missing required capabilities: tools, where no other leg is left. What the backend's capabilities say that it has all the same goes to the agent as shown"
        )
        let json = await CommandRun(["explain", "--json", "--from", "anthropic", "--to", "acp", "r.json"], host: host)
        #expect(json.output.contains(#""refused": "the gateway answers 400, missing required capabilities: tools"#))
        for arguments in [["--to", "acp", "plain.json"], ["--to", "gemini", "r.json"]] {
            let run = await CommandRun(["explain", "--from", "anthropic"] + arguments, host: host)
            #expect(!run.output.contains("REFUSED"), "\(run.output)")
        }
    }

    @Test("an error names a malformed field once")
    func namesTheFieldOnce() async {
        let body =
            #"{"model":"m","max_tokens":5000,"thinking":{"type":"enabled","budget_tokens":50},"messages":[{"role":"user","content":"Hi"}]}"#
        let run = await CommandRun(["explain", "--from", "anthropic", "--to", "gemini", "-"], input: [body])
        #expect(run.code == .failure)
        #expect(run.errors.split(separator: "thinking.budget_tokens", omittingEmptySubsequences: false).count == 2)
    }
}
