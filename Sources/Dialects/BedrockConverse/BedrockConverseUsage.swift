import Transport

/// Reads the `usage` object of Converse answers.
///
/// Its `inputTokens` leave out what the prompt cache read and wrote, which `totalTokens` includes. Where a stated total has
/// no room for them, they are part of the input.
/// Source: Bedrock API reference, `TokenUsage`; https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html.
enum BedrockConverseUsage {
    /// The counts; nil where there are none.
    static func read(_ value: JSONCursor) -> Usage? {
        guard value.isObject, let input = value["inputTokens"]?.int ?? value["outputTokens"].map({ _ in 0 }) else {
            return nil
        }
        let output = max(0, value["outputTokens"]?.int ?? 0)
        let read = (value["cacheReadInputTokens"] ?? value["cacheReadInputTokenCount"])?.int.map { max(0, $0) }
        let written = (value["cacheWriteInputTokens"] ?? value["cacheWriteInputTokenCount"])?.int.map { max(0, $0) }
        let cached = sum(read ?? 0, written ?? 0)
        let own = max(0, input)
        let isInside = cached <= own && value["totalTokens"]?.int == sum(own, output)
        return Usage(
            input: isInside ? own : sum(own, cached), output: output, cacheRead: read, cacheWrite: written)
    }

    private static func sum(_ first: Int, _ second: Int) -> Int {
        let (sum, overflow) = first.addingReportingOverflow(second)
        return overflow ? Int.max : sum
    }
}
