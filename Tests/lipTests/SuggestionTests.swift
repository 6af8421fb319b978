import Testing

@testable import lip

@Suite("Suggestions")
struct SuggestionTests {
    @Test(
        "a misspelt word finds its neighbour, whatever its dashes and case",
        arguments: [
            ("max_atempts", "max_attempts"), ("maxAttempts", "max_attempts"), ("max-attempts", "max_attempts"),
            ("adress", "address"), ("modle_aliases", "model_aliases"), ("defualt_route", "default_route"),
        ])
    func neighbours(_ word: String, _ expected: String) {
        let known = ["address", "default_route", "max_attempts", "model_aliases", "models", "idle_timeout"]
        #expect(Suggestion.nearest(word, among: known) == expected)
    }

    @Test("a word far from all finds none", arguments: ["nothing", "x", ""])
    func strangers(_ word: String) {
        #expect(Suggestion.nearest(word, among: ["address", "max_attempts"]) == nil)
    }

    @Test(
        "the distance counts insertions, deletions, replacements and swaps",
        arguments: [("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3)])
    func distance(_ left: String, _ right: String, _ expected: Int) {
        #expect(Suggestion.editDistance(Array(left.unicodeScalars), Array(right.unicodeScalars)) == expected)
        #expect(Suggestion.editDistance(Array(right.unicodeScalars), Array(left.unicodeScalars)) == expected)
    }
}
