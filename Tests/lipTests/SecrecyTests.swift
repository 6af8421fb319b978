import Gateway
import Runtime
import Testing

@testable import lip

@Suite("Secrecy")
struct SecrecyTests {
    private static let secret = "sk-very-secret-0123456789"

    /// Texts that hold the secret in every place that takes text, well-formed and not.
    static let texts: [String] = {
        let values = [
            "\"${secret:S}\"", "\"x${secret:S}y\"", secret, "\"\(secret)\"", "*\(secret)", "!\(secret)", "[\(secret)]",
            "{a: \(secret)}", "\"\(secret)\\n\"", "&x \(secret)", "|\n  \(secret)\n",
        ]
        let credentials = [
            "server: {api_keys: [%]}\n", "server: {api_keys: %}\n", "backends: [{id: a, kind: vllm, api_key: %}]\n",
            "backends: [{id: a, kind: vllm, api_keys: [%]}]\n", "backends: [{id: a, kind: vllm, api_keys: %}]\n",
            "backends: [{id: a, kind: vllm, headers: {Authorization: %}}]\n",
            "backends: [{id: a, kind: vllm, headers: %}]\n",
            "backends: [{id: a, kind: openrouter, static_title: %}]\n", "backends: [{id: a, kind: vllm, api_kee: %}]\n",
            "backends: [{id: a, kind: anthropic, api_key: %}]\n",
            "backends: [{id: a, kind: vllm, id: b, api_key: %}]\n",
        ]
        let interpolated = [
            "server: {address: \"${secret:S}\"}\n", "server: {address: \"127.0.0.1:${secret:S}\"}\n",
            "backends: [{id: \"${secret:S}\", kind: vllm}]\n", "backends: [{id: a, kind: \"${secret:S}\"}]\n",
            "backends: [{id: a, kind: vllm, base_url: \"${secret:S}\"}]\n",
            "backends: [{id: a, kind: vllm, base_url: \"http://h.example/${secret:S}/v1\"}]\n",
            "backends: [{id: a, kind: vllm, base_url: \"http://u:${secret:S}@h.example/v1\"}]\n",
            "backends: [{id: a, kind: vllm, models: [\"${secret:S}\", \"${secret:S}\"]}]\n",
            "backends: [{id: a, kind: vllm}]\nrouting: {default_route: \"a:${secret:S}\"}\n",
            "backends: [{id: a, kind: vllm}]\nrouting: {default_route: \"${secret:S}:m\"}\n",
            "backends: [{id: a, kind: vllm}]\nmodel_aliases: [{pattern: \"(${secret:S}\", replacement: \"a:m\"}]\n",
            "backends: [{id: a, kind: vllm}]\nmodel_aliases: [{pattern: \"^x$\", replacement: \"a:${secret:S}\"}]\n",
            "backends: [{id: a, kind: vllm}]\nmodels: {x: \"${secret:S}:m|\"}\n",
            "continuity: {sqlite_path: \"${secret:S}\"}\n", "observability: {metrics: {path: \"${secret:S}\"}}\n",
            "http_client: {ca_file: \"${secret:S}\"}\n",
        ]
        return credentials.flatMap { text in
            values.map { value in
                text.split(separator: "%", omittingEmptySubsequences: false).joined(separator: value)
            }
        } + interpolated
    }()

    @Test("no output of any command holds a secret, whatever is wrong with the file", arguments: texts)
    func nothingPrinted(_ text: String) async {
        let host = TestHost(
            variables: ["S": Self.secret, "OPENAI_API_KEY": Self.secret], files: ["./config/config.yaml": text])
        let commands = [
            ["check-config"], ["check-config", "--json"], ["routes"], ["routes", "--json"], ["inventory"],
            ["inventory", "--json"], ["routes", "x"], ["routes", "--json", "x"], ["serve"],
        ]
        for arguments in commands {
            let run = await CommandRun(arguments, host: host)
            #expect(!run.output.contains(Self.secret) && !run.errors.contains(Self.secret), "\(arguments)")
        }
    }

    @Test("the values themselves print without their secrets")
    func dumped() throws {
        let host = TestHost(variables: ["S": Self.secret])
        let text = """
            server: {api_keys: ["${secret:S}"]}
            backends: [{id: a, kind: vllm, api_key: "${secret:S}", headers: {X-Key: "${secret:S}"}}]
            """
        let configuration = host.load(text).configuration
        #expect(configuration.backends[0].keys.first?.reveal() == Self.secret)
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains(Self.secret))
        #expect(!"\(configuration)".contains(Self.secret))
        #expect(!String(reflecting: configuration).contains(Self.secret))
    }
}
