import Runtime
import Testing

@Suite struct SecretTests {
    @Test("no way of printing shows a secret")
    func redacted() {
        struct Holder { let key = Secret("sk-hidden") }
        var dumped = ""
        dump(Holder(), to: &dumped)
        let printed =
            "\(Secret("sk-hidden"))\(String(reflecting: Secret("sk-hidden")))\(Holder())\([Secret("sk-hidden")])"
        #expect(!(printed + dumped).contains("hidden"))
        #expect(printed.contains("<redacted>"))
        #expect(Secret("sk-hidden").reveal() == "sk-hidden")
    }

    @Test(
        "a secret matches its own bytes and nothing else",
        arguments: [
            ("key", "key", true), ("key", "kex", false), ("key", "ke", false), ("key", "keykey", false),
            ("key", "", false), ("", "", false), ("", "k", false), ("e\u{301}", "\u{E9}", false),
        ])
    func matching(secret: String, candidate: String, matches: Bool) {
        #expect(Secret(secret).matches(candidate.utf8) == matches)
    }
}
