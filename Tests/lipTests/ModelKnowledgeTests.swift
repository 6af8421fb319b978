import Testing

@testable import lip

@Suite("What lip tells of models: inventory and routes") struct ModelKnowledgeTests {
    private static let file = """
        backends:
          - { id: local, kind: vllm, models: { path: i.yaml }, capabilities: [tools] }
          - id: openai
            kind: openai-legacy
            api_key: key-0123456789
            models: [gpt-4o, { name: gpt-4, context_window: 4K, capabilities: [] }, custom]
          - { id: claude, kind: anthropic, api_key: key-0123456789, models: { source: discover, refresh_interval: 90m } }
          - { id: other, kind: openai-responses, api_key: key-0123456789 }
        routing: { default_route: "local:qwen" }
        catalogue: { path: m.yaml }
        models: { house: "claude:claude-ours|openai:gpt-4o" }

        """

    private static let host = TestHost(files: [
        "lip.yaml": file, "i.yaml": "[qwen, shared]",
        "m.yaml": "vendors: { anthropic: { models: [{ name: claude-ours, context_window: 9K }] } }",
    ])

    private func run(_ arguments: String...) async -> CommandRun {
        await CommandRun(arguments + ["--config", "lip.yaml"], host: Self.host)
    }

    @Test("the inventory tells of each model what is known, and who says so")
    func inventory() async {
        let run = await run("inventory")
        #expect(run.code == .success)
        let start = run.outputLines.firstIndex(of: "backends:").map { $0 + 1 } ?? 0
        #expect(
            Array(run.outputLines[start...]) == [
                "  local  vllm  http://localhost:8000/v1  no key needed", "    qwen  can tools (backend)",
                "    shared  can tools (backend)", "    (listed in i.yaml)",
                "  openai  openai-legacy  https://api.openai.com/v1  1 key",
                "    gpt-4o  window 128000 (catalogue), answers up to 16384 (catalogue), lacks audio reasoning (catalogue)",
                "    gpt-4  window 4000 (file), answers up to 8192 (catalogue), text only (file)", "    custom",
                "    (and 32 names of openai in the catalogue)",
                "  claude  anthropic  https://api.anthropic.com  1 key",
                "    (and what the provider lists, asked every 1h30m)",
                "    (and 23 names of anthropic in the catalogue)",
                "  other  openai-responses  https://api.openai.com/v1  1 key",
                "    (and 32 names of openai in the catalogue)",
                "catalogue: m.yaml before the built-in one, 237 models of 24 vendors",
            ])
    }

    @Test("the inventory's document holds the same")
    func document() async {
        let output = await run("inventory", "--json").output.split(separator: "\n").map {
            $0.drop { $0 == " " }
        }.joined(separator: " ")
        for part in [
            #"{ "name": "gpt-4", "context_window": 4000, "context_window_from": "file", "max_output_tokens": 8192, "capabilities": [], "capabilities_from": "file" }"#,
            #"{ "name": "custom" }"#, #""models_from": "file", "models_file": "i.yaml""#,
            #""models": [], "models_from": "discovery""#, #""models": [], "models_from": "none""#,
            #"{ "name": "claude-ours", "vendor": "anthropic", "context_window": 9000, "lacks": [ "audio" ] }"#,
            #""catalogue": { "built_in": true, "file": "m.yaml", "vendors": 24, "models": 237 }"#,
        ] { #expect(output.contains(part), "\(part) in \(output)") }
    }

    @Test(
        "for the name of a model, routes tells where a request for it goes and why",
        arguments: [
            ("gpt-4o", "openai:gpt-4o, since openai alone lists it"),
            (
                "gpt-5",
                "openai:gpt-5, since the catalogue has gpt-5* from openai, and openai is the first backend that serves that"
            ),
            (
                "claude-ours",
                "claude:claude-ours, since the catalogue has it from anthropic, and claude is the first backend that serves that"
            ),
            ("house", "claude:claude-ours|openai:gpt-4o, since it stands under models"),
            ("mystery", "local:mystery, since nothing knows it, and unknown_model is pass"),
        ])
    func routes(_ model: String, _ expected: String) async {
        let run = await run("routes", model)
        #expect(run.outputLines.first == model)
        #expect(run.outputLines.dropFirst().first == "  as a client's model: \(expected)")
    }

    @Test("a model or an alias that stands for a bare model is shown where a request for it goes")
    func configuredBareModels() async {
        let text = """
            backends:
              - { id: claude, kind: anthropic, api_key: key-0123456789 }
              - { id: openai, kind: openai-legacy, api_key: key-0123456789, models: [custom] }
            model_aliases:
              - { pattern: "^quick$", replacement: "custom" }
              - { pattern: "^mine/(.*)$", replacement: "$1" }
            models: { g: gpt-4o, via: quick, odd: mystery }
            """
        let host = TestHost(files: ["lip.yaml": text])
        let run = await CommandRun(["routes", "--config", "lip.yaml"], host: host)
        let lines = run.outputLines
        let start = lines.firstIndex { $0.hasPrefix("alias") } ?? 0
        #expect(
            Array(lines[start...]) == [
                "alias ^quick$: custom", "  custom is openai:custom, since openai alone lists it",
                "  first openai:custom  [openai-legacy, 1 key]", "alias ^mine/(.*)$: $1",
                "  first $1  [at the backend that the model is found at, else at the default route's first]",
                "model g: gpt-4o",
                "  gpt-4o is openai:gpt-4o, since the catalogue has gpt-4o* from openai, and openai is the first backend that serves that",
                "  first openai:gpt-4o  [lacks audio reasoning, window 128000, openai-legacy, 1 key]",
                "    ! its backend does not list the model",
                "model via: quick", "  becomes custom", "  custom is openai:custom, since openai alone lists it",
                "  first openai:custom  [openai-legacy, 1 key]", "model odd: mystery",
                "  first mystery  [at the default route's first backend]",
            ])
        for (name, leg) in [("g", "openai:gpt-4o"), ("quick", "openai:custom"), ("mine/gpt-4o", "openai:gpt-4o")] {
            let run = await CommandRun(["routes", name, "--config", "lip.yaml"], host: host)
            #expect(run.output.contains("first \(leg) "), "\(run.output)")
        }
        // The catalogue and the lists lead to both backends.
        let check = await CommandRun(["check-config", "--config", "lip.yaml"], host: host)
        #expect(!(check.output + check.errors).contains("leads to the backend"), "\(check.output + check.errors)")
        let json = await CommandRun(["routes", "--json", "--config", "lip.yaml"], host: host)
        #expect(json.output.contains("\"key\": \"openai:gpt-4o\""), "\(json.output)")
    }

    @Test("routes shows of a name alone, of an alias that leads to a model, and of what is refused, what requests meet")
    func namesAlone() async {
        let text = """
            backends:
              - { id: claude, kind: anthropic, api_key: key-0123456789 }
              - { id: local, kind: vllm, models: [qwen] }
            routing: { default_route: "claude:claude-haiku-4-5", unknown_model: not_found }
            model_aliases:
              - { pattern: "^fast$", replacement: best }
              - { pattern: "^mine/(.*)$", replacement: "$1" }
            models: { best: "qwen|claude:x" }
            """
        let host = TestHost(files: ["lip.yaml": text])
        func lines(_ arguments: String...) async -> [String] {
            await CommandRun(["routes"] + arguments + ["--config", "lip.yaml"], host: host).outputLines
        }
        let tree = [
            "  first local:qwen  [vllm, no key needed]",
            "  then claude:x  [anthropic, 1 key]",
        ]
        #expect(
            await lines("best") == ["best", "  as a client's model: qwen|claude:x, since it stands under models"] + tree
        )
        #expect(
            await lines("fast") == ["fast", "  becomes best", "  best is qwen|claude:x, since it stands under models"]
                + tree)
        #expect(
            await lines("mine/what") == [
                "mine/what", "  becomes what",
                "  what is refused, since nothing knows it, and unknown_model is not_found",
            ])
        #expect(
            await lines("local") == [
                "local", "  as a client's model: refused, since nothing knows it, and unknown_model is not_found",
                #"  in X-LIP-Route: refused, since X-LIP-Route names the backend "local" without a model; write "local:MODEL""#,
            ])
        #expect(
            await lines("claude:x|best")[1]
                == #"  refused: the logical model "best" stands within a route selector; it can only be named alone (column 10)"#
        )
        let overview = await lines()
        #expect(overview.contains("  best is qwen|claude:x, since it stands under models"), "\(overview)")
        let json = await lines("--json", "--explain", "fast")[0]
        #expect(
            json.hasPrefix(
                #"{"selector":"fast","resolved":"best","ok":{"global":{},"arms":[{"kind":"single","legs":[{"backend":"local""#
            ), "\(json)")
        #expect(json.contains(#""explain":{"model":{"source":"logical_model","selector":"qwen|claude:x""#), "\(json)")
        #expect(await lines("--json", "--explain", "local")[0].contains(#""refused":"X-LIP-Route names"#))
    }

    @Test("what names a backend is told of as it is, and JSON tells the route of a model only where it is asked to")
    func selectors() async {
        #expect(await !run("routes", "openai:gpt-4o").output.contains("as a client's model"))
        #expect(await !run("routes", "--json", "gpt-5").output.contains("vendor_model"))
        let output = await run("routes", "--json", "--explain", "gpt-5").output
        #expect(output.contains(#""model":{"source":"vendor_model","selector":"openai:gpt-5","reason":"#), "\(output)")
        #expect(await run("routes", "claude:claude-ours").output.contains("lacks audio, window 9000, anthropic"))
    }
}
