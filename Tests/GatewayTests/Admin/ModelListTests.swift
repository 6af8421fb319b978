import Testing

@testable import Gateway

@Suite struct ModelListTests {
    @Test(
        "an alias is listed when its pattern is one word",
        arguments: [
            ("^fast$", "fast"), (#"^gpt-4\.1$"#, "gpt-4.1"), ("fast", nil), ("^fa.t$", nil), ("^(a|b)$", nil),
            (#"^\d$"#, nil), ("^$", nil), (#"^a\$"#, nil),
        ] as [(String, String?)])
    func word(pattern: String, word: String?) {
        #expect(ModelList.word(of: pattern) == word)
    }
}
