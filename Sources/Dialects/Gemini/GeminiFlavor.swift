/// How a server that speaks Gemini's protocol differs from Google's Gemini API.
package struct GeminiFlavor: Sendable, Equatable {
    /// Whether calls and results may carry ids; Vertex AI has refused them as an unknown member.
    package var takesCallIDs: Bool
    /// Whether calls of another dialect's history get Google's stand-in for a thought signature where the model wants
    /// one (https://ai.google.dev/gemini-api/docs/thought-signatures, question about other models' histories).
    package var signsForeignCalls: Bool

    package init(takesCallIDs: Bool = true, signsForeignCalls: Bool = true) {
        self.takesCallIDs = takesCallIDs
        self.signsForeignCalls = signsForeignCalls
    }

    /// The Gemini API at generativelanguage.googleapis.com.
    package static let gemini = GeminiFlavor()
    /// Vertex AI.
    package static let vertex = GeminiFlavor(takesCallIDs: false)
}

/// What a model's name tells about the requests that it takes.
struct GeminiModelTraits {
    /// The generation, such as 3 for `gemini-3-pro-preview`; nil for names that are not Gemini's.
    ///
    /// Aliases without a number, such as `gemini-flash-latest`, lead to the newest models.
    let generation: Int?
    /// Whether the name says that this is one of the fast models, which can all but switch thinking off.
    let isFlash: Bool
    /// Whether the name says that this is one of the smallest models.
    let isLite: Bool

    init(_ model: String) {
        let name = model.split(separator: "/").last.map(String.init) ?? model
        isFlash = name.contains("flash")
        isLite = name.contains("flash-lite")
        let number = name.hasPrefix("gemini-") ? name.dropFirst(7).prefix { $0.isNumber } : nil
        generation = number.map { $0.isEmpty ? 3 : Int($0) ?? 3 }
    }

    /// Whether thinking is bounded in tokens (`thinkingBudget`, up to Gemini 2.5) rather than named by a level
    /// (`thinkingLevel`, https://ai.google.dev/gemini-api/docs/thinking).
    var thinksInBudgets: Bool { generation.map { $0 < 3 } ?? false }

    /// Whether thinking is named by a level; a budget is taken still, but not meant for these models.
    var thinksInLevels: Bool { generation.map { $0 >= 3 } ?? false }

    /// A budget that the model takes: Pro cannot but think, the fast models end at 24,576 tokens
    /// (https://ai.google.dev/gemini-api/docs/thinking#set-budget).
    func clamped(budget: Int) -> Int {
        if budget < 0 { return -1 }
        if !isFlash { return min(max(budget, 128), 32_768) }
        return budget > 0 && isLite ? min(max(budget, 512), 24_576) : min(budget, 24_576)
    }

    /// Whether the result of a function may hold images and documents beside its text
    /// (https://ai.google.dev/gemini-api/docs/function-calling, "Multimodal function responses").
    var takesMediaInResults: Bool { thinksInLevels }

    /// The types of media that such a result may hold.
    static let resultMediaTypes: Set<String> = [
        "image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain",
    ]

    /// Whether a function call of the current turn must carry a thought signature.
    var wantsSignatures: Bool { generation.map { $0 >= 3 } ?? false }

    /// The budget that Google's own translation of OpenAI's efforts uses
    /// (https://ai.google.dev/gemini-api/docs/openai#thinking); nil for a word it does not know.
    func budget(ofEffort effort: String) -> Int? {
        switch effort {
        case "none": 0
        case "minimal", "low": 1024
        case "medium": 8192
        case "high", "xhigh", "max": 24576
        default: nil
        }
    }

    /// The level nearest to an effort; nil for a word that is not known.
    func level(ofEffort effort: String) -> StaticString? {
        switch effort {
        case "none", "minimal": isFlash ? "MINIMAL" : "LOW"
        case "low": "LOW"
        case "medium": "MEDIUM"
        case "high", "xhigh", "max": "HIGH"
        default: nil
        }
    }
}
