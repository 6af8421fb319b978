import Gateway
import Testing

@testable import lip

@Suite("The command")
struct LipCommandTests {
    private static let file = """
        backends:
          - {id: a, kind: vllm, base_url: "http://127.0.0.1:1/v1"}
          - {id: b, kind: openai-legacy, api_keys: [k1, k2]}
        routing: {default_route: "a:m|b:gpt"}
        model_aliases: [{pattern: "^fast$", replacement: "[handicap=800ms]a:m!b:gpt"}]
        models: {quick: "b:gpt"}
        """
    private let host = TestHost(files: [
        "./config/config.yaml": Self.file, "bad.yaml": "servr: {}\n", "c.yaml": Self.file,
    ])

    @Test("a usage error goes to the standard error and ends with 2")
    func usage() async {
        let run = await CommandRun(["--what"])
        #expect(run.code == .usage)
        #expect(run.output == "")
        #expect(run.errorLines == ["lip: unknown option --what", "Try 'lip --help'."])
    }

    @Test("help and version go to the standard output and end with 0")
    func information() async {
        let help = await CommandRun(["serve", "--help"])
        #expect(help.code == .success && help.errors == "" && help.served.isEmpty)
        for word in ["serve", "check-config", "routes", "inventory", "--config", "--json", "--stdin"] {
            #expect(help.output.contains(word))
        }
        let version = await CommandRun(["--version"])
        #expect(version.output == "lip \(Version.text)\n")
    }

    @Test("check-config says that a file is valid and ends with 0, warnings or not")
    func checkValid() async {
        let quiet = TestHost(files: ["./config/config.yaml": "backends: [{id: a, kind: vllm}]\n"])
        let run = await CommandRun(["check-config"], host: quiet)
        #expect(run.code == .success)
        #expect(run.output == "configuration is valid\n")
        #expect(run.errors == "")
        let keyless = TestHost(files: ["./config/config.yaml": "backends: [{id: a, kind: openai-legacy}]\n"])
        let warned = await CommandRun(["check-config"], host: keyless)
        #expect(warned.code == .success)
        #expect(warned.output == "configuration is valid\n")
        #expect(warned.errorLines.count == 1)
        #expect(warned.errorLines[0].hasPrefix("./config/config.yaml:1:17: warning: backends[0]: "))
    }

    @Test("check-config tells every error on the standard error and ends with 1")
    func checkInvalid() async {
        let run = await CommandRun(["check-config", "--config", "bad.yaml"], host: host)
        #expect(run.code == .failure)
        #expect(run.output == "")
        #expect(
            run.errorLines == [
                "bad.yaml:1:1: error: unknown key \"servr\"; did you mean \"server\"?",
                "configuration invalid: 1 error",
            ])
    }

    @Test("check-config --json is one document with places")
    func checkJSON() async {
        let run = await CommandRun(["check-config", "--json", "--config=bad.yaml"], host: host)
        #expect(run.code == .failure)
        #expect(run.errors == "")
        #expect(
            run.output == """
                {
                  "valid": false,
                  "file": "bad.yaml",
                  "errors": [
                    {
                      "path": "",
                      "line": 1,
                      "column": 1,
                      "message": "unknown key \\"servr\\"",
                      "suggestion": "did you mean \\"server\\"?"
                    }
                  ],
                  "warnings": []
                }

                """)
        let valid = await CommandRun(["check-config", "--json"], host: host)
        #expect(valid.code == .success && valid.output.contains("\"valid\": true"))
    }

    @Test("the last --config wins", arguments: [["--config", "bad.yaml", "check-config", "--config", "c.yaml"]])
    func lastConfig(_ arguments: [String]) async {
        #expect(await CommandRun(arguments, host: host).code == .success)
    }

    @Test(
        "serve, routes and inventory refuse a bad file and a missing one", arguments: ["serve", "routes", "inventory"])
    func refused(_ command: String) async {
        let bad = await CommandRun([command, "--config", "bad.yaml"], host: host)
        #expect(bad.code == .failure && bad.output == "" && bad.served.isEmpty)
        #expect(bad.errorLines.last == "lip: the configuration is invalid")
        let missing = await CommandRun([command, "--config", "none.yaml"], host: host)
        #expect(missing.code == .failure && missing.served.isEmpty)
        #expect(missing.errors.contains("none.yaml: error: cannot read the configuration: No such file or directory"))
    }

    @Test("serve runs the gateway with the configuration, warnings told first; no command is serve")
    func serve() async {
        let host = TestHost(files: ["w.yaml": "server: {address: 127.0.0.1:7}\nbackends: [{id: groq}]\n"])
        let run = await CommandRun(["--config", "w.yaml"], host: host)
        #expect(run.code == .success)
        #expect(run.served == ["127.0.0.1:7"])
        #expect(run.errors.contains("w.yaml:2:17: warning: backends[0]: the backend \"groq\" has no key"))
    }

    @Test("a gateway that cannot start ends with 1 and its reason")
    func failedStart() async {
        struct Busy: Error, CustomStringConvertible { var description: String { "address in use" } }
        var errors = ""
        let streams = CommandStreams(write: { _ in }, writeError: { errors += $0 }, read: { [] })
        let command = LipCommand(host: TestHost().access, streams: streams) { _ in throw Busy() }
        #expect(await command.run(["serve"]) == .failure)
        #expect(errors == "lip: address in use\n")
    }

    // MARK: Routes

    @Test("a selector's JSON is the tree of its arms and legs")
    func routesJSON() async {
        let run = await CommandRun(["routes", "[handicap=2]a:m1!b:m2|c:m3", "--json"], host: TestHost())
        #expect(run.code == .success)
        #expect(
            run.output
                == #"{"selector":"[handicap=2]a:m1!b:m2|c:m3","ok":{"global":{},"arms":["#
                + #"{"kind":"race","legs":[{"backend":"a","model":"m1","params":{},"handicap_ms":2000,"key":"a:m1"},"#
                + #"{"backend":"b","model":"m2","params":{},"key":"b:m2"}]},"#
                + #"{"kind":"single","legs":[{"backend":"c","model":"m3","params":{},"key":"c:m3"}]}]}}"# + "\n")
    }

    @Test(
        "every annotation has its member, only where it is set",
        arguments: [
            (
                "{ttft_timeout=1.5s,affinity=client}[weight=3,first]a:m^b:n?x=1&x=2&a=b+c",
                #"{"global":{"ttft_timeout_ms":1500,"affinity":"client"},"arms":[{"kind":"weighted","legs":["#
                    + #"{"backend":"a","model":"m","params":{},"weight":3,"first":true,"key":"a:m"},"#
                    + #"{"backend":"b","model":"n","params":{"a":"b c","x":"1"},"weight":1,"key":"b:n?a=b+c&x=1&x=2"}]}]}"#
            ),
            (
                "[ttft_timeout=800ms,min_context=1K,max_context=2K]gpt",
                #"{"global":{},"arms":[{"kind":"single","legs":[{"backend":"","model":"gpt","params":{},"#
                    + #""ttft_timeout_ms":800,"min_context":1000,"max_context":2000,"key":"gpt"}]}]}"#
            ),
        ])
    func routesMembers(_ selector: String, _ expected: String) async {
        let run = await CommandRun(["routes", "--json", selector])
        #expect(run.output.contains("\"ok\":\(expected)}"), "\(run.output)")
    }

    @Test("what does not parse has the detail and its column, and ends with 1")
    func routesError() async {
        let run = await CommandRun(["routes", "--json", "a:m", "a:m||b:m"])
        #expect(run.code == .failure)
        #expect(run.outputLines.count == 2)
        #expect(run.outputLines[1] == #"{"selector":"a:m||b:m","error":"empty failover alternative","column":5}"#)
        let text = await CommandRun(["routes", "openai:"])
        #expect(text.code == .failure)
        #expect(text.outputLines.last == "  error: model is required (column 8)")
    }

    @Test("an alias shows what it made of the text")
    func routesAlias() async {
        let run = await CommandRun(["routes", "--json", "fast"], host: host)
        #expect(run.output.hasPrefix(#"{"selector":"fast","resolved":"[handicap=800ms]a:m!b:gpt","ok":{"#))
        let host = TestHost(files: [
            "./config/config.yaml": "model_aliases: [{pattern: \"^x:(.*)$\", replacement: \"local-stub:$1\"}]\n"
        ])
        let broken = await CommandRun(["routes", "--json", "x:"], host: host)
        #expect(
            broken.output == #"{"selector":"x:","resolved":"local-stub:","error":"model is required","column":12}"#
                + "\n")
    }

    @Test("--stdin gives one object a line, however the input is cut, and ends with 0")
    func routesStandardInput() async {
        let whole = await CommandRun(["routes", "--stdin", "--json"], input: ["a:m\nbad|\n\nb:é\r\nlast:m"])
        let cut = await CommandRun(
            ["routes", "--stdin", "--json"], input: "a:m\nbad|\n\nb:é\r\nlast:m".unicodeScalars.map { String($0) })
        #expect(whole.code == .success)
        #expect(whole.output == cut.output)
        #expect(whole.outputLines.count == 5)
        #expect(whole.outputLines[2] == #"{"selector":"","error":"empty selector","column":1}"#)
        #expect(whole.outputLines[3].hasPrefix(#"{"selector":"b:é","ok":"#))
        #expect(whole.outputLines[4].hasPrefix(#"{"selector":"last:m","ok":"#))
    }

    @Test("without selectors the default route, the aliases and the models are shown as trees")
    func routesOverview() async {
        let run = await CommandRun(["routes"], host: host)
        #expect(run.code == .success)
        #expect(
            run.outputLines == [
                "default route: a:m|b:gpt",
                "  first a:m  [vllm, no key needed]",
                "  then b:gpt  [openai-legacy, 2 keys]",
                "alias ^fast$: [handicap=800ms]a:m!b:gpt",
                "  first a race of",
                "    a:m  [head start 800ms, vllm, no key needed]",
                "    b:gpt  [starts after 800ms, openai-legacy, 2 keys]",
                "model quick: b:gpt",
                "  first b:gpt  [openai-legacy, 2 keys]",
            ])
        let json = await CommandRun(["routes", "--json"], host: host)
        #expect(json.output.contains("\"effective_default_route\": \"a:m|b:gpt\""))
        #expect(json.output.contains("\"credential_posture\": \"live_provider\""))
    }

    // MARK: Inventory

    @Test("the inventory lists backends with kind, URL and number of keys")
    func inventory() async {
        let json = await CommandRun(["inventory", "--json"], host: host)
        #expect(json.code == .success)
        #expect(json.output.contains("\"base_url\": \"http://127.0.0.1:1/v1\""))
        #expect(json.output.contains("\"keys\": 2"))
        let text = await CommandRun(["inventory"], host: host)
        let paths = [
            "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages",
            "/v1/messages/count_tokens", "/v1beta/models/{model}:generateContent",
            "/v1beta/models/{model}:streamGenerateContent", "/v1beta/models/{model}:countTokens",
            "/v1beta/models/{model}:embedContent", "/v1beta/models/{model}:batchEmbedContents",
        ]
        for path in paths { #expect(text.outputLines.contains { $0.hasSuffix("  POST \(path)") }, "\(path)") }
        #expect(text.outputLines.contains("  b  openai-legacy  https://api.openai.com/v1  2 keys"))
    }
}
