/// What an effort is worth in tokens, for dialects of which one says this and the other that.
///
/// | effort | tokens |
/// |---|---|
/// | `none` | 0 |
/// | `minimal` | 1,024 |
/// | `low` | 2,048 |
/// | `medium` | 8,192 |
/// | `high` | 24,576 |
/// | `xhigh`, `max` | 32,768 |
///
/// A budget becomes the lowest of `low`, `medium` and `high` that is worth as much, and `high` above it; the other words are
/// not known everywhere. A negative budget leaves it to the model, which is `medium`. Google's own translation
/// (https://ai.google.dev/gemini-api/docs/openai#thinking) has the same budgets but for `low`; see ``GeminiModelTraits``.
enum ReasoningScale {
    /// The efforts above none, ascending.
    static let steps: [(effort: String, budget: Int)] = [
        ("minimal", 1024), ("low", 2048), ("medium", 8192), ("high", 24_576), ("xhigh", 32_768), ("max", 32_768),
    ]

    /// What an effort is worth; nil for a word that is not known.
    static func budget(ofEffort effort: String) -> Int? {
        effort == "none" ? 0 : steps.first { $0.effort == effort }?.budget
    }

    /// The effort that stands for a budget.
    static func effort(ofBudget budget: Int) -> String {
        switch budget {
        case ..<0: "medium"
        case 0: "none"
        case ...2048: "low"
        case ...8192: "medium"
        default: "high"
        }
    }
}
