import Routing
import Testing

/// Texts that nobody wrote: valid selectors, changed at random, with a seed so that a failure can be repeated.
@Suite struct SelectorPropertyTests {
    private static let seeds = [
        "openai:gpt-4o?temperature=0.2&max_tokens=64",
        "{ttft_timeout=60,affinity=session}[ttft_timeout=30]a:gpt-5.5^[weight=2,ttft_timeout=20]b:gemini-3|c",
        "[handicap=10,ttft_timeout=800ms]a:m1![handicap=1.5s]b:m2!c:m3|[first]a:b^[weight=7]c:d?x=%7C[|]",
        "[min_context=200K,max_context=1 M]a:m{x}${ttft_timeout}?flag&é=ü+%2B|:x:y|::z",
        "a:m]!b:m?x=[^q|b]:m[?y=]^c:n|(a:m)!d", ":[x]y?z=1|{q}a:m^b|:{ttft}m",
    ]
    private static let pieces = [
        "|", "^", "!", "[", "]", "{", "}", "?", "&", "=", ":", ";", "%", "%41", "%5B", "%ff", "+", ",", " ", "$", "\"",
        "first", "weight=2", "handicap=1", "ttft_timeout=5ms", "é", "\u{301}", "\u{2003}", "a:m", "1", "0", "K", "[]",
        "[first]", "[weight=3]", "{affinity=client}", "\r\n", "\u{0}",
    ]

    @Test("changed selectors parse to legs with models and survive their canonical text, or are refused within bounds")
    func mutations() throws {
        var random = SplitMix64(state: 0x5EED)
        var parsedCount = 0
        for _ in 0..<40_000 {
            var scalars = Array(Self.seeds.randomElement(using: &random)?.unicodeScalars ?? "".unicodeScalars)
            for _ in 0..<Int.random(in: 1...5, using: &random) { mutate(&scalars, &random) }
            let text = String(String.UnicodeScalarView(scalars))
            do throws(SelectorError) {
                let selector = try Selector.parse(text)
                parsedCount += 1
                try check(selector, of: text)
            } catch {
                #expect((1...scalars.count + 1).contains(error.column), "\(text.debugDescription): \(error)")
                #expect(!error.detail.isEmpty)
            }
        }
        // Without this the test could pass by refusing everything.
        #expect(parsedCount > 4000)
    }

    @Test("a query keeps the brackets that make up for those of the name")
    func leakingBrackets() throws {
        let selector = try Selector.parse("a:m]?x=[%5B^b:m")
        #expect(selector.canonicalText == "a:m]?x=[%5B^b:m")
        #expect(selector.arms[0].legs.count == 2)
    }

    @Test("the canonical text is the plainest spelling")
    func canonicalText() throws {
        let texts = [
            (" { TTFT_TIMEOUT = 60s , session_sticky } a : m ", "{ttft_timeout=60,affinity=session}a:m"),
            ("[WEIGHT=1,First]a:m?b=1&a=%7c^[weight=01]b:m", "[first]a:m?a=%7C&b=1^b:m"),
            ("[weight=1]a:m", "[weight=1]a:m"),
            ("[max_context=2K][min_context=1]a:m", "[min_context=1,max_context=2000]a:m"),
            ("[handicap=0.5s]a:m![ttft_timeout=0.0000015m]b:m", "[handicap=500ms]a:m![ttft_timeout=0.00009s]b:m"),
            (":m", "m"), (":a:b", ":a:b"),
        ]
        for (text, canonical) in texts { #expect(try Selector.parse(text).canonicalText == canonical) }
    }

    private func check(_ selector: Selector, of text: String) throws(SelectorError) {
        #expect(!selector.arms.isEmpty)
        for arm in selector.arms {
            switch arm.kind {
            case .single: #expect(arm.legs.count == 1)
            case .weighted: #expect(!arm.legs.isEmpty)
            case .race: #expect((2...16).contains(arm.legs.count))
            }
        }
        for leaf in selector.leaves {
            #expect(!leaf.model.isEmpty)
            #expect(leaf.backend != "")
            #expect(leaf.weight > 0)
        }
        let canonical = selector.canonicalText
        let again = try Selector.parse(canonical)
        #expect(again == selector, "\(text.debugDescription) became \(canonical.debugDescription)")
        #expect(again.canonicalText.utf8.elementsEqual(canonical.utf8))
    }

    private func mutate(_ scalars: inout [Unicode.Scalar], _ random: inout SplitMix64) {
        let offset = Int.random(in: 0...scalars.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let end = min(scalars.count, offset + Int.random(in: 1...4, using: &random))
            scalars.removeSubrange(offset..<end)
        case 1 where !scalars.isEmpty:
            let start = Int.random(in: 0..<scalars.count, using: &random)
            let end = min(scalars.count, start + Int.random(in: 1...12, using: &random))
            scalars.insert(contentsOf: Array(scalars[start..<end]), at: offset)
        default:
            scalars.insert(
                contentsOf: Array((Self.pieces.randomElement(using: &random) ?? "").unicodeScalars), at: offset)
        }
    }
}
