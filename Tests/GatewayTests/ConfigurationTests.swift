import Gateway
import Routing
import Runtime
import Testing

@Suite("Configuration values")
struct ConfigurationTests {
    @Test(
        "only addresses of this machine are loopback",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("localhost", true), ("::1", true), ("0.0.0.0", false),
            ("", false),
            ("::", false), ("10.0.0.1", false), ("128.0.0.1", false), ("127.0.0.1.example.com", false),
            ("127.0.0", false), ("127.0.0.256", false), ("localhost.example.com", false), ("::ffff:127.0.0.1", false),
        ])
    func loopback(_ host: String, _ expected: Bool) {
        #expect(ServerAddress(host: host, port: 1).isLoopback == expected)
    }

    @Test("a client key is accepted only as a whole, and an empty one never")
    func access() {
        var access = AccessConfiguration()
        #expect(!access.isAuthenticationRequired)
        access.apiKeys = [Secret("first-key"), Secret("second-key"), Secret("")]
        #expect(access.isAuthenticationRequired)
        #expect(access.principal(of: "first-key".utf8) == .clientKey(0))
        #expect(access.principal(of: "second-key".utf8) == .clientKey(1))
        for candidate in ["", "first-ke", "first-key2", "FIRST-KEY", "first-keyfirst-key", "second-kez"] {
            #expect(access.principal(of: candidate.utf8) == nil, "\(candidate)")
        }
    }

    @Test("a secret that was put into a plain value is cut out of what is shown, wherever it stands")
    func redaction() {
        var configuration = Configuration()
        #expect(configuration.shown("héllo") == "héllo")
        configuration.interpolatedSecrets = [Secret("tok"), Secret("")]
        #expect(configuration.shown("tok and htokk, TOK") == "<redacted> and h<redacted>k, TOK")
    }

    @Test("a secret shows as redacted in every form of printing")
    func secret() {
        let secret = Secret("abc")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret)" == "<redacted>" && String(reflecting: [secret]) == "[<redacted>]")
        #expect(!dumped.contains("abc"))
        #expect(secret.reveal() == "abc")
    }
}
