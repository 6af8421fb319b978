import Dialects
import Testing
import Transport

@Suite("Usage")
struct UsageTests {
    private func read(_ usage: String) -> Usage? {
        answer(
            decode(
                frame(#"{"id":"1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":\#(usage)}"#) + done
            ).events)?.usage
    }

    @Test(
        "every provider's count ends in one algebra",
        arguments: [
            (#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}"#, Usage(input: 10, output: 5)),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":3}}"#,
                Usage(input: 10, output: 5, cacheRead: 8, reasoning: 3)
            ),
            // Reasoning beside the output, as the total tells.
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}"#,
                Usage(input: 10, output: 25, reasoning: 20)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":20}}"#,
                Usage(input: 10, output: 25, reasoning: 20)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":6}"#,
                Usage(input: 10, output: 5, cacheRead: 4)
            ),
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"cached_tokens":4}"#,
                Usage(input: 10, output: 5, cacheRead: 4)
            ),
            // Cached tokens beside the input.
            (
                #"{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":100}}"#,
                Usage(input: 110, output: 5, cacheRead: 100)
            ),
            (#"{"prompt_tokens":-3,"completion_tokens":-5}"#, Usage()),
            (#"{"prompt_tokens":3,"completion_tokens":null}"#, Usage(input: 3)),
            (
                #"{"prompt_tokens":9223372036854775807,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":9223372036854775807}}"#,
                Usage(input: .max, output: 5, cacheRead: .max)
            ),
        ])
    func reads(_ given: String, _ expected: Usage) {
        let usage = read(given)
        #expect(usage == expected)
        #expect(usage?.isConsistent == true)
    }

    @Test("what counts nothing is no usage", arguments: ["null", "{}", "[]", #"{"prompt_tokens":"5"}"#])
    func ignoresNothing(_ given: String) {
        #expect(read(given) == nil)
    }

    @Test("sums follow from parts")
    func sums() {
        let usage = Usage(input: 10, output: 4, cacheRead: 3, cacheWrite: 2)
        #expect(usage.total == 14)
        #expect(usage.uncachedInput == 5)
        #expect(usage.isConsistent)
        #expect(!Usage(input: 1, output: 1, cacheRead: 2).isConsistent)
        #expect(!Usage(input: 1, output: 1, reasoning: 2).isConsistent)
        #expect(!Usage(input: -1).isConsistent)
        #expect(Usage(input: .max, output: .max).total == .max)
    }
}
