import Glibc
import Testing

@testable import lip

@Suite("Configuration errors")
struct ConfigurationErrorTests {
    /// A host with one secret, and a backend that every text may lean on.
    private let host = TestHost(variables: ["KEY": "sk-secret-value-1234"])

    private func errors(_ text: String) -> [String] {
        host.load(text).errors.map { $0.line(file: "lip.yaml") }
    }

    @Test("five mistakes in one file are all told, each with its place")
    func allAtOnce() {
        let text = """
            server:
              adress: 127.0.0.1:8080
              stream_head_timeout: 15
            backends:
              - {id: local, kind: vllm, models: qwen}
              - {id: cloud, kind: openai-legacy, api_key: "${secret:MISSING}"}
            routing:
              max_attempts: 0
              default_route: "lokal:qwen|cloud:gpt-4o"
            """
        #expect(
            errors(text) == [
                "lip.yaml:2:3: error: server: unknown key \"adress\"; did you mean \"address\"?",
                "lip.yaml:3:24: error: server.stream_head_timeout: a duration needs a unit, found the bare number \"15\"; "
                    + "did you mean 15s or 15ms?",
                "lip.yaml:5:37: error: backends[0].models: expected a list, a mapping with source, or the word discover, found text; write it in brackets, as in [one, two]",
                "lip.yaml:6:48: error: backends[1].api_key: the secret MISSING is missing: neither the variable MISSING nor "
                    + "MISSING_FILE is set",
                "lip.yaml:8:17: error: routing.max_attempts: 0 is out of range: at least 1, at most 100",
                "lip.yaml:9:19: error: routing.default_route: no backend is called \"lokal\"; did you mean \"local\"?",
            ])
    }

    @Test("a database whose directory is not there, or that cannot be written, is refused")
    func unwritableDatabase() throws {
        let text = "continuity: {store: sqlite, sqlite_path: gone/lip.db}\n"
        var host = host
        #expect(host.load(text).errors.isEmpty)
        host.writeProblems["gone/lip.db"] = "the directory gone: No such file or directory"
        #expect(
            host.load(text).errors.map { $0.line(file: "lip.yaml") } == [
                "lip.yaml:1:42: error: continuity.sqlite_path: cannot keep the file: the directory gone: No such file or directory"
            ])

        let problem = HostAccess.process.writeProblem
        var template = Array("/tmp/lip-tests-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { rmdir(directory) }
        #expect(problem("\(directory)/lip.db") == nil)
        #expect(problem("\(directory)/no/lip.db") == "the directory \(directory)/no: No such file or directory")
        #expect(problem(directory) == "it is a directory")
        #expect(problem("/dev/null/lip.db") == "/dev/null is not a directory")
        #expect(problem("/proc/self/task/lip.db") != nil || geteuid() == 0)
        #expect(problem("lip-tests.db") == nil)
    }

    /// A text, and the errors it must give: places and messages without suggestions.
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String
        var errors: [String]

        init(_ text: String, _ errors: String...) {
            self.text = text
            self.errors = errors
        }

        var testDescription: String { text }
    }

    static let structure: [Case] = [
        Case("[1]\n", "1:1 : expected a mapping with sections such as server and backends, found a list"),
        Case("a: [\n", "2:1 : did not find expected node content while parsing a flow node"),
        Case("serve: {}\n", "1:1 : unknown key \"serve\""),
        Case("server: 5\n", "1:9 server: expected a mapping, found a number"),
        Case("server: {loops: 1, loops: 2}\n", "1:20 server: the key \"loops\" stands twice, first in line 1"),
        Case("server: {[a]: 1}\n", "1:10 server: a key must be text, found a list"),
        Case("{ \"\": 1 }\n", "1:3 : unknown key \"\""),
    ]

    static let server: [Case] = [
        Case("server: {address: 8080}\n", "1:19 server.address: expected an address and a port, found the number 8080"),
        Case(
            "server: {address: localhost}\n",
            "1:19 server.address: expected an address and a port such as 127.0.0.1:8080, found \"localhost\""),
        Case(
            "server: {address: \"::1:80\"}\n",
            "1:19 server.address: an IPv6 address stands in brackets, found \"::1:80\""),
        Case(
            "server: {address: 127.0.0.1:65536}\n",
            "1:19 server.address: expected a port from 0 to 65535 behind the last colon, found \"127.0.0.1:65536\""),
        Case(
            "server: {address: 1.2.3:80}\n",
            "1:19 server.address: expected an address and a port such as 127.0.0.1:8080 or [::1]:8080, found \"1.2.3:80\""
        ),
        Case(
            "server: {max_request_body_bytes: -1}\n",
            "1:34 server.max_request_body_bytes: expected a size such as 64KiB, 32MiB or 1048576, found \"-1\""),
        Case(
            "server: {max_request_head_bytes: 1GiB}\n",
            "1:34 server.max_request_head_bytes: 1GiB is out of range: at least 1024 bytes, at most 1048576"),
        Case(
            "server: {idle_timeout: [1s]}\n",
            "1:24 server.idle_timeout: expected a duration such as 300ms, 1.5s, 2m or 1h, found a list"),
        Case("server: {idle_timeout: 0s}\n", "1:24 server.idle_timeout: 0s is out of range: at least 1ms"),
        Case(
            "server: {idle_timeout: }\n",
            "1:24 server.idle_timeout: expected a duration such as 300ms, 1.5s, 2m or 1h, found nothing"),
        Case("server: {loops: two}\n", "1:17 server.loops: expected a whole number, found the text \"two\""),
        Case("server: {loops: 1.5}\n", "1:17 server.loops: expected a whole number, found the number 1.5"),
        Case("server: {loops: \"2\"}\n", "1:17 server.loops: expected a whole number, found the text \"2\""),
        Case("server: {api_keys: abc}\n", "1:20 server.api_keys: expected a list, found text"),
        Case("server: {api_keys: []}\n", "1:20 server.api_keys: an empty list of client keys"),
        Case("server: {api_keys: [short]}\n", "1:21 server.api_keys[0]: a client key needs at least 16 characters"),
        Case(
            "server: {api_keys: [aaaaaaaaaaaaaaaa, aaaaaaaaaaaaaaaa]}\n",
            "1:39 server.api_keys[1]: the same client key stands twice"),
        Case("server: {api_keys: [12345678901234567890]}\n", "1:21 server.api_keys[0]: expected text, found a number"),
        Case("access: {mode: solo}\n", "1:16 access.mode: expected one of single_user, multi_user, found \"solo\""),
    ]

    static let access: [Case] = [
        Case(
            "server: {address: 0.0.0.0:80}\n",
            "1:19 server.address: an address that other machines can reach needs client keys"),
        Case(
            "server: {address: \":80\"}\n",
            "1:19 server.address: an address that other machines can reach needs client keys"),
        Case(
            "server: {address: gateway.example:80}\n",
            "1:19 server.address: an address that other machines can reach needs client keys"),
        Case(
            "server: {address: \"[::ffff:127.0.0.1]:80\"}\n",
            "1:19 server.address: an address that other machines can reach needs client keys"),
        Case(
            "server: {address: 0.0.0.0:80, api_keys: [aaaaaaaaaaaaaaaa]}\naccess: {mode: single_user}\n",
            "1:19 server.address: single_user listens on loopback addresses only, and this one is not"),
        Case("access: {mode: multi_user}\n", "1:16 access.mode: multi_user needs client keys"),
    ]

    static let backends: [Case] = [
        Case("backends: {}\n", "1:11 backends: expected a list, found a mapping"),
        Case("backends: []\n", "1:11 backends: an empty list of backends"),
        Case("backends: [vllm]\n", "1:12 backends[0]: expected a mapping such as {id: local, kind: vllm}, found text"),
        Case("backends: [{kind: vllm}]\n", "1:12 backends[0]: a backend needs an id"),
        Case("backends: [{id: a}]\n", "1:12 backends[0]: a backend needs a kind"),
        Case(
            "backends: [{id: \"a:b\", kind: vllm}]\n",
            "1:17 backends[0].id: an id has up to 64 letters, digits, dots, dashes and underscores, found \"a:b\""),
        Case("backends: [{id: a, kind: vlm}]\n", "1:26 backends[0].kind: unknown kind \"vlm\""),
        Case(
            "backends: [{id: a, kind: vllm}, {id: a, kind: ollama}]\n",
            "1:38 backends[1].id: the id \"a\" is taken by the backend in line 1"),
        Case(
            "backends: [{id: a, kind: custom-openai-legacy-compatible}]\n",
            "1:12 backends[0]: kind custom-openai-legacy-compatible needs a base_url"),
        Case(
            "backends: [{id: a, kind: vllm, verify_tls: no}]\n",
            "1:44 backends[0].verify_tls: expected true or false, found the text \"no\""),
        Case(
            "backends: [{id: a, kind: vllm, upstream_streaming: sometimes}]\n",
            "1:52 backends[0].upstream_streaming: expected one of auto, always, never, found \"sometimes\""),
        Case(
            "backends: [{id: a, kind: vllm, timeouts: {connect: 5}}]\n",
            "1:52 backends[0].timeouts.connect: a duration needs a unit, found the bare number \"5\""),
        Case(
            "backends: [{id: a, kind: vllm, timeouts: {read: 5s}}]\n", "1:43 backends[0].timeouts: unknown key \"read\""
        ),
        Case(
            "backends: [{id: a, kind: vllm, api_key: 123456789}]\n",
            "1:41 backends[0].api_key: expected text, found a number"),
        Case(
            "backends: [{id: a, kind: vllm, api_key: \"  \"}]\n",
            "1:41 backends[0].api_key: expected text, found an empty one"),
        Case(
            "backends: [{id: a, kind: vllm, api_key: \"a\\nb\"}]\n",
            "1:41 backends[0].api_key: holds a control character"),
        Case("backends: [{id: a, kind: vllm, models: [m, m]}]\n", "1:44 backends[0].models[1]: the model stands twice"),
        Case(
            "backends: [{id: a, kind: vllm, models: [{context_window: 1K}]}]\n",
            "1:41 backends[0].models[0]: a model needs a name"),
        Case(
            "backends: [{id: a, kind: vllm, models: [{name: m, context_window: big}]}]\n",
            "1:67 backends[0].models[0].context_window: expected a number of tokens such as 128000, 128K or 1M, found \"big\""
        ),
        Case(
            "backends: [{id: a, kind: vllm, headers: {\"a b\": c}}]\n",
            "1:42 backends[0].headers: \"a b\" is not a header name"),
        Case(
            "backends: [{id: a, kind: vllm, headers: {Host: c}}]\n",
            "1:42 backends[0].headers: the header Host is set by lip itself"),
        Case(
            "backends: [{id: a, kind: vllm, headers: {X-A: c, x-a: d}}]\n",
            "1:50 backends[0].headers: the header x-a stands twice"),
        Case(
            "backends: [{id: a, kind: vllm, headers: {X-A: \"b\\r\\nc\"}}]\n",
            "1:47 backends[0].headers.X-A: holds a control character"),
        Case("backends: [{id: a, kind: vllm, text: hi}]\n", "1:32 backends[0]: unknown key \"text\""),
        Case("backends: [{id: a, kind: vllm, static_title: hi}]\n", "1:32 backends[0]: unknown key \"static_title\""),
        Case(
            "backends: [{id: a, kind: local-stub, base_url: \"http://x\"}]\n",
            "1:38 backends[0]: unknown key \"base_url\""),
        Case(
            "backends: [{id: a, kind: local-stub, input_tokens: -1}]\n",
            "1:52 backends[0].input_tokens: -1 is out of range: at least 0, at most 1000000000"),
    ]

    static let urls: [Case] = [
        ("ftp://h/v1", "a URL must use http or https, not ftp"), ("h/v1", "a URL must begin with http:// or https://"),
        ("http://u:p@h/v1", "a URL must not contain credentials"), ("http:///v1", "a URL must include a host"),
        ("http://h/v1?key=1", "a base URL must not have a query"), ("http://h/v1#x", "a URL must not have a fragment"),
        ("http://h:0/v1", "a URL's port must be a number from 1 to 65535"),
        ("http://169.254.169.254/v1", "169.254.169.254 is a link-local address, which no upstream may have"),
        ("http://0xA9FEA9FE/", "0xA9FEA9FE is a link-local address, which no upstream may have"),
        (
            "http://metadata.google.internal/",
            "metadata.google.internal is the address of a cloud's metadata service, which no upstream may have"
        ),
        ("http://h/v1/chat/completions", "the base URL ends before /chat/completions, which lip appends"),
    ].map { url, message in
        Case("backends: [{id: a, kind: vllm, base_url: \"\(url)\"}]\n", "1:42 backends[0].base_url: \(message)")
    }

    static let secrets: [Case] = [
        Case(
            "backends: [{id: a, kind: vllm, api_key: \"x${secret:NO}y${secret:NOT}\"}]\n",
            "1:43 backends[0].api_key: the secret NO is missing: neither the variable NO nor NO_FILE is set",
            "1:56 backends[0].api_key: the secret NOT is missing: neither the variable NOT nor NOT_FILE is set"),
        Case(
            "backends: [{id: a, kind: vllm, api_key: \"${secret:a-b}\"}]\n",
            "1:42 backends[0].api_key: not the name of a secret: letters, digits and _ as in ${secret:OPENAI_KEY}"),
        Case(
            "backends: [{id: a, kind: vllm, api_key: \"${secret:KEY\"}]\n",
            "1:42 backends[0].api_key: \"${secret:\" without its closing brace"),
    ]

    static let routing: [Case] = [
        Case(
            "routing: {retry_wait_max: 10}\n",
            "1:27 routing.retry_wait_max: a duration needs a unit, found the bare number \"10\""),
        Case(
            "routing: {affinity: {missing_identity: fail}}\n",
            "1:40 routing.affinity.missing_identity: expected one of fail_closed, ignore, found \"fail\""),
        Case(
            "routing: {affinity: {max_bindings: 0}}\n",
            "1:36 routing.affinity.max_bindings: 0 is out of range: at least 1, at most 10000000"),
        Case(
            "sessions: {issue: never}\n",
            "1:19 sessions.issue: expected one of on_request, always, found \"never\""),
        Case(
            "sessions: {max: 0}\n", "1:17 sessions.max: 0 is out of range: at least 1, at most 10000000"),
        Case(
            "routing: {unknown_model: fail}\n",
            "1:26 routing.unknown_model: expected one of pass, default_route, not_found, found \"fail\""),
        Case(
            "routing: {default_route: \"a:m|\"}\n",
            "1:31 routing.default_route: not a route selector: empty failover alternative"),
        Case(
            "routing: {default_route: \"local-stub:m|local-stub:n?temperature=hot&top_p=2\"}\n",
            "1:40 routing.default_route: route parameter temperature: must be a number from 0 to 2",
            "1:40 routing.default_route: route parameter top_p: must be a number from 0 to 1"),
        Case(
            "models: {fast: \"local-stub:m?provider=a%20b\"}\n",
            "1:17 models.fast: route parameter provider: must be letters, digits and any of . _ - /"),
        // What an alias takes over from a client's text is judged with the request.
        Case(
            "model_aliases: [{pattern: \"^t(.*)$\", replacement: \"local-stub:m?temperature=$1&max_tokens=x\"}]\n",
            "1:52 model_aliases[0].replacement: route parameter max_tokens: must be an integer from 0 to 2147483647"),
        Case(
            "routing: {default_route: \"local-stub:m\"}\nmodel_aliases: [{pattern: \"^local-stub:(m)$\", replacement: \"local-stub:m?top_p=$1\"}]\n",
            "1:26 routing.default_route: it, rewritten by model_aliases[0] to \"local-stub:m?top_p=m\", is refused: route parameter top_p: must be a number from 0 to 1"
        ),
        Case(
            "routing: {default_route: \"local-stub:m\"}\nmodels: {x: \"local-stub:n\"}\nmodel_aliases: [{pattern: \":(n)$\", replacement: \":m?top_p=$1\"}]\n",
            "2:13 models.x: rewritten by an alias to \"local-stub:m?top_p=n\", it is refused: route parameter top_p: must be a number from 0 to 1"
        ),
        Case(
            "routing: {default_route: gpt-4o}\n",
            "1:26 routing.default_route: it must name a backend first, as in \"local-stub:model\""),
        Case(
            "routing: {health: {circuit_breaker: {failure_threshold: 0}}}\n",
            "1:57 routing.health.circuit_breaker.failure_threshold: 0 is out of range: at least 1, at most 1000000"),
        Case(
            "routing: {health: {circuit_breaker: {failure_share: 2}}}\n",
            "1:53 routing.health.circuit_breaker.failure_share: 2 is out of range: above 0.0 and at most 1.0"),
        Case(
            "routing: {health: {circuit_breaker: {open_for: 1m, open_for_max: 30s}}}\n",
            "1:66 routing.health.circuit_breaker.open_for_max: 30s is out of range: at least 1m"),
        Case("model_aliases: {}\n", "1:16 model_aliases: expected a list, found a mapping"),
        Case(
            "model_aliases: [{pattern: \"(\", replacement: \"local-stub:m\"}]\n",
            "1:27 model_aliases[0].pattern: not an RE2 pattern: missing ): ("),
        Case(
            "model_aliases: [{pattern: \"^a$\", replacement: \"|b\"}]\n",
            "1:48 model_aliases[0].replacement: not a route selector: empty failover alternative"),
        Case(
            "model_aliases: [{pattern: \"^a$\", replacement: \"stub:b\"}]\n",
            "1:48 model_aliases[0].replacement: no backend is called \"stub\""),
        Case(
            "model_aliases: [{pattern: \"\", replacement: \"local-stub:m\"}]\n",
            "1:27 model_aliases[0].pattern: expected text, found an empty one"),
        Case("model_aliases: [{pattern: a}]\n", "1:17 model_aliases[0]: an alias needs a replacement"),
        Case("models: {fast: \"nope:m\"}\n", "1:17 models.fast: no backend is called \"nope\""),
        Case("models: {fast: [a]}\n", "1:16 models.fast: expected text, found a list"),
        Case(
            "routing: {default_route: \"local-stub:m\"}\nmodel_aliases: [{pattern: \"^local-stub:m$\", replacement: \"m\"}]\n",
            "1:26 routing.default_route: it, rewritten by model_aliases[0] to \"m\", must name a backend first, as in \"local-stub:model\""
        ),
    ]

    static let operation: [Case] = [
        Case(
            "logging: {level: verbose}\n",
            "1:18 logging.level: expected one of debug, info, warn, error, found \"verbose\""),
        Case("logging: {access_log: 1}\n", "1:23 logging.access_log: expected true or false, found the number 1"),
        Case(
            "continuity: {store: postgres}\n",
            "1:21 continuity.store: expected one of memory, sqlite, found \"postgres\""),
        Case("continuity: {store: sqlite}\n", "1:13 continuity: store sqlite needs a sqlite_path"),
        Case(
            "continuity: {sqlite_path: a.db}\n",
            "1:27 continuity.sqlite_path: belongs to store sqlite, and the store is memory"),
        Case(
            "continuity: {store: sqlite, sqlite_path: \"a?b\"}\n",
            "1:42 continuity.sqlite_path: the path may not hold ?, # or &"),
        Case(
            "observability: {metrics: {path: metrics}}\n",
            "1:33 observability.metrics.path: expected a path such as /metrics, found \"metrics\""),
        Case(
            "observability: {metrics: {path: /v1/metrics}}\n",
            "1:33 observability.metrics.path: /v1 is taken by the gateway itself, found \"/v1/metrics\""),
        Case(
            "observability: {metrics: {path: /a/../b}}\n",
            "1:33 observability.metrics.path: expected a path without empty, . and .. segments, found \"/a/../b\""),
        Case(
            "http_client: {max_connections_per_host: 0}\n",
            "1:41 http_client.max_connections_per_host: 0 is out of range: at least 1, at most 100000"),
        Case(
            "http_client: {ca_file: /no/such}\n",
            "1:24 http_client.ca_file: cannot read the file: No such file or directory"),
    ]

    @Test(
        "each mistake is an error at its place",
        arguments: structure + server + access + backends + urls + secrets + routing + operation)
    func mistakes(_ example: Case) {
        let found = host.load(example.text).errors.map { issue in
            "\(issue.mark.map { "\($0.line):\($0.column)" } ?? "-") \(issue.path): \(issue.message)"
        }
        #expect(found == example.errors)
    }

    @Test("suggestions say what to write instead")
    func suggestions() {
        func suggestion(_ text: String) -> String? { host.load(text).errors.first?.suggestion }
        #expect(suggestion("auth: {}\n") == "client keys stand in server.api_keys")
        #expect(suggestion("server: {address: localhost}\n") == "did you mean \"localhost:8080\"?")
        #expect(suggestion("server: {address: \"8080\"}\n") == "did you mean \"127.0.0.1:8080\"?")
        #expect(suggestion("server: {address: 8080}\n") == "did you mean \"127.0.0.1:8080\"?")
        #expect(suggestion("server: {address: \"http://127.0.0.1:80/\"}\n") == "did you mean \"127.0.0.1:80\"?")
        #expect(suggestion("server: {address: \"::1:80\"}\n") == "did you mean \"[::1]:80\"?")
        #expect(suggestion("server: {idle_timeout: 10 sec}\n") == "did you mean 10s?")
        #expect(suggestion("server: {idle_timeout: 2d}\n") == "did you mean 48h?")
        #expect(suggestion("backends: {id: a}\n") == "begin each item with a dash and a blank")
        #expect(suggestion("backends: [{id: a, kind: openai}]\n") == "did you mean \"openai-legacy\"?")
        #expect(suggestion("backends: [{id: openai}]\n") == "did you mean \"openai-legacy\"?")
        #expect(suggestion("backends: [{id: a, kind: vlm}]\n") == "did you mean \"vllm\"?")
        #expect(suggestion("backends: [{id: a, kind: vllm, verify_tls: no}]\n") == "did you mean false?")
        #expect(suggestion("backends: [{id: a, kind: vllm, text: x}]\n") == "only kind local-stub has it")
        #expect(
            suggestion("backends: [{id: a, kind: vllm, ca_file: x}]\n")
                == "it stands in http_client and holds for all backends")
        #expect(suggestion("logging: {level: Warning}\n") == nil)
        #expect(suggestion("logging: {level: wran}\n") == "did you mean \"warn\"?")
        #expect(suggestion("backends: [{id: a, kind: vllm, models: [4]}]\n") == "did you mean \"4\", in quotes?")
    }

    @Test("a backend that is broken itself is not missing besides")
    func brokenBackend() {
        let text = "backends: [{id: a, kind: vllm}, {id: b, kind: nope}]\nrouting: {default_route: \"b:m|a:m\"}\n"
        #expect(host.load(text).errors.map(\.path) == ["backends[1].kind"])
    }

    @Test("a mapping that is used through aliases tells its mistakes once")
    func anchored() {
        let text = """
            backends:
              - {id: a, kind: vllm, timeouts: &t {conect: 1s}}
              - {id: b, kind: vllm, timeouts: *t}
            """
        #expect(host.load(text).errors.count == 1)
    }

    @Test("errors beyond a screenful are cut, and the file is still refused")
    func flood() {
        let text = (0..<500).map { "key\($0): 1\n" }.joined()
        let loaded = host.load(text)
        #expect(loaded.errors.count == IssueLog.countMax)
        #expect(!loaded.isUsable)
    }
}
