import Transport

/// Reads the `usage` object of answers to prompts, which agents may give.
///
/// Whether cached and reasoning tokens are inside of the other counts is left open; the total tells, where it is stated.
/// Source: https://agentclientprotocol.com/rfds/end-turn-token-usage.
enum ACPUsage {
    /// The counts; nil where there are none.
    static func read(_ value: JSONCursor) -> Usage? {
        guard value.isObject, value["inputTokens"]?.int != nil || value["outputTokens"]?.int != nil else { return nil }
        func count(_ name: StaticString) -> Int? { value[name]?.int.map { max(0, $0) } }
        var usage = Usage(
            input: count("inputTokens") ?? 0, output: count("outputTokens") ?? 0, cacheRead: count("cachedReadTokens"),
            cacheWrite: count("cachedWriteTokens"), reasoning: count("thoughtTokens"))
        let cached = sum(usage.cacheRead ?? 0, usage.cacheWrite ?? 0)
        let reasoning = usage.reasoning ?? 0
        // What the total has room for beside input and output.
        switch (count("totalTokens") ?? 0) - usage.total {
        case ...0: break
        case sum(cached, reasoning):
            usage.input = sum(usage.input, cached)
            usage.output = sum(usage.output, reasoning)
        case cached: usage.input = sum(usage.input, cached)
        case reasoning: usage.output = sum(usage.output, reasoning)
        default: break
        }
        return usage.reconciled()
    }

    private static func sum(_ first: Int, _ second: Int) -> Int {
        let (sum, overflow) = first.addingReportingOverflow(second)
        return overflow ? Int.max : sum
    }
}
