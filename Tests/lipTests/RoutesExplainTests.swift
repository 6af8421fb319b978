import Testing
import Transport

@testable import lip

@Suite("lip routes: what keeps legs from being of use, and how they stand")
struct RoutesExplainTests {
    private static let file = """
        backends:
          - id: a
            kind: vllm
            max_in_flight: 8
            models: [m, { name: n, context_window: 100K, max_in_flight: 2, capabilities: [tools] }, { name: t, capabilities: [] }]
          - { id: b, kind: openai-legacy, api_keys: [k1, k2] }
          - { id: bare, kind: openai-legacy }
          - { id: stub, kind: local-stub, tool_name: f }
        routing: { default_route: "b:gpt|a:m", max_attempts: 3 }
        """
    private static let legs = #"""
        {"legs":[
        {"leg":"a:m","backend":"a","model":"m","breaker":{"state":"open","until":"2026-01-31T09:05:00.000Z","seconds":7.5},
        "keys":[],"in_flight":1,"max_in_flight":4,"counters":{"begun":9,"succeeded":4},
        "first_output_ms":{"p50":120.5,"p90":300.25,"p99":1500},"duration_ms":{"p50":2000,"p90":4000,"p99":9000},
        "last_used":"2026-01-31T09:05:00.000Z","idle_seconds":61.5},
        {"leg":"b:gpt","backend":"b","model":"gpt","breaker":{"state":"half_open","probing":true},
        "keys":[{"key":1,"state":"refused"},{"key":2,"state":"resting","seconds":12.25}],"in_flight":0,
        "counters":{"begun":1,"succeeded":0}}],"backends":[]}
        """#

    private struct Run {
        var code = LipCommand.ExitCode.success
        var output = ""
        var errors = ""
        var asked: [GatewayQuery.Request] = []

        var lines: [String] { output.split(separator: "\n").map(String.init) }
    }

    private func run(
        _ arguments: [String], variables: [String: String] = [:], status: Int = 200, body: String = Self.legs,
        failure: (any Error)? = nil
    ) async -> Run {
        var run = Run()
        var command = LipCommand(
            host: TestHost(variables: variables, files: ["./config/config.yaml": Self.file]).access,
            streams: CommandStreams(
                write: { run.output += $0 }, writeError: { run.errors += $0 }, read: { [] }),
            serve: { _ in })
        command.fetch = { request in
            run.asked.append(request)
            if let failure { throw failure }
            return (status, Array(body.utf8))
        }
        run.code = await command.run(["routes"] + arguments)
        return run
    }

    /// A selector, and the tree that it must give without its first line.
    @Test(
        "each leg's line tells its start, bounds and capabilities, and the lines behind it what keeps it from being tried",
        arguments: [
            (
                "[handicap=2]a:m![handicap=500ms]b:x!b:gpt",
                [
                    "first a race of",
                    "  a:m  [head start 2s, 8 at once, vllm, no key needed]",
                    "  b:x  [head start 500ms, starts after 1.5s, openai-legacy, 2 keys]",
                    "  b:gpt  [starts after 2s, openai-legacy, 2 keys]",
                ]
            ),
            (
                "a:n^[weight=3]a:t",
                [
                    "first one of",
                    "  a:n  [weight 1 (25 %), 2 at once, can tools, window 100000, vllm, no key needed]",
                    "  a:t  [weight 3 (75 %), 8 at once, text only, vllm, no key needed]",
                ]
            ),
            (
                "bare:gpt|nowhere:m|a:other",
                [
                    "first bare:gpt  [openai-legacy, key missing]",
                    "  ! never tried: its backend has no key",
                    "then nowhere:m  [UNKNOWN BACKEND]",
                    "  ! refuses every request: no backend is called nowhere",
                    "then a:other  [8 at once, vllm, no key needed]",
                    "  ! its backend does not list the model",
                ]
            ),
            (
                "b:gpt|a:m?temperature=hot",
                [
                    "refused: route parameter temperature: must be a number from 0 to 2 (column 7)",
                    "first b:gpt  [openai-legacy, 2 keys]",
                    "then a:m?temperature=hot  [8 at once, vllm, no key needed]",
                    "  ! refuses every request: route parameter temperature: must be a number from 0 to 2",
                ]
            ),
            (
                "a:m|b:gpt|a:m|b:x",
                [
                    "first a:m  [8 at once, vllm, no key needed]",
                    "then b:gpt  [openai-legacy, 2 keys]",
                    "then a:m  [8 at once, vllm, no key needed]",
                    "  ! not tried again: it stands in an earlier alternative",
                    "then b:x  [openai-legacy, 2 keys]",
                    "  ! tried only when an alternative before it is skipped: max_attempts is 3",
                ]
            ),
            (
                "gpt|b:gpt",
                [
                    "first gpt  [at the default route's first backend]",
                    "then b:gpt  [openai-legacy, 2 keys]",
                    "  ! not tried again: it stands in an earlier alternative",
                ]
            ),
            (
                "[max_context=1K]a:m|a:m",
                [
                    "first a:m  [up to 1000 tokens, 8 at once, vllm, no key needed]",
                    "then a:m  [8 at once, vllm, no key needed]",
                ]
            ),
            (
                "b:gpt!b:gpt",
                [
                    "first a race of",
                    "  b:gpt  [openai-legacy, 2 keys]",
                    "  b:gpt  [openai-legacy, 2 keys]",
                    "    ! runs once: it stands in the race before",
                ]
            ),
            (
                "[min_context=100K]a:n|[max_context=200K]a:n",
                [
                    "first a:n  [above 100000 tokens, 2 at once, can tools, window 100000, vllm, no key needed]",
                    "  ! of no use: it takes requests above 100000 tokens, and its window is 100000",
                    "then a:n  [up to 200000 tokens, 2 at once, can tools, window 100000, vllm, no key needed]",
                    "  ! takes requests up to 200000 tokens, but its window is 100000",
                ]
            ),
            (
                "{ttft_timeout=2}[handicap=2,ttft_timeout=1]a:m!b:gpt|[ttft_timeout=2]b:x",
                [
                    "first output of the request within 2s",
                    "first a race of",
                    "  a:m  [head start 2s, first output within 1s, 8 at once, vllm, no key needed]",
                    "  b:gpt  [starts after 2s, openai-legacy, 2 keys]",
                    "    ! starts only when those with a head start fail: its delay of 2s is not below the route's ttft_timeout of 2s",
                    "then b:x  [first output within 2s, openai-legacy, 2 keys]",
                    "  ! its ttft_timeout has no effect: the route's of 2s passes first",
                ]
            ),
            (
                "stub:m^a:m|b:gpt",
                [
                    "first one of",
                    "  stub:m  [weight 1 (50 %), can tools streaming, local-stub, no key needed]",
                    "  a:m  [weight 1 (50 %), 8 at once, vllm, no key needed]",
                    "then b:gpt  [openai-legacy, 2 keys]",
                    "  ! tried only for what stub:m in alternative 1 cannot do, since that never fails",
                ]
            ),
        ])
    func trees(_ selector: String, _ expected: [String]) async {
        let run = await run([selector])
        #expect(run.code == .success && run.asked.isEmpty)
        #expect(run.lines == [selector] + expected.map { "  \($0)" })
    }

    @Test("JSON holds the same only where it is asked for")
    func json() async throws {
        let selector = "[handicap=2]a:n!bare:m"
        #expect(await !run(["--json", selector]).output.contains("explain"))
        let output = await run(["--json", "--explain", selector]).output
        let expected =
            #","explain":{"arms":[{"legs":[{"key":"a:n","backend":"a","start_delay_ms":0,"max_in_flight":2,"#
            + #""capabilities":["tools"],"context_window":100000,"problems":[]},{"key":"bare:m","backend":"bare","start_delay_ms":2000,"#
            + #""problems":["never tried: its backend has no key"]}]}]}}"# + "\n"
        #expect(output.hasSuffix(expected), "\(output)")
        #expect(await run(["--json", "--explain"]).output.contains("\"problems\": []"))
    }

    @Test("the legs of a running gateway are told beside those of the selector")
    func live() async {
        let run = await run(["--explain", "--url", "http://gw.example:1/", "a:m|b:gpt|b:other"])
        #expect(run.code == .success)
        #expect(run.asked == [.init(url: "http://gw.example:1/admin/legs", key: nil)])
        #expect(
            run.lines.filter { $0.contains("now:") } == [
                "    now: breaker open for 7.5 s more, 1 of 4 in flight, 4 of 9 attempts succeeded, "
                    + "first output 120 ms (90 %: 300 ms, 99 %: 1.5 s), "
                    + "whole answer 2.0 s (90 %: 4.0 s, 99 %: 9.0 s), last used 61.5 s ago",
                "    now: breaker half open, a probe is under way, 0 in flight, key 1 was refused, "
                    + "key 2 rests for 12.2 s more, 0 of 1 attempts succeeded",
                "    now: not used yet",
            ])
    }

    @Test("in JSON they are as the gateway told them")
    func liveJSON() async throws {
        let run = await run(["--explain", "--json", "--url", "http://gw.example", "a:m|b:other"])
        let document = try JSONParser().parse(Array(run.output.utf8))
        let arms = try #require(document.root["explain"]?["arms"]).elements.map { Array($0["legs"]!.elements)[0] }
        #expect(arms[0]["live"]?["breaker"]?["seconds"]?.double == 7.5)
        #expect(arms[0]["live"]?["counters"]?["begun"]?.int == 9)
        #expect(arms[1]["live"]?.isNull == true)
    }

    @Test("the key comes from the command line, else from the environment, and is printed nowhere")
    func key() async {
        let url = ["--explain", "--url", "http://gw", "a:m"]
        let variables = ["LIP_API_KEY": "key-of-the-environment"]
        #expect(await run(url, variables: variables).asked.first?.key == "key-of-the-environment")
        let given = await run(url + ["--api-key", "key-of-the-line"], variables: variables, status: 401)
        #expect(given.asked.first?.key == "key-of-the-line")
        #expect(given.errors.contains("does not know the client key"))
        #expect(!(given.output + given.errors).contains("key-of"))
    }

    private struct Refused: Error, CustomStringConvertible { var description: String { "connection refused" } }

    @Test("a gateway that cannot be asked is told in words, and nothing else is printed")
    func refusals() async {
        let rows: [(Int, String, (any Error)?, String)] = [
            (200, "", Refused(), "lip: cannot ask the gateway at http://gw: connection refused\n"),
            (401, "", nil, "lip: the gateway asks for a key: put one of server.api_keys into LIP_API_KEY\n"),
            (
                403, "", nil,
                "lip: the gateway at http://gw tells this to its own machine only, unless server.api_keys is set\n"
            ),
            (404, "", nil, "lip: what answers at http://gw has no /admin/legs: it is no gateway of this version\n"),
            (500, "", nil, "lip: the gateway answered with status 500\n"),
            (200, "<html>", nil, "lip: what answered is not a gateway of this version\n"),
            (200, "{\"legs\":[{}]}", nil, "lip: what answered is not a gateway of this version\n"),
        ]
        for (status, body, failure, words) in rows {
            let run = await run(
                ["--explain", "--url", "http://gw", "a:m"], status: status, body: body, failure: failure)
            #expect(run.code == .failure && run.output == "")
            #expect(run.errors == words)
        }
    }

    @Test(
        "options that go with nothing are refused",
        arguments: [["--url", "http://gw"], ["--api-key", "k"], ["--explain", "--api-key", "k"], ["--api-key", ""]])
    func usage(_ arguments: [String]) async {
        #expect(await run(arguments).code == .usage)
    }
}
