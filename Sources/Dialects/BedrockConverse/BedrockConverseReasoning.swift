import Transport

/// Decides how a wish for reasoning becomes the parameters of the model behind Converse.
///
/// Claude has its own API's `thinking` (see ``AnthropicThinking``); Nova 2 has `reasoningConfig` with an effort, gpt-oss
/// `reasoning_effort`. The others reason always or never, and cannot be told.
/// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html;
/// https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-converse-api.html.
struct BedrockConverseReasoning {
    /// What is written.
    enum Form: Equatable {
        case unsaid
        case claude(AnthropicThinking.Form)
        /// nil switches it off.
        case nova(effort: String?)
        case gptOSS(effort: String)
    }

    private(set) var form = Form.unsaid
    /// The limit of output tokens that goes with it, where it is not the client's.
    private(set) var maxTokens: Int?
    /// Whether the wish could not be followed.
    private(set) var isDropped = false

    /// Whether the model thinks for it, which restricts Claude's sampling.
    var isOn: Bool {
        switch form {
        case .claude(.budget), .claude(.adaptive), .nova(.some): true
        case .unsaid, .claude, .nova(nil), .gptOSS: false
        }
    }

    /// Nova's highest effort takes neither sampling parameters nor a limit.
    var takesNoSampling: Bool { form == .nova(effort: "high") }

    init(_ body: CallBody, _ tools: [Tool], model: BedrockConverseModel) {
        let options = body.options
        guard options.reasoningEffort != nil || options.reasoningBudgetTokens != nil else { return }
        let isOff = options.reasoningEffort.map { $0 == "none" } ?? (options.reasoningBudgetTokens == 0)
        switch model.family {
        case .claude: planClaude(body, tools, model.claude)
        case .nova(let generation) where generation >= 2:
            if isOff {
                form = .nova(effort: nil)
            } else {
                let effort = Self.effort(options)
                form = .nova(effort: effort == "high" && options.maxOutputTokens != nil ? "medium" : effort)
            }
        case .gptOSS where !isOff: form = .gptOSS(effort: Self.effort(options))
        case .nova, .gptOSS, .mistral, .plain, .unknown: isDropped = !isOff
        }
    }

    private mutating func planClaude(_ body: CallBody, _ tools: [Tool], _ model: AnthropicModel) {
        var obstacles: AnthropicThinking.Obstacles = []
        switch body.toolChoice {
        case .required, .tool, .allowed(_, required: true): if !tools.isEmpty { obstacles.insert(.forcedTool) }
        case .auto, .none?, .allowed, nil: break
        }
        if Self.hasOpenTurn(body.messages) { obstacles.insert(.openTurn) }
        let thinking = AnthropicThinking(
            effort: body.options.reasoningEffort, budget: body.options.reasoningBudgetTokens,
            limit: body.options.maxOutputTokens, model: model, flavor: .anthropic, obstacles: obstacles)
        isDropped = thinking.isDropped
        guard !thinking.isDropped, thinking.form != .unsaid else { return }
        form = .claude(thinking.form)
        if case .budget = thinking.form { maxTokens = thinking.maxTokens }
    }

    /// Whether the assistant's last turn waits for tool results, or for its own continuation, without sealed reasoning at
    /// its beginning: such a turn cannot go on with a budget for thinking.
    private static func hasOpenTurn(_ messages: [Message]) -> Bool {
        guard let last = messages.lastIndex(where: { $0.role == .assistant }) else { return false }
        let isWaiting = messages[(last + 1)...].allSatisfy { message in
            message.parts.allSatisfy { part in
                if case .toolResult = part.content { return true }
                return false
            }
        }
        guard isWaiting else { return false }
        guard case .reasoning(let reasoning)? = messages[last].parts.first?.content else { return true }
        return reasoning.issuer != .bedrockConverse
    }

    /// One of `low`, `medium` and `high`, for an effort or a budget that is above none.
    private static func effort(_ options: CallOptions) -> String {
        switch options.reasoningEffort {
        case "minimal", "low": return "low"
        case "medium": return "medium"
        case .some: return "high"
        case nil: break
        }
        return ReasoningScale.effort(ofBudget: options.reasoningBudgetTokens ?? 1)
    }

    /// Writes the members into the model's own fields.
    func write(to json: inout JSONWriter) {
        switch form {
        case .unsaid, .claude(.unsaid): return
        case .claude(.disabled):
            json.key("thinking")
            json.beginObject()
            json.word("type", "disabled")
            json.endObject()
        case .claude(.budget(let budget)):
            json.key("thinking")
            json.beginObject()
            json.word("type", "enabled")
            json.put("budget_tokens", budget)
            json.endObject()
        case .claude(.adaptive(let effort)):
            json.key("thinking")
            json.beginObject()
            json.word("type", "adaptive")
            json.endObject()
            guard let effort else { return }
            json.key("output_config")
            json.beginObject()
            json.put("effort", effort)
            json.endObject()
        case .nova(let effort):
            json.key("reasoningConfig")
            json.beginObject()
            json.word("type", effort == nil ? "disabled" : "enabled")
            json.put("maxReasoningEffort", effort)
            json.endObject()
        case .gptOSS(let effort): json.put("reasoning_effort", effort)
        }
    }
}
