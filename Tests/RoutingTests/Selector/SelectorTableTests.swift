import Routing
import Testing

@Suite struct SelectorTableTests {
    /// One line of the language's parse table; lines that hold several inputs stand here once for each.
    struct Row: CustomTestStringConvertible, Sendable {
        enum Outcome: Sendable {
            case parsed(String)
            case refused(String)
        }

        let number: Int
        let input: String
        let outcome: Outcome

        var testDescription: String { "row \(number): \(input)" }

        static func ok(_ number: Int, _ input: String, _ shorthand: String) -> Row {
            Row(number: number, input: input, outcome: .parsed(shorthand))
        }

        static func bad(_ number: Int, _ inputs: String..., detail: String) -> [Row] {
            inputs.map { Row(number: number, input: $0, outcome: .refused(detail)) }
        }
    }

    @Test("every row of the parse table gives its tree or its error", arguments: plain + composed + refused)
    func row(_ row: Row) {
        let result = Result { try Selector.parse(row.input) }
        switch (row.outcome, result) {
        case (.parsed(let shorthand), .success(let selector)): #expect(selector.shorthand == shorthand)
        case (.refused(let detail), .failure(let error)): #expect((error as? SelectorError)?.detail == detail)
        case (_, .success(let selector)): Issue.record("parsed as \(selector.shorthand)")
        case (_, .failure(let error)): Issue.record("refused: \(error)")
        }
    }

    @Test("the table holds every row of the reference")
    func complete() {
        let numbers = Set((Self.plain + Self.composed + Self.refused).map(\.number))
        #expect(numbers == Set(1...107))
    }

    private static let mixed = "parallel '!' and weighted '^'/[weight]/[first] cannot be mixed in one arm"
    private static let sixteen = (1...16).map { "b\($0):m" }

    static let plain: [Row] = [
        .ok(1, "gpt-4o", "<-, gpt-4o>"),
        .ok(2, "openai:gpt-4o", "<openai, gpt-4o>"),
        .ok(3, " openai : gpt-4o ", "<openai, gpt-4o>"),
        .ok(4, "openai.azure:gpt-4o", "<openai.azure, gpt-4o>"),
        .ok(5, ":gpt-4o", "<-, gpt-4o>"),
        .ok(6, "openrouter:deepseek/deepseek-r1:free", "<openrouter, deepseek/deepseek-r1:free>"),
        .ok(7, "openrouter:openai/gpt-4o-mini", "<openrouter, openai/gpt-4o-mini>"),
        .ok(8, "openai:gpt-4o?temperature=0.2", "<openai, gpt-4o> temperature=0.2"),
        .ok(9, "openai:gpt-4o?temperature=0.2&max_tokens=64", "<openai, gpt-4o> max_tokens=64 temperature=0.2"),
        .ok(10, "openai:gpt-4o?", "<openai, gpt-4o>"),
        .ok(11, "openai:gpt-4o?a=b?c=d", "<openai, gpt-4o> a=b?c=d"),
        .ok(14, "openai:gpt-4?x=a+b", "<openai, gpt-4> x=a b"),
        .ok(15, "openai:gpt-4?flag", "<openai, gpt-4> flag="),
        .ok(20, "a:m?x=%7C%5E%21", "<a, m> x=|^!"),
        .ok(43, "[max_context=4096]openai:gpt-4o-mini", "max4096 <openai, gpt-4o-mini>"),
        .ok(44, "[min_context=1024,max_context=8192]openai:gpt-4o-mini", "min1024 max8192 <openai, gpt-4o-mini>"),
        .ok(45, "[min_context=200K,max_context=250K]a:m", "min200000 max250000 <a, m>"),
        .ok(46, "[max_context=1m]a:m", "max1000000 <a, m>"),
        .ok(47, "[max_context=1 K]a:m", "max1000 <a, m>"),
        .ok(55, "[ttft_timeout=30]a:m", "ttft30s <a, m>"),
        .ok(56, "[ttft_timeout=30s]a:m", "ttft30s <a, m>"),
        .ok(60, "{ TTFT_TIMEOUT = 60 }a:m", "G(ttft=60s) <a, m>"),
        .ok(69, "a:m${ttft_timeout}", "<a, m${ttft_timeout}>"),
        .ok(69, "a:m{x}", "<a, m{x}>"),
        .ok(71, "{session_sticky}a:m", "G(affinity=session) <a, m>"),
        .ok(71, "{affinity=session}a:m", "G(affinity=session) <a, m>"),
        .ok(72, "{client_sticky}a:m", "G(affinity=client) <a, m>"),
        .ok(72, "{affinity=CLIENT}a:m", "G(affinity=client) <a, m>"),
        .ok(73, "{ttft_timeout=60,affinity=session}a:m", "G(ttft=60s affinity=session) <a, m>"),
        .ok(102, "[ttft_timeout= 5 ]a:m", "ttft5s <a, m>"),
        .ok(105, "a:m?temperature=1&temperature=2", "<a, m> temperature=1 temperature=2"),
        .ok(107, "a:m?b=2&a=1 x", "<a, m> a=1 x b=2"),
    ]

    static let composed: [Row] = [
        .ok(16, "a:m?x=1|b:m", "<a, m> x=1 => <b, m>"),
        .ok(17, "a:m?note=hello%21world!b:m", "P(<a, m> note=hello!world ! <b, m>)"),
        .ok(18, "a:m?note=hello!world", "P(<a, m> note=hello ! <-, world>)"),
        .ok(19, "a:m?x=^y", "W(w1 <a, m> x= ^ w1 <-, y>)"),
        .ok(26, "a|b:c|anthropic:opus", "<-, a> => <b, c> => <anthropic, opus>"),
        .ok(27, "a:m | b:m", "<a, m> => <b, m>"),
        .ok(28, "[weight=3]openai:gpt-4^[weight=1]anthropic:opus", "W(w3 <openai, gpt-4> ^ w1 <anthropic, opus>)"),
        .ok(29, "[weight=3]openai:gpt-4^anthropic:opus", "W(w3 <openai, gpt-4> ^ w1 <anthropic, opus>)"),
        .ok(30, "openai:gpt-4^anthropic:opus", "W(w1 <openai, gpt-4> ^ w1 <anthropic, opus>)"),
        .ok(31, "[first]a:b^c:d", "W(w1 first <a, b> ^ w1 <c, d>)"),
        .ok(33, "[first]cheap:fast", "W(w1 first <cheap, fast>)"),
        .ok(34, "[weight=2]a:m", "W(w2 <a, m>)"),
        .ok(35, "[weight=2][first]a:m^b:m", "W(w2 first <a, m> ^ w1 <b, m>)"),
        .ok(35, "[weight=2,first]a:m^b:m", "W(w2 first <a, m> ^ w1 <b, m>)"),
        .ok(35, "[WEIGHT=2, First]a:m^b:m", "W(w2 first <a, m> ^ w1 <b, m>)"),
        .ok(36, "[first=]a:m^b:m", "W(w1 first <a, m> ^ w1 <b, m>)"),
        .ok(
            42, "[first]a:b|[weight=2]c:d^e:f|g:h",
            "W(w1 first <a, b>) => W(w2 <c, d> ^ w1 <e, f>) => <g, h>"),
        .ok(
            59, "{ttft_timeout=60}[ttft_timeout=30]openai:gpt-5.5^[weight=2,ttft_timeout=20]gemini:gemini-3",
            "G(ttft=60s) W(w1 ttft30s <openai, gpt-5.5> ^ w2 ttft20s <gemini, gemini-3>)"),
        .ok(78, "nvidia:kimi-k2!nvidia:minimax-m3", "P(<nvidia, kimi-k2> ! <nvidia, minimax-m3>)"),
        .ok(79, "a:m1!b:m2|c:m3!d:m4", "P(<a, m1> ! <b, m2>) => P(<c, m3> ! <d, m4>)"),
        .ok(80, "[handicap=10]a:m1![handicap=5]b:m2!c:m3", "P(h10s <a, m1> ! h5s <b, m2> ! <c, m3>)"),
        .ok(
            81, "[handicap=10,ttft_timeout=10]a:m1![ttft_timeout=5]b:m2!c:m3",
            "P(h10s ttft10s <a, m1> ! ttft5s <b, m2> ! <c, m3>)"),
        .ok(
            88, sixteen.joined(separator: "!"),
            "P(\((1...16).map { "<b\($0), m>" }.joined(separator: " ! ")))"),
        .ok(89, "[max_context=10]a:m!b:m", "P(max10 <a, m> ! <b, m>)"),
        .ok(90, "(a:m|b:m)!c:m", "<(a, m> => P(<b, m)> ! <c, m>)"),
        .ok(
            92, "a:m?temperature=0.2^b:m?temperature=0.9",
            "W(w1 <a, m> temperature=0.2 ^ w1 <b, m> temperature=0.9)"),
        .ok(
            100,
            "[handicap=8,ttft_timeout=20]nvidia:moonshotai/kimi-k2![handicap=6]nvidia:minimaxai/minimax-m3!"
                + "nvidia:z-ai/glm-5![ttft_timeout=9]nvidia:qwen/qwen3![handicap=2]nvidia:openai/gpt-oss",
            "P(h8s ttft20s <nvidia, moonshotai/kimi-k2> ! h6s <nvidia, minimaxai/minimax-m3> ! <nvidia, z-ai/glm-5> ! "
                + "ttft9s <nvidia, qwen/qwen3> ! h2s <nvidia, openai/gpt-oss>)"),
        .ok(101, "[first]a:m|[first]b:m", "W(w1 first <a, m>) => W(w1 first <b, m>)"),
        .ok(102, "[weight=+2]a:m^b:m", "W(w2 <a, m> ^ w1 <b, m>)"),
        .ok(102, "[weight=007]a:m^b:m", "W(w7 <a, m> ^ w1 <b, m>)"),
        .ok(104, "a:m?x=[|]|b:m", "<a, m> x=[|] => <b, m>"),
    ]

    static let refused: [Row] = [
        Row.bad(12, "openai:gpt-4?x=%zz", detail: #"parse query: invalid URL escape "%zz""#),
        Row.bad(13, "openai:gpt-4?x=1;y=2", detail: "parse query: invalid semicolon separator in query"),
        Row.bad(21, "", "   ", detail: "empty selector"),
        Row.bad(22, "openai:", detail: "model is required"),
        Row.bad(23, "openai:?x=1", detail: "model is required"),
        Row.bad(24, "?x=1", detail: "missing model in primary"),
        Row.bad(25, "|a:b", "a:b|", "a:b||c:d", detail: "empty failover alternative"),
        Row.bad(
            32, "[first]a:b^[first]c:d", detail: "at most one [first] branch is allowed in a weighted selector"),
        Row.bad(37, "[first=1]a:m^b:m", detail: "[first] does not take a value"),
        Row.bad(38, "[first][first]a:m^b:m", detail: "duplicate [first] annotation"),
        Row.bad(
            39, "[weight=0]a:m^b:m", "[weight=-1]a:m^b:m", "[weight=x]a:m^b:m", "[weight]a:m^b:m",
            "[weight=1.5]a:m^b:m", "[weight=12345678901234567890]a:m^b:m", detail: "weight must be a positive integer"),
        Row.bad(40, "[weight=2][weight=3]a:m^b:m", detail: "duplicate [weight=N] annotation"),
        Row.bad(41, "a:m^", "^a:m", "a:m^^b:m", detail: "empty weighted branch"),
        Row.bad(
            48, "[max_context=K]a:m", "[max_context=0]a:m", "[max_context=abc]a:m", "[max_context]a:m",
            detail: "max_context must be a positive token count with optional K/M suffix"),
        Row.bad(
            48, "[min_context=-1]a:m", detail: "min_context must be a positive token count with optional K/M suffix"),
        Row.bad(49, "[max_context=10][max_context=20]a:m", detail: "duplicate [max_context=N] annotation"),
        Row.bad(
            50, "[min_context=10,max_context=10]a:m", "[min_context=20,max_context=10]a:m",
            detail: "min_context must be less than max_context"),
        Row.bad(51, "[unknown=1]a:m", detail: #"unsupported annotation key "unknown""#),
        Row.bad(52, "[]a:m", detail: "empty annotation prefix"),
        Row.bad(53, "[weight=1,]a:m", detail: "malformed annotation list"),
        Row.bad(54, "[weight=1 a:m", detail: "unclosed annotation prefix"),
        Row.bad(
            56, "[ttft_timeout=0]a:m", "[ttft_timeout=1.5]a:m", "[ttft_timeout]a:m",
            detail: "ttft_timeout must be a positive integer"),
        Row.bad(57, "[ttft_timeout=1][ttft_timeout=2]a:m", detail: "duplicate [ttft_timeout=N] annotation"),
        Row.bad(58, "[ttft_timeout=99999999999]a:m", detail: "ttft_timeout is too large"),
        Row.bad(
            61, "{ttft_timeout=0}a:m", "{ttft_timeout=-1}a:m", "{ttft_timeout=abc}a:m", "{ttft_timeout}a:m",
            detail: "ttft_timeout must be a positive integer"),
        Row.bad(62, "{ttft_timeout=1,ttft_timeout=2}a:m", detail: "duplicate ttft_timeout global parameter"),
        Row.bad(63, "{ttft_timeout=1}{ttft_timeout=2}a:m", detail: "duplicate global parameter block"),
        Row.bad(64, "{ttft_timeout=1}", detail: "empty selector"),
        Row.bad(65, "{}a:m", detail: "empty global parameter block"),
        Row.bad(66, "{ttft_timeout=1,}a:m", detail: "malformed global parameter list"),
        Row.bad(67, "{ttft_timeout=1 a:m", detail: "unclosed global parameter block"),
        Row.bad(
            68, "a:m{ttft_timeout=1}", "a:m{ TTFT_TIMEOUT=1}", "a:m|{ttft_timeout=1}b:m",
            detail: "global parameters must appear before the first leaf"),
        Row.bad(70, "{x=1}a:m", detail: #"unsupported global parameter key "x""#),
        Row.bad(
            74, "{session_sticky,client_sticky}a:m", "{affinity=session,affinity=client}a:m",
            detail: "duplicate affinity global parameter"),
        Row.bad(75, "{affinity=tenant}a:m", "{affinity}a:m", detail: "affinity must be session or client"),
        Row.bad(
            76, "{session_sticky=true}a:m", "{session_sticky=}a:m", detail: "session_sticky does not take a value"),
        Row.bad(76, "{client_sticky=}a:m", detail: "client_sticky does not take a value"),
        Row.bad(77, "[session_sticky]a:m", detail: #"unsupported annotation key "session_sticky""#),
        Row.bad(
            82, "[handicap=1]a:b", "[handicap=1]a:b|c:d", "[handicap=1]a:b^c:d",
            detail: "[handicap] is only valid on parallel branches"),
        Row.bad(
            83, "[handicap=0]a:b!c:d", "[handicap=-1]a:b!c:d", "[handicap=abc]a:b!c:d", "[handicap]a:b!c:d",
            detail: "handicap must be a positive integer"),
        Row.bad(84, "[handicap=1][handicap=2]a:b!c:d", detail: "duplicate [handicap=N] annotation"),
        Row.bad(85, "a:m!", "!a:m", "a:b!!c:d", detail: "empty parallel branch"),
        Row.bad(86, "a:m^b:m!c:m", "a:m!b:m^c:m", "[weight=2]a:m!b:m", "[first]a:m!b:m", detail: mixed),
        Row.bad(
            87, "a:m![weight=2]b:m", "a:m![first]b:m",
            detail: "[weight] and [first] are not valid on parallel branches"),
        Row.bad(
            88, (sixteen + ["c:m"]).joined(separator: "!"), detail: "too many parallel branches (max 16)"),
        Row.bad(
            91, "a:m]|b:m", "a:m[x|y]|b:m", detail: "unexpected '|' in primary (use failover '|' at top level)"),
        Row.bad(93, "[weight=1]", "[first]^b:m", detail: "missing primary after annotations"),
        // Thinker arms are not part of the language: their key is refused like any other unknown one.
        Row.bad(
            94, "[thinker]a:m^b:m", "a:m^[thinker=yes]b:m", "[thinker=1]a:m^b:m", "[thinker=TRUE]a:m^b:m",
            detail: #"unsupported annotation key "thinker""#),
        Row.bad(95, "[thinker]a:m", detail: #"unsupported annotation key "thinker""#),
        Row.bad(
            96, "[thinker=false]a:m^b:m", "[thinker=0]a:m^b:m", "[thinker=]a:m^b:m",
            detail: #"unsupported annotation key "thinker""#),
        Row.bad(
            97, "[thinker]a:m^[thinker]b:m", "[first,thinker]a:m^b:m",
            detail: #"unsupported annotation key "thinker""#),
        Row.bad(98, "[thinker]a:m^b:m!c:m", "b:m!c:m^[thinker]a:m", detail: mixed),
        Row.bad(
            99, "[thinker]a:m!x:m^b:m!c:m", "[thinker]a:m^[first]b:m!c:m", "[thinker]a:m^b:m^c:m!d:m",
            "[thinker]a:m^b:m!!c:m", detail: mixed),
        Row.bad(103, "[weight=1_0]a:m^b:m", detail: "weight must be a positive integer"),
        Row.bad(106, "{ttft_timeout=1}  {affinity=session}a:m", detail: "duplicate global parameter block"),
    ].flatMap { $0 }
}
