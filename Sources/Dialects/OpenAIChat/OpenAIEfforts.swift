/// The efforts of reasoning that a model takes in OpenAI's protocols, as far as its name tells.
///
/// | models | efforts |
/// |---|---|
/// | `o1`, `o3`, `o4` and their kin, `gpt-oss` | `low`, `medium`, `high` |
/// | `gpt-5`, `gpt-5-mini`, `gpt-5-nano` | `minimal` to `high` |
/// | `gpt-5-codex` | `low` to `high` |
/// | `gpt-5-pro` | `high` |
/// | `gpt-5.1` | `none`, `low` to `high` |
/// | `gpt-5.2` and later | `none`, `low` to `xhigh` |
/// | `gemini-2.5` and later, at Google's own endpoint | `minimal` to `high` |
/// | `grok-3-mini` | `low`, `high` |
/// | `deepseek-v4` and later | `high`, `max` |
///
/// Others refuse the member, or ignore it, and nobody knows which.
/// Source: OpenAI API reference, `reasoning_effort`; https://ai.google.dev/gemini-api/docs/openai#thinking;
/// https://docs.x.ai/docs/guides/reasoning; https://api-docs.deepseek.com/guides/thinking_mode.
struct OpenAIEfforts {
    /// The words, ascending.
    let words: [String]

    /// Nil for models whose names tell nothing, unless it is said of them that they reason.
    init?(model: String, isReasoner: Bool) {
        let path = model.lowercased().split(separator: "/").last.map(String.init) ?? ""
        let name = path.hasPrefix("ft:") ? String(path.dropFirst(3)) : path
        guard let words = Self.words(of: name) ?? (isReasoner ? Self.plain : nil) else { return nil }
        self.words = words
    }

    private static let plain = ["low", "medium", "high"]

    private static func words(of name: String) -> [String]? {
        if name.hasPrefix("gpt-oss") { return plain }
        if name.hasPrefix("gpt-"), let version = version(name.dropFirst(4)), version.major >= 5 {
            return name.contains("-chat") ? nil : words(ofGPT: version, name)
        }
        if name.first == "o", let version = version(name.dropFirst()), version.minor == 0 {
            let isFirst = name.hasPrefix("o1-mini") || name.hasPrefix("o1-preview")
            return isFirst ? nil : plain
        }
        if name.hasPrefix("gemini-"), let version = version(name.dropFirst(7)) {
            return (version.major, version.minor) >= (2, 5) ? ["minimal"] + plain : nil
        }
        if name.hasPrefix("grok-3-mini") { return ["low", "high"] }
        if name.hasPrefix("deepseek-v"), let version = version(name.dropFirst(10)), version.major >= 4 {
            return ["high", "max"]
        }
        return nil
    }

    private static func words(ofGPT version: (major: Int, minor: Int), _ name: String) -> [String] {
        if version == (5, 0) {
            return name.hasPrefix("gpt-5-pro") ? ["high"] : name.contains("codex") ? plain : ["minimal"] + plain
        }
        if version == (5, 1) { return name.contains("codex") ? plain : ["none"] + plain }
        return (name.contains("codex") || name.contains("-pro") ? plain : ["none"] + plain) + ["xhigh"]
    }

    /// The number that a text begins with, such as 5.1; nil where it begins with none, or goes on with a word.
    private static func version(_ text: Substring) -> (major: Int, minor: Int)? {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let rest = text.dropFirst(number.count).first
        guard rest == nil || rest == "-" || rest == ":" || rest == "@" else { return nil }
        let parts = number.split(separator: ".").map { Int($0) }
        guard let first = parts.first, let major = first else { return nil }
        return (major, parts.count > 1 ? parts[1] ?? 0 : 0)
    }

    /// The lowest word that is worth as much as a wish, else the highest; nil where reasoning cannot be left out.
    func nearest(to wish: String) -> String? {
        if wish == "none" { return ["none", "minimal"].first { words.contains($0) } }
        let order = ReasoningScale.steps.map(\.effort)
        guard let rank = order.firstIndex(of: wish) else { return wish }
        let able = words.filter { $0 != "none" }
        return able.first { order.firstIndex(of: $0) ?? 0 >= rank } ?? able.last
    }

    /// What is written for a wish of another dialect's client.
    enum Choice: Equatable {
        case unsaid
        case word(String)
        /// The wish cannot be followed.
        case dropped

        /// The word that is written, if any.
        var word: String? {
            if case .word(let word) = self { return word }
            return nil
        }

        /// Whether a client's effort is lost.
        func drops(_ effort: String?) -> Bool { effort != nil && self == .dropped }

        /// Whether a client's budget is lost: where an effort stands beside it, that one is followed.
        func drops(_ budget: Int?, beside effort: String?) -> Bool {
            budget != nil && (effort != nil || self == .dropped)
        }
    }

    /// Chooses for a model; an effort is weighed before a budget, and goes out as it is to a model that is not known.
    static func choose(effort: String?, budget: Int?, model: String, isReasoner: Bool) -> Choice {
        let efforts = OpenAIEfforts(model: model, isReasoner: isReasoner)
        if let effort {
            guard let efforts else { return .word(effort) }
            return efforts.nearest(to: effort).map { .word($0) } ?? .dropped
        }
        guard let budget else { return .unsaid }
        guard let efforts else { return budget == 0 ? .unsaid : .dropped }
        return efforts.nearest(to: ReasoningScale.effort(ofBudget: budget)).map { .word($0) } ?? .dropped
    }
}
