/// Decides how a wish for reasoning from elsewhere becomes this dialect's `thinking`.
///
/// | effort | budget in tokens | effort of adaptive models |
/// |---|---|---|
/// | `none` | no thinking | no thinking |
/// | `minimal` | 1,024 | `low` |
/// | `low` | 2,048 | `low` |
/// | `medium` | 8,192 | `medium` |
/// | `high` | 24,576 | `high` |
/// | `xhigh` | 32,768 | `xhigh` |
/// | `max` | 32,768 | `max` |
///
/// A budget stays below three quarters of the client's output limit, so that the answer has room; where the client states
/// none, the budget is added to the default. Below 1,024 tokens there is no thinking. A budget for an adaptive model becomes
/// the lowest effort whose budget is not smaller.
/// Source: https://docs.anthropic.com/en/docs/build-with-claude/extended-thinking.
struct AnthropicThinking: Equatable {
    /// What is written.
    enum Form: Equatable {
        /// Nothing: the provider's default.
        case unsaid
        case disabled
        case budget(Int)
        case adaptive(effort: String?)
    }

    /// The least budget that the provider takes, in tokens.
    static let budgetMin = 1024

    /// What ``ReasoningScale`` says, with the words of adaptive models.
    private static let scale = ReasoningScale.steps.map { step in
        (effort: step.effort, budget: step.budget, adaptive: step.effort == "minimal" ? "low" : step.effort)
    }

    var form = Form.unsaid
    /// The output limit that goes with it.
    var maxTokens: Int
    /// Whether the wish could not be followed.
    var isDropped = false

    /// What stands in the way of thinking on a budget, found in the rest of the call.
    struct Obstacles: OptionSet {
        let rawValue: UInt8
        /// The choice of tools forces a call.
        static let forcedTool = Obstacles(rawValue: 1)
        /// The last turn of the assistant goes on, and does not begin with sealed thinking.
        static let openTurn = Obstacles(rawValue: 2)
    }

    /// Decides; `effort` is weighed before `budget`, a limit of nil is the client's silence.
    init(
        effort: String?, budget: Int?, limit: Int?, model: AnthropicModel, flavor: AnthropicFlavor, obstacles: Obstacles
    ) {
        maxTokens = limit ?? flavor.defaultMaxTokens
        guard effort != nil || budget != nil else { return }
        let isAdaptive =
            switch flavor.thinking {
            case .byModel: model.thinksAdaptively
            case .adaptive: true
            case .budget, .none: false
            }
        if effort == "none" || (effort == nil && budget == 0) {
            form = isAdaptive ? .disabled : .unsaid
            return
        }
        let canThink = flavor.thinking != .none && (flavor.thinking != .byModel || model.thinks)
        guard canThink, !obstacles.contains(.forcedTool), let wish = Self.wish(effort, budget) else {
            isDropped = true
            return
        }
        if isAdaptive {
            form = .adaptive(effort: wish.adaptive)
            return
        }
        if obstacles.contains(.openTurn) {
            isDropped = true
            return
        }
        if let limit {
            guard limit > Self.budgetMin else {
                isDropped = true
                return
            }
            form = .budget(min(wish.budget, max(Self.budgetMin, limit / 4 * 3)))
        } else {
            form = .budget(wish.budget)
            maxTokens = wish.budget + flavor.defaultMaxTokens
        }
    }

    /// The budget and effort that a wish means; a negative budget leaves it to the model.
    private static func wish(_ effort: String?, _ budget: Int?) -> (budget: Int, adaptive: String?)? {
        if let effort { return scale.first { $0.effort == effort }.map { ($0.budget, $0.adaptive) } }
        guard let budget else { return nil }
        if budget < 0 { return (8192, nil) }
        let step = scale.first { budget <= $0.budget } ?? scale[scale.count - 1]
        return (max(budgetMin, min(budget, Int(Int32.max) / 2)), step.adaptive)
    }

    /// Whether thinking goes on, which restricts sampling.
    var isOn: Bool {
        switch form {
        case .budget, .adaptive: true
        case .unsaid, .disabled: false
        }
    }
}
