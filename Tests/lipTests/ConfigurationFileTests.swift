import Gateway
import Runtime
import Testing

@testable import lip

@Suite("Configuration file")
struct ConfigurationFileTests {
    @Test("every key of the tree reaches its value")
    func wholeTree() throws {
        let text = """
            server:
              address: "[::1]:0"
              api_keys: ["${secret:CLIENT}", "client-key-number-two"]
              max_request_body_bytes: 1MiB
              max_request_head_bytes: 32KiB
              outbound_buffer_bytes: 65536
              stream_head_timeout: 5s
              head_timeout: 1s
              body_timeout: 2s
              idle_timeout: 3s
              write_stall_timeout: 4s
              shutdown_timeout: 0s
              max_connections: 7
              loops: 2
            access: { mode: multi_user }
            backends:
              - id: a
                kind: openai-legacy
                base_url: "http://127.0.0.1:9/v1/"
                api_key: one
                api_keys: [" two ", one]
                models: [m1, { name: m2, context_window: 128K }]
                headers: { X-Team: "t-${secret:CLIENT}" }
                upstream_streaming: always
                timeouts: { connect: 1s, response_head: 2s, idle: 3s, output_idle: 5s, total: 4s }
                verify_tls: false
              - { id: r, kind: openrouter, api_key: k, static_referer: "https://r.example", static_title: R }
              - id: s
                kind: local-stub
                text: " hello "
                input_tokens: 3
                output_tokens: 7
                tool_name: t
                stream_error_after_text_delta: true
            routing:
              default_route: " a:m1|s:m "
              max_attempts: 5
              unknown_model: not_found
              retry_wait_max: 1s
              affinity: { missing_identity: ignore, max_bindings: 6, ttl: 9m }
              health:
                circuit_breaker:
                  { enabled: false, failure_threshold: 2, failure_share: 0.5, window: 10s, open_for: 1m }
            model_aliases: [{ pattern: "^f$", replacement: "a:m2" }]
            models: { quick: "s:m", big: "r:m" }
            sessions: { max: 8, idle_timeout: 5m, issue: always, client_chosen_ids: true }
            continuity: { store: sqlite, sqlite_path: ./x.db, ttl: 1h, max_legs: 9 }
            logging: { level: debug, format: text, access_log: true }
            observability: { metrics: { enabled: false, path: /m } }
            http_client:
              trust_environment_proxy: false
              max_connections_per_host: 8
              max_idle_connections: 0
              idle_connection_timeout: 5s
              ca_file: ca.pem
            """
        let host = TestHost(variables: ["CLIENT": "client-key-number-one"], files: ["ca.pem": "x"])
        let loaded = host.load(text)
        #expect(loaded.errors.map { $0.line(file: "f") } == [])
        let it = loaded.configuration
        #expect(it.path == "lip.yaml")
        #expect(it.server.address == ServerAddress(host: "::1", port: 0))
        #expect(it.server.requestBodyBytesMax == 1 << 20)
        #expect(it.server.requestHeadBytesMax == 32 << 10)
        #expect(it.server.outboundBufferBytesMax == 65536)
        #expect(it.server.streamHeadTimeout == .seconds(5))
        #expect(it.server.headTimeout == .seconds(1))
        #expect(it.server.bodyTimeout == .seconds(2))
        #expect(it.server.idleTimeout == .seconds(3))
        #expect(it.server.writeStallTimeout == .seconds(4))
        #expect(it.server.shutdownTimeout == .zero)
        #expect(it.server.connectionsMax == 7)
        #expect(it.server.loops == 2)
        #expect(it.access.mode == .multiUser)
        #expect(it.access.principal(of: "client-key-number-one".utf8) != nil)
        #expect(it.access.principal(of: "client-key-number-two".utf8) != nil)
        #expect(it.access.principal(of: "client-key-number-thr".utf8) == nil)

        let backend = it.backends[0]
        #expect(backend.chatURL == "http://127.0.0.1:9/v1/chat/completions")
        #expect(backend.keys.map { $0.reveal() } == ["one", "two"])
        #expect(backend.keyOrigin == .file)
        #expect(backend.models == [BackendModel(name: "m1"), BackendModel(name: "m2", contextWindow: 128_000)])
        #expect(backend.headers.map(\.name) == ["X-Team"])
        #expect(backend.headers[0].value.reveal() == "t-client-key-number-one")
        #expect(backend.upstreamStreaming == .always)
        #expect(backend.timeouts.connect == .seconds(1))
        #expect(backend.timeouts.responseHead == .seconds(2))
        #expect(backend.timeouts.idle == .seconds(3))
        #expect(backend.timeouts.outputIdle == .seconds(5))
        #expect(backend.timeouts.total == .seconds(4))
        #expect(!backend.verifiesTLS)
        #expect(it.backends[1].headers.map(\.name) == ["HTTP-Referer", "X-Title"])
        let stub = try #require(it.backends[2].stub)
        #expect(stub.text == "hello" && stub.inputTokens == 3 && stub.outputTokens == 7)
        #expect(stub.toolName == "t" && stub.failsAfterText)

        #expect(it.routing.defaultRoute == "a:m1|s:m")
        #expect(!it.routing.isDefaultRouteDerived)
        #expect(it.routing.attemptsMax == 5)
        #expect(it.routing.unknownModel == .notFound)
        #expect(it.routing.retryWaitMax == .seconds(1))
        let affinity = it.routing.affinity
        #expect(affinity.missingIdentity == .ignore && affinity.bindingsMax == 6)
        #expect(affinity.timeToLive == .seconds(540))
        #expect(it.sessions.countMax == 8 && it.sessions.idleTimeout == .seconds(300))
        #expect(it.sessions.issue == .always && it.allowsChosenSessionIDs)
        let breaker = it.routing.circuitBreaker
        #expect(!breaker.isEnabled && breaker.failureThreshold == 2 && breaker.failureShare == 0.5)
        #expect(breaker.window == .seconds(10) && breaker.openFor == .seconds(60) && breaker.openForMax == .seconds(60))
        #expect(it.modelAliases == [ModelAlias(pattern: "^f$", replacement: "a:m2")])
        #expect(
            it.models == [LogicalModel(name: "quick", selector: "s:m"), LogicalModel(name: "big", selector: "r:m")])
        #expect(it.continuity.store == .sqlite && it.continuity.sqlitePath == "./x.db")
        #expect(it.continuity.timeToLive == .seconds(3600) && it.continuity.legsMax == 9)
        #expect(it.logging.level == .debug && it.logging.format == .text && it.logging.logsAccess)
        #expect(!it.observability.metricsEnabled && it.observability.metricsPath == "/m")
        #expect(!it.httpClient.trustsEnvironmentProxy && it.httpClient.connectionsPerHostMax == 8)
        #expect(it.httpClient.idleConnectionsMax == 0 && it.httpClient.idleConnectionTimeout == .seconds(5))
        #expect(it.httpClient.certificateAuthorityFile == "ca.pem")
    }

    @Test(
        "an empty file and empty sections mean all defaults",
        arguments: ["", "# nothing\n", "server:\nrouting:\nlogging: {}\n"])
    func empty(_ text: String) {
        let loaded = TestHost().load(text)
        #expect(loaded.issues.isEmpty)
        #expect(loaded.configuration.server.address == .default)
        #expect(loaded.configuration.backends.map(\.id) == ["local-stub"])
        #expect(loaded.configuration.routing.defaultRoute == "local-stub:model")
        #expect(loaded.configuration.routing.isDefaultRouteDerived)
    }

    @Test("without a file the providers with keys are set up, numbered keys included")
    func environment() {
        let host = TestHost(variables: [
            "OPENAI_API_KEY": "k1", "OPENAI_API_KEY_2": "k2", "OPENAI_API_KEY_4": "beyond the gap",
            "OPENROUTER_API_KEY": "r0", "OPENROUTER_API_KEY_2": "r2", "OPENROUTER_API_KEY_3": "r0",
            "GROQ_API_KEY": "  ", "MISTRAL_API_KEY": "m",
        ])
        let loaded = ConfigurationFile.load(path: nil, host: host.access)
        #expect(loaded.issues.isEmpty)
        let backends = loaded.configuration.backends
        #expect(backends.map(\.id) == ["openai-legacy", "openai-responses", "openrouter", "mistral"])
        #expect(backends[0].keys.map { $0.reveal() } == ["k1", "k2"])
        #expect(backends[0].keyOrigin == .environment(["OPENAI_API_KEY", "OPENAI_API_KEY_2"]))
        #expect(backends[2].keys.map { $0.reveal() } == ["r0", "r2"])
        #expect(loaded.configuration.routing.defaultRoute == "openai-legacy:gpt-4o-mini")
        #expect(loaded.configuration.path == nil)
    }

    @Test("without a file and without keys the stub answers on loopback")
    func nothing() {
        let loaded = ConfigurationFile.load(path: nil, host: TestHost().access)
        #expect(loaded.issues.isEmpty)
        #expect(loaded.configuration.backends.map(\.id) == ["local-stub"])
        #expect(loaded.configuration.server.address.description == "127.0.0.1:8080")
        #expect(loaded.configuration.server.address.isLoopback)
    }

    @Test("a named file that is missing is an error, and the default one is read when it is there")
    func missingFile() {
        let missing = ConfigurationFile.load(path: "x.yaml", host: TestHost().access)
        #expect(
            missing.errors.map { $0.line(file: "x.yaml") } == [
                "x.yaml: error: cannot read the configuration: No such file or directory"
            ])
        let host = TestHost(files: ["./config/config.yaml": "server: {address: 127.0.0.1:9}\n"])
        #expect(ConfigurationFile.load(path: nil, host: host.access).configuration.server.address.port == 9)
    }

    @Test("a secret comes from the environment first, then from the file that NAME_FILE names")
    func secrets() {
        let host = TestHost(
            variables: ["A": "from-env", "A_FILE": "/a", "B_FILE": "/b", "C_FILE": "/none", "D_FILE": "/empty"],
            files: ["/a": "from-file", "/b": "from-file-b\r\n\n", "/empty": "\n"])
        func key(_ value: String) -> LoadedConfiguration {
            host.load("backends: [{id: v, kind: vllm, api_key: \"\(value)\"}]\n")
        }
        #expect(key("${secret:A}").configuration.backends[0].keys.map { $0.reveal() } == ["from-env"])
        #expect(
            key("x-${secret:B}-${secret:A}").configuration.backends[0].keys.map { $0.reveal() } == [
                "x-from-file-b-from-env"
            ])
        #expect(key("$${secret:A}").configuration.backends[0].keys.map { $0.reveal() } == ["${secret:A}"])
        #expect(key("${A}$").configuration.backends[0].keys.map { $0.reveal() } == ["${A}$"])
        #expect(key("${secret:C}").errors.first?.message.contains("No such file") == true)
        #expect(key("${secret:D}").errors.first?.message == "the file in D_FILE holds no secret")
    }

    @Test("keys of the file keep those of the environment out")
    func keyPrecedence() {
        let host = TestHost(variables: ["OPENAI_API_KEY": "env", "MY_KEY": "mine", "MY_KEY_2": "mine2"])
        let text = """
            backends:
              - {id: a, kind: openai-legacy, api_key: file}
              - {id: b, kind: openai-legacy}
              - {id: c, kind: openai-legacy, api_key_env_var_root: MY_KEY}
              - {id: d, kind: custom-openai-legacy-compatible, base_url: "https://d.example/v1", api_key_env_var_root: NO}
              - {id: ollama}
            """
        let backends = host.load(text).configuration.backends
        #expect(backends.map { $0.keys.map { $0.reveal() } } == [["file"], ["env"], ["mine", "mine2"], [], []])
        #expect(backends[4].kind.id == "ollama")
        #expect(backends[4].effectiveKeys.map { $0.reveal() } == ["ollama"])
        #expect(backends[3].effectiveKeys.isEmpty)
    }

    @Test(
        "an address beyond loopback is fine once clients have keys",
        arguments: ["0.0.0.0:1", ":1", "[::]:1", "10.0.0.1:1"])
    func wideAddress(_ address: String) {
        let loaded = TestHost().load("server: {address: \"\(address)\", api_keys: [aaaaaaaaaaaaaaaa]}\n")
        #expect(loaded.errors.isEmpty)
        #expect(loaded.configuration.access.mode == .multiUser)
    }

    @Test("the commented sample is accepted without a word, and its commented lines too")
    func sample() throws {
        let path = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/config/config.yaml"
        let bytes = try HostAccess.process.readFile(path, 1 << 20)
        let loaded = ConfigurationFile.read(bytes, name: "config.yaml", host: TestHost().access)
        #expect(loaded.issues.map { $0.line(file: "config.yaml") } == [])
        #expect(!loaded.configuration.backends.isEmpty)
        // A line that begins "# " and continues with a key or an item is an example: with the sign taken off it must work.
        let text = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map {
            line in
            guard let hash = line.firstIndex(of: "#"), line[..<hash].allSatisfy({ $0 == " " }),
                line[hash...].hasPrefix("#: ")
            else {
                return String(line)
            }
            return line[..<hash] + String(line[line.index(hash, offsetBy: 3)...])
        }.joined(separator: "\n")
        let host = TestHost(
            variables: [
                "LIP_CLIENT_KEY": "0123456789abcdef", "OPENAI_API_KEY": "sk-a", "TEAM_KEY": "sk-b",
                "MY_GATEWAY_KEY": "k",
            ],
            files: [
                "/etc/ssl/certs/ca-certificates.crt": "x", "./config/models.yaml": BuiltInCatalogue.text,
            ])
        let uncommented = host.load(text)
        #expect(uncommented.errors.map { $0.line(file: "config.yaml") } == [])
    }
}
