import Gateway
import Runtime
import Testing

@testable import lip

@Suite("Configuration of openai-codex")
struct CodexConfigurationTests {
    private static let login = #"{"tokens":{"access_token":"a-token","refresh_token":"r","account_id":"acct"}}"#

    private func load(
        _ members: String = "", variables: [String: String] = [:], files: [String: String] = [:], rest: String = ""
    ) -> LoadedConfiguration {
        TestHost(variables: variables, files: files).load("backends: [{id: openai-codex\(members)}]\n\(rest)")
    }

    private func path(_ loaded: LoadedConfiguration) -> String? {
        guard case .codex(let login) = loaded.configuration.backends.first?.tokens else { return nil }
        return login.path
    }

    @Test("the file is the one that is named, CODEX_HOME's, or the home directory's")
    func files() {
        let files = ["/l.json": Self.login, "/c/auth.json": Self.login, "/h/.codex/auth.json": Self.login]
        #expect(path(load(", auth_file: /l.json", variables: ["CODEX_HOME": "/c"], files: files)) == "/l.json")
        #expect(path(load(variables: ["CODEX_HOME": "/c", "HOME": "/h"], files: files)) == "/c/auth.json")
        #expect(path(load(variables: ["HOME": "/h"], files: files)) == "/h/.codex/auth.json")
        #expect(
            path(load(", auth_file: ~/.codex/auth.json", variables: ["HOME": "/h"], files: files))
                == "/h/.codex/auth.json")
    }

    @Test("a token of the environment comes before the usual file, and the file that is named before it")
    func environment() {
        let files = ["/h/.codex/auth.json": Self.login]
        let variables = ["HOME": "/h", "OPENAI_CODEX_API_KEY": "second"]
        let second = load(", account_id: a", variables: variables, files: files).configuration.backends[0]
        #expect(second.keys == [Secret("second")] && second.tokens == nil)
        let first = load(
            ", account_id: a", variables: variables.merging(["OPENAI_CODEX_ACCESS_TOKEN": "first"]) { $1 }, files: files
        )
        #expect(first.configuration.backends[0].keys == [Secret("first")])
        let named = load(
            ", auth_file: /h/.codex/auth.json", variables: ["OPENAI_CODEX_ACCESS_TOKEN": "first"], files: files)
        #expect(path(named) == "/h/.codex/auth.json" && named.configuration.backends[0].keys.isEmpty)
    }

    @Test("it always asks for streams, and is not asked for its models")
    func streams() {
        let loaded = load(", access_token: t, account_id: a")
        #expect(loaded.issues.isEmpty)
        #expect(loaded.configuration.backends[0].upstreamStreaming == .always)
        #expect(!load(", access_token: t, account_id: a, models: discover").issues.isEmpty)
    }

    @Test("without a file it is not used, whatever the environment has")
    func neverUnasked() {
        let host = TestHost(
            variables: ["OPENAI_CODEX_ACCESS_TOKEN": "t", "HOME": "/h"], files: ["/h/.codex/auth.json": Self.login])
        #expect(host.load("{}\n").configuration.backends.map(\.id) == ["local-stub"])
    }

    @Test(
        "what cannot work is said where it stands",
        arguments: [
            (", auth_file: /none.json", "backends[0].auth_file: the file /none.json cannot be read: No such file"),
            (", auth_file: /bad.json", "backends[0].auth_file: the file /bad.json is no usable login: it is not JSON"),
            ("", "no usable login: the file /h/.codex/auth.json cannot be read"),
            (", access_token: opaque", "backends[0].access_token: the token does not tell its account"),
            (", access_token: t, auth_file: /l.json, account_id: a", "two ways to authenticate"),
            (", access_token: t, account_id: \"a b\"", "backends[0].account_id: expected an account's id"),
            (", access_token: t, account_id: a, token_url: \"http://x.example/\"", "http is taken for a loopback"),
            (", access_token: t, account_id: a, base_url: \"http://x.example/\"", "http is taken for a loopback"),
            (", access_token: t, account_id: a, upstream_streaming: never", "answers nothing but streams"),
            (", access_token: t, account_id: a, api_key: k", "unknown key \"api_key\""),
        ])
    func mistakes(_ members: String, _ words: String) {
        let loaded = load(members, variables: ["HOME": "/h"], files: ["/bad.json": "{", "/l.json": Self.login])
        #expect(loaded.issues.contains { "\($0.path): \($0.message)".contains(words) }, "\(loaded.issues)")
    }

    @Test("it is refused where lip serves more than one person")
    func oneUser() {
        let members = ", access_token: t, account_id: a"
        let keys = #"api_keys: ["0123456789abcdef"]"#
        for rest in [
            "server: {\(keys)}\naccess: {mode: multi_user}\n", "server: {address: \"0.0.0.0:8080\", \(keys)}\n",
        ] {
            #expect(load(members, rest: rest).issues.contains { $0.message.contains("one person's own login") })
        }
        #expect(load(members, rest: "server: {\(keys)}\n").issues.isEmpty)
    }
}
