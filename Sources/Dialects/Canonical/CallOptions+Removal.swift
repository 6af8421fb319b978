extension CallOptions {
    /// Takes an option out and returns whether it was set; fields that are no options never are.
    mutating func take(_ field: CallField) -> Bool {
        switch field {
        case .temperature: Self.take(&temperature)
        case .topP: Self.take(&topP)
        case .topK: Self.take(&topK)
        case .maxOutputTokens: Self.take(&maxOutputTokens)
        case .stop: Self.take(&stop)
        case .choiceCount: Self.take(&choiceCount)
        case .seed: Self.take(&seed)
        case .presencePenalty: Self.take(&presencePenalty)
        case .frequencyPenalty: Self.take(&frequencyPenalty)
        case .logitBias: Self.take(&logitBias)
        case .logprobs: Self.take(&logprobs)
        case .topLogprobs: Self.take(&topLogprobs)
        case .reasoningEffort: Self.take(&reasoningEffort)
        case .reasoningBudgetTokens: Self.take(&reasoningBudgetTokens)
        case .parallelToolCalls: Self.take(&parallelToolCalls)
        case .responseFormat: Self.take(&responseFormat)
        case .modalities: Self.take(&modalities)
        case .audio: Self.take(&audio)
        case .prediction: Self.take(&prediction)
        case .webSearch: Self.take(&webSearch)
        case .verbosity: Self.take(&verbosity)
        case .serviceTier: Self.take(&serviceTier)
        case .store: Self.take(&store)
        case .metadata: Self.take(&metadata)
        case .user: Self.take(&user)
        case .safetyIdentifier: Self.take(&safetyIdentifier)
        case .promptCacheKey: Self.take(&promptCacheKey)
        case .toolChoice, .tools, .instructions: false
        }
    }

    private static func take<Value>(_ value: inout Value?) -> Bool {
        defer { value = nil }
        return value != nil
    }

    private static func take(_ list: inout [String]) -> Bool {
        defer { list = [] }
        return !list.isEmpty
    }
}
