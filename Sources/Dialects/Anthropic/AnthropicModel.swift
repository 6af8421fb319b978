/// What a Claude model takes, as far as its name tells.
///
/// Names look like `claude-3-7-sonnet-20250219`, `claude-opus-4-5`, `anthropic/claude-sonnet-4.6` or
/// `anthropic.claude-opus-4-7-v1:0`. Of a name without a version nothing is known, and nothing is assumed.
/// Source: https://docs.anthropic.com/en/docs/about-claude/models and the pages on extended and adaptive thinking.
struct AnthropicModel: Equatable {
    /// Major and minor version as one number: 405 for 4.5; nil where the name tells none.
    let version: Int?

    init(_ name: String) {
        guard let start = name.firstRange(of: "claude") else {
            version = nil
            return
        }
        var numbers: [Int] = []
        for word in name[start.upperBound...].split(whereSeparator: { "-.@:/_".contains($0) }) {
            if let number = Int(word), number < 100 {
                numbers.append(number)
            } else if !numbers.isEmpty {
                // A date, or what follows the version.
                break
            }
            if numbers.count == 2 { break }
        }
        version = numbers.first.map { $0 * 100 + (numbers.count > 1 ? numbers[1] : 0) }
    }

    /// Whether the model can think at all.
    var thinks: Bool { version.map { $0 >= 307 } ?? true }
    /// Whether the model decides itself how long to think, guided by an effort.
    var thinksAdaptively: Bool { version.map { $0 >= 406 } ?? false }
    /// Whether temperature and top_p may be given together.
    var takesBothSamplings: Bool { version.map { $0 < 401 } ?? true }
    /// Whether temperature, top_p and top_k are taken at all.
    var takesSampling: Bool { version.map { $0 < 407 } ?? true }
    /// Whether the form of the answer's text may be prescribed.
    var takesOutputFormat: Bool { version.map { $0 >= 405 } ?? true }
}
