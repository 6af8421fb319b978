import Transport

extension CallBody {
    /// Reads what a client says of reasoning in words of its own dialect alone, for a provider of another one.
    ///
    /// Anthropic's `thinking` of the type `adaptive` leaves the budget to the model, `disabled` is a budget of 0; OpenRouter's
    /// `reasoning` holds an effort or a budget, or only that there is to be some. What stands beside them stays an extra.
    /// Source: https://docs.anthropic.com/en/docs/build-with-claude/adaptive-thinking; OpenRouter documentation,
    /// "Reasoning tokens".
    mutating func readReasoning(of source: DialectID) {
        switch source {
        case .anthropicMessages: readExtra("thinking") { $0.readThinking($1) }
        case .openAIChat: readExtra("reasoning") { $0.readReasoningObject($1) }
        case .openAICompletions, .openAIResponses, .gemini, .bedrockConverse, .acp: break
        }
    }

    /// Takes an extra that is an object apart; `read` returns the names that it has understood, nil to leave it whole.
    private mutating func readExtra(_ name: String, _ read: (inout CallBody, JSONValue) -> [String]?) {
        guard let place = extras.firstIndex(where: { $0.isOwn(name) }),
            let document = try? JSONDocument(parsing: extras[place].value.bytes), document.root.isObject
        else { return }
        guard let known = read(&self, document.root) else { return }
        extras.remove(at: place)
        for member in document.root.members {
            guard let inner = member.key.string, !known.contains(inner) else { continue }
            extras.append(RawMember(name, name: inner, value: RawJSON(bytes: Array(member.value.raw))))
        }
    }

    private mutating func readThinking(_ thinking: JSONValue) -> [String]? {
        switch thinking["type"]?.string {
        case "adaptive":
            // With an effort that says it all.
            if options.reasoningEffort == nil { options.reasoningBudgetTokens = -1 }
        case "disabled":
            options.reasoningBudgetTokens = 0
            if options.reasoningEffort != nil {
                options.reasoningEffort = nil
                extras.append(RawMember(name: spelling[.reasoningEffort], value: RawJSON("null")))
            }
        // What stood beside a budget, which was understood before.
        case nil: return []
        default: return nil
        }
        spelling[.reasoningBudgetTokens] = "thinking"
        return ["type"]
    }

    private mutating func readReasoningObject(_ reasoning: JSONValue) -> [String]? {
        var known: [String] = []
        if options.reasoningEffort == nil, let effort = reasoning["effort"]?.string {
            options.reasoningEffort = effort
            spelling[.reasoningEffort] = "reasoning.effort"
            known.append("effort")
        }
        if let budget = reasoning["max_tokens"]?.int {
            options.reasoningBudgetTokens = budget
            spelling[.reasoningBudgetTokens] = "reasoning.max_tokens"
            known.append("max_tokens")
        }
        if let isWanted = reasoning["enabled"]?.bool {
            if options.reasoningEffort == nil, options.reasoningBudgetTokens == nil {
                options.reasoningBudgetTokens = isWanted ? -1 : 0
                spelling[.reasoningBudgetTokens] = "reasoning.enabled"
            }
            known.append("enabled")
        }
        return known
    }
}
