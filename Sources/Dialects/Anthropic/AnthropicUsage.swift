import Transport

/// Reads and writes the `usage` object of Messages answers.
///
/// Its `input_tokens` leave out what the prompt cache read and wrote; the canonical input is the sum of the three.
/// Source: https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching.
struct AnthropicUsage {
    private var input = 0
    private var output = 0
    private var cacheRead: Int?
    private var cacheWrite: Int?
    private var reasoning: Int?

    /// The usage as stated so far.
    var usage: Usage {
        Usage(
            input: sum(input, cacheRead ?? 0, cacheWrite ?? 0), output: output, cacheRead: cacheRead,
            cacheWrite: cacheWrite, reasoning: reasoning.map { min($0, output) })
    }

    /// Takes in a usage object; false if it counts nothing.
    ///
    /// A stream states some counts at its start and all of them, grown, at its end; servers that repeat a count as zero do
    /// not take it back.
    mutating func read(_ value: JSONCursor) -> Bool {
        guard value.isObject else { return false }
        var found = false
        func grow(_ count: inout Int?, _ stated: Int?) {
            guard let stated else { return }
            count = max(count ?? 0, stated)
        }
        for member in value.members {
            let key = member.key
            guard !member.value.isNull else { continue }
            switch key.range.count - 2 {
            case 12:
                if key.equals("input_tokens"), let count = member.value.int {
                    input = max(input, count)
                    found = true
                }
            case 13:
                if key.equals("output_tokens"), let count = member.value.int {
                    output = max(output, count)
                    found = true
                }
            case 21:
                if key.equals("output_tokens_details") { grow(&reasoning, member.value["thinking_tokens"]?.int) }
            case 23:
                if key.equals("cache_read_input_tokens") { grow(&cacheRead, member.value.int) }
            case 27:
                if key.equals("cache_creation_input_tokens") { grow(&cacheWrite, member.value.int) }
            default: break
            }
        }
        return found
    }

    private func sum(_ counts: Int...) -> Int {
        counts.reduce(0) { total, count in
            let (sum, overflow) = total.addingReportingOverflow(max(0, count))
            return overflow ? Int.max : sum
        }
    }

    /// The service tiers that this dialect names.
    private static let tiers: Set<String> = ["standard", "priority", "batch"]

    /// Writes the object; what nobody counted is null where clients look for it.
    static func write(_ usage: Usage?, tier: String? = nil, to json: inout JSONWriter) {
        json.beginObject()
        json.key("input_tokens")
        json.int(usage?.uncachedInput ?? 0)
        write("cache_creation_input_tokens", usage?.cacheWrite, &json)
        write("cache_read_input_tokens", usage?.cacheRead, &json)
        json.key("output_tokens")
        json.int(usage?.output ?? 0)
        if let reasoning = usage?.reasoning {
            json.key("output_tokens_details")
            json.beginObject()
            json.key("thinking_tokens")
            json.int(reasoning)
            json.endObject()
        }
        if let tier, tiers.contains(tier) {
            json.key("service_tier")
            json.string(tier)
        }
        json.endObject()
    }

    private static func write(_ name: StaticString, _ count: Int?, _ json: inout JSONWriter) {
        json.key(name)
        if let count {
            json.int(count)
        } else {
            json.null()
        }
    }
}
