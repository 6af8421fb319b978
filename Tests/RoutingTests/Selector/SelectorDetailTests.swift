import Routing
import Testing

@Suite struct SelectorDetailTests {
    @Test(
        "candidate keys hold backend, model and the sorted, escaped query, and no annotation",
        arguments: [
            ("openai:gpt-4o", ["openai:gpt-4o"]),
            ("gpt-4o", ["gpt-4o"]),
            (":a:b", ["a:b"]),
            ("::b", [":b"]),
            ("openai:gpt-4o?temperature=0.2&max_tokens=64", ["openai:gpt-4o?max_tokens=64&temperature=0.2"]),
            ("a:m?b=2&a=1 x", ["a:m?a=1+x&b=2"]),
            ("a:m?temperature=1&temperature=2", ["a:m?temperature=1&temperature=2"]),
            ("a:m?b=2&a=1&b=1", ["a:m?a=1&b=2&b=1"]),
            ("a:m?flag", ["a:m?flag="]),
            ("a:m?", ["a:m"]),
            ("a:m?&&", ["a:m"]),
            ("a:m?=v", ["a:m?=v"]),
            ("a:m?x=%7C%5E%21~-_.*/", ["a:m?x=%7C%5E%21~-_.%2A%2F"]),
            ("a:m?é=ü", ["a:m?%C3%A9=%C3%BC"]),
            ("a:m?x=%ff", ["a:m?x=%FF"]),
            ("[weight=3,ttft_timeout=1]a:m?x=1^b:m", ["a:m?x=1", "b:m"]),
        ])
    func keys(text: String, keys: [String]) throws {
        #expect(try Selector.parse(text).leaves.map(\.key.text) == keys)
    }

    @Test("query names are sorted by their bytes, and composed and decomposed letters are different names")
    func keyBytes() throws {
        let composed = try Selector.parse("a:\u{E9}")
        let decomposed = try Selector.parse("a:e\u{301}")
        #expect(composed.arms[0].legs[0].key != decomposed.arms[0].legs[0].key)
        #expect(composed != decomposed)
        let leaf = try Selector.parse("a:m?\u{E9}=1&e\u{301}=2&z=3").arms[0].legs[0]
        #expect(leaf.key.text == "a:m?e%CC%81=2&z=3&%C3%A9=1")
        #expect(leaf.parameters.count == 3)
    }

    @Test("a backend that is filled in stands in the key, one that was written stays")
    func filled() throws {
        let selector = try Selector.parse("m?x=1|:a:b|c:d")
        #expect(
            selector.leaves.map { $0.filled(withBackend: "z").key.text } == ["z:m?x=1", "z:a:b", "c:d"])
    }

    @Test(
        "budgets take whole seconds or a number with a unit",
        arguments: [
            ("30", "30s"), ("+5", "5s"), ("30s", "30s"), ("800ms", "800.0ms"), ("1.5s", "1500.0ms"), ("2m", "120s"),
            ("0.5m", "30s"), ("+2m", "120s"), ("0.25ms", "0.25ms"), ("1.000000000s", "1s"),
        ])
    func durations(text: String, shorthand: String) throws {
        #expect(try Selector.parse("[ttft_timeout=\(text)]a:m").shorthand == "ttft\(shorthand) <a, m>")
        #expect(try Selector.parse("{ttft_timeout=\(text)}a:m").shorthand == "G(ttft=\(shorthand)) <a, m>")
        #expect(try Selector.parse("[handicap=\(text)]a:m!b:m").shorthand == "P(h\(shorthand) <a, m> ! <b, m>)")
    }

    @Test(
        "what is no budget is refused",
        arguments: [
            ("1.5", "must be a positive integer"), ("-1s", "must be a positive integer"),
            ("0ms", "must be a positive integer"), ("30h", "must be a positive integer"),
            ("ms", "must be a positive integer"), (".5s", "must be a positive integer"),
            ("1.s", "must be a positive integer"), ("1 s", "must be a positive integer"),
            ("1..5s", "must be a positive integer"), ("1S", "must be a positive integer"),
            ("0.0000000000001s", "must be a positive integer"), ("12345678901234567890", "must be a positive integer"),
            ("9223372037", "is too large"), ("9223372037s", "is too large"), ("153722868m", "is too large"),
            ("9223372036.9s", "is too large"), ("123456789012345678901234567890ms", "is too large"),
        ])
    func noDurations(text: String, problem: String) {
        expectRefusal("[ttft_timeout=\(text)]a:m", "ttft_timeout \(problem)")
        expectRefusal("[handicap=\(text)]a:m!b:m", "handicap \(problem)")
    }

    @Test("the longest budget is 2^63 - 1 nanoseconds")
    func longest() throws {
        let leaf = try Selector.parse("[ttft_timeout=9223372036.854775807s]a:m").arms[0].legs[0]
        #expect(leaf.ttftTimeout == .nanoseconds(Int64.max))
    }

    @Test("a count of tokens that 64 bits do not hold is too large")
    func tokens() {
        expectRefusal("[max_context=9223372036854775807K]a:m", "max_context is too large")
        expectRefusal(
            "[max_context=92233720368547758070]a:m",
            "max_context must be a positive token count with optional K/M suffix")
    }

    @Test(
        "what the reference accepts by the letter of its scans is accepted",
        arguments: [
            ("a:m{ttft_timeout,x}", "<a, m{ttft_timeout,x}>"),
            ("a:m{ttft_timeoutx}", "<a, m{ttft_timeoutx}>"),
            ("a:m{x{ttft_timeout}}", "<a, m{x{ttft_timeout}}>"),
            ("a:m{ttft_timeout=1", "<a, m{ttft_timeout=1>"),
            ("a b:c d", "<a b, c d>"),
            ("a:m]!b:m", "<a, m]!b:m>"),
            ("a:m]^b:m", "<a, m]^b:m>"),
            ("a:m?x=]|b:m", "<a, m> x=]|b:m"),
            ("a:m?x=[!]!b:m", "P(<a, m> x=[!] ! <b, m>)"),
            ("::b", "<-, :b>"),
            (" [ first ] [ weight = 2 ] a:m ^ b:m ", "W(w2 first <a, m> ^ w1 <b, m>)"),
            ("\u{2003}a:m\u{A0}|\u{85}b:m\u{3000}", "<a, m> => <b, m>"),
            ("a:m|\u{301}b:m", "<a, m> => <\u{301}b, m>"),
            ("a:m|\r\nb:m", "<a, m> => <b, m>"),
        ])
    func accepted(text: String, shorthand: String) throws {
        let selector = try Selector.parse(text)
        #expect(Array(selector.shorthand.unicodeScalars) == Array(shorthand.unicodeScalars))
    }

    @Test(
        "of two mistakes the reference's order decides which one is told",
        arguments: [
            ("a:m?x=%zz;y", "parse query: invalid semicolon separator in query"),
            ("a:m?x=%zz&y=%qq", #"parse query: invalid URL escape "%zz""#),
            ("a:m?%q=%zz", #"parse query: invalid URL escape "%q""#),
            ("a:m?x=%", #"parse query: invalid URL escape "%""#),
            ("a:m?x=%é", #"parse query: invalid URL escape "%é""#),
            ("a:m?x=%2é", #"parse query: invalid URL escape "%2\xc3""#),
            ("a:m?x=%\u{7}2", #"parse query: invalid URL escape "%\a2""#),
            ("a:m?x=%\"2", #"parse query: invalid URL escape "%\"2""#),
            (String(repeating: "!", count: 17), "too many parallel branches (max 16)"),
            ("[first][first=1]a:m", "duplicate [first] annotation"),
            ("[weight=2][weight=x]a:m", "duplicate [weight=N] annotation"),
            ("{ttft_timeout=1,ttft_timeout=x}a:m", "duplicate ttft_timeout global parameter"),
            ("a:|", "empty failover alternative"),
            ("a:!", "model is required"),
            ("?x=%zz", #"parse query: invalid URL escape "%zz""#),
            ("[x\"y]a:m", #"unsupported annotation key "x\"y""#),
            ("[ ]a:m", "empty annotation prefix"),
            ("[,]a:m", "malformed annotation list"),
            ("[=1]a:m", #"unsupported annotation key """#),
            ("a:m{affinity}", "global parameters must appear before the first leaf"),
        ])
    func precedence(text: String, detail: String) {
        expectRefusal(text, detail)
    }

    @Test(
        "errors point at the character that they are about",
        arguments: [
            ("", 1), ("  ", 3), ("a:m|", 5), ("a:m||b:m", 5), ("é:m|é:m?x=%zz", 11), ("a:m?x=1;y", 8),
            ("[first=1]a:m", 2), ("[weight=1, ,first]a:m", 12), ("[weight=1 a:m", 1), ("a:m^[weight=x]b:m", 6),
            ("openai:", 8), (" ?x=1", 2), ("a:m{ttft_timeout=1}", 4), ("a:m]|b:m", 5), ("{ttft_timeout=1}", 17),
            ("{affinity=x}a:m", 2), ("a:m!b:m^c:m", 8), ("a:m^b:m!c:m", 8), ("[weight=2]a:m!b:m", 14),
            ("a:m![weight=2]b:m", 6), ("[first]", 8), ("[first]a:m^[first]b:m", 12),
        ])
    func columns(text: String, column: Int) {
        let error = #expect(throws: SelectorError.self) { try Selector.parse(text) }
        #expect(error?.column == column)
    }

    @Test("leaves know where they begin, counted in Unicode scalars")
    func leafColumns() throws {
        let selector = try Selector.parse(" é:m|  [weight=2]e\u{301}:m ^ c:m")
        #expect(selector.leaves.map(\.column) == [2, 8, 25])
    }

    @Test("a text beyond 64 KiB is refused, one of 64 KiB is parsed")
    func limit() throws {
        let model = String(repeating: "m", count: Selector.textBytesMax - 2)
        #expect(try Selector.parse("a:" + model).arms.count == 1)
        expectRefusal("a:m" + model, "selector is too long (max 65536 bytes)")
    }

    @Test("a selector of 64 legs is parsed, the 65th is refused where it stands", arguments: ["|", "^"])
    func legLimit(separator: String) throws {
        let legs = (0..<Selector.legsMax).map { "a:\($0)" }
        let text = legs.joined(separator: separator)
        #expect(try Array(Selector.parse(text).leaves).count == 64)
        let error = #expect(throws: SelectorError.self) { try Selector.parse(text + separator + "[weight=x]b:m") }
        #expect(error?.detail == "too many legs (max 64)")
        #expect(error?.column == text.count + 2)
        // Those of races count, too.
        let races = Array(repeating: "a:m!b:m", count: 33).joined(separator: "|")
        expectRefusal(races, "too many legs (max 64)")
    }

    @Test("an error says in whose name it speaks")
    func sentinel() {
        let error = #expect(throws: SelectorError.self) { try Selector.parse("a:") }
        #expect(error?.description == "routing: invalid route selector: model is required")
    }

    private func expectRefusal(_ text: String, _ detail: String, sourceLocation: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: SelectorError.self, sourceLocation: sourceLocation) { try Selector.parse(text) }
        #expect(error?.detail == detail, sourceLocation: sourceLocation)
    }
}
