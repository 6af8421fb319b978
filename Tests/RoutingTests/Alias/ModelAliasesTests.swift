import Routing
import Testing

@Suite struct ModelAliasesTests {
    @Test(
        "the first rule that matches rewrites the selector",
        arguments: [
            ([("^gpt-4$", "openai-responses:gpt-4o-mini")], "gpt-4", "openai-responses:gpt-4o-mini", 0),
            ([("^alias:foo$", "stub:bar")], "alias:foo", "stub:bar", 0),
            ([("^other$", "stub:x")], "keep-me", "keep-me", nil),
            ([("^uni.*", "stub:first"), ("^uni.*", "stub:second")], "unified", "stub:first", 0),
            ([("^no$", "stub:first"), ("^uni.*", "stub:second")], "unified", "stub:second", 1),
            ([("^pre-(.+)$", "stub:${1}")], "pre-abc", "stub:abc", 0),
            ([("^x:(.*)$", "stub:$1")], "x:", "stub:", 0),
            ([("^x$", "stub:y")], "  x  ", "stub:y", 0),
            ([(":m", "${0}:n")], "a:m|b:m", "a:m:n|b:m:n", 0),
            ([], "  z  ", "z", nil),
        ] as [([(String, String)], String, String, Int?)])
    func table(rules: [(String, String)], text: String, result: String, rule: Int?) throws {
        let aliases = try ModelAliases(rules.map { ModelAliasRule(pattern: $0.0, replacement: $0.1) })
        #expect(aliases.rewrite(text) == ModelAliases.Rewriting(text: result, rule: rule))
    }

    @Test(
        "replacements expand groups and empty matches as Go's do",
        arguments: [
            ("x*", "-", "abc", "-a-b-c-"), ("x*", "-", "axxb", "-a-b-"), ("b*", "-", "abc", "-a-c-"),
            ("x*", "-", "éü", "-é-ü-"),
            ("(a)", "b:$1x", "a", "b:"), ("(a)", "b:${1}x", "a", "b:ax"), ("(a)", "$1_", "a", ""),
            ("(a)", "b$01", "a", "b"), ("(a)", "b:$2", "a", "b:"), ("(a)", "$0:$1", "a", "a:a"),
            ("(a)|(b)", "<$1$2>:m", "ab", "<a>:m<b>:m"), ("(?P<name>a+)", "${name}:$name", "aa", "aa:aa"),
            ("(?P<name>a+)", "b${nam}", "aa", "b"), ("(?P<x>a)", "b:$x-$x", "a", "b:a-a"),
            ("a", "$$1", "a", "$1"), ("a", "b:$", "a", "b:$"), ("a", "b:${", "a", "b:${"), ("a", "b:${}", "a", "b:${}"),
            ("a", "b:${x", "a", "b:${x"), ("a", "b:$-", "a", "b:$-"), ("a", "b:$é", "a", "b:"),
            ("a", "b$99999999999999999999", "a", "b"),
            ("^a", "b", "aaa", "baa"), ("(?:^a|c)", "b", "aac", "bab"), ("a$", "b", "aaa", "aab"),
            (#"\ba"#, "b", "aa a", "ba b"), (#"\d"#, "n", "٣3", "٣n"), (#"\w"#, "n", "éa", "én"),
            ("a$", "b", "a\nc", "a\nc"), ("(?i)FAST", "a:m", "fast", "a:m"), (".", "b", "é", "b"),
        ])
    func expansion(pattern: String, replacement: String, text: String, result: String) throws {
        let aliases = try ModelAliases([ModelAliasRule(pattern: pattern, replacement: replacement)])
        #expect(aliases.rewrite(text).text == result)
    }

    @Test(
        "a rule that cannot be used is refused at start-up and named",
        arguments: [
            (" ", "a:m", "model_aliases[1]: empty pattern"),
            ("a", " \t", "model_aliases[1]: empty replacement"),
            ("", "", "model_aliases[1]: empty pattern"),
            ("(", "a:m", "model_aliases[1].pattern: missing ): ("),
            ("(", "|bad", "model_aliases[1].pattern: missing ): ("),
            (#"a\Z"#, "a:m", #"model_aliases[1].pattern: invalid escape sequence: \Z"#),
            ("(?=a)", "a:m", "model_aliases[1].pattern: invalid perl operator: (?="),
            (#"(a)\1"#, "a:m", #"model_aliases[1].pattern: invalid escape sequence: \1"#),
            (
                "a", "|bad",
                "model_aliases[1].replacement: routing: invalid route selector: empty failover alternative"
            ),
            (
                "(a)", "[weight=$1]a:m^b:m",
                "model_aliases[1].replacement: routing: invalid route selector: weight must be a positive integer"
            ),
            (
                "(a)", "{ttft_timeout=$1}a:m",
                "model_aliases[1].replacement: routing: invalid route selector: ttft_timeout must be a positive integer"
            ),
        ])
    func refused(pattern: String, replacement: String, message: String) {
        let good = ModelAliasRule(pattern: "^good$", replacement: "a:m")
        let bad = ModelAliasRule(pattern: pattern, replacement: replacement)
        let error = #expect(throws: ModelAliasError.self) { try ModelAliases([good, bad, bad]) }
        #expect(error?.description == message)
        #expect(error?.rule == 1)
        #expect(ModelAliases.problems(in: [good, bad, bad]).map(\.rule) == [1, 2])
    }

    @Test("a pattern beyond the memory limit is refused, not compiled")
    func memory() {
        let rule = ModelAliasRule(pattern: #"\pL{1000}"#, replacement: "a:m")
        let error = #expect(throws: ModelAliasError.self) { try ModelAliases([rule]) }
        #expect(error?.description == "model_aliases[0].pattern: pattern too large - compile failed")
    }

    @Test("a text that grows beyond a selector's length is cut short and then refused")
    func growth() throws {
        let aliases = try ModelAliases([
            ModelAliasRule(pattern: "a", replacement: String(repeating: "b", count: 10_000))
        ])
        let rewriting = aliases.rewrite(String(repeating: "a", count: 60_000))
        #expect(rewriting.text.utf8.count < 80_000)
        #expect(throws: SelectorError.self) { try Selector.parse(rewriting.text) }
        let long = String(repeating: "a", count: Selector.textBytesMax + 1)
        #expect(aliases.rewrite(long) == ModelAliases.Rewriting(text: long, rule: nil))
    }

    @Test("a pattern that would explode elsewhere matches in linear time")
    func linear() throws {
        let aliases = try ModelAliases([ModelAliasRule(pattern: "(a*)*b", replacement: "a:m")])
        let text = String(repeating: "a", count: 60_000)
        #expect(aliases.rewrite(text).rule == nil)
    }
}
