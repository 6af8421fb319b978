import Transport

/// The members of `generationConfig` that have a canonical name or are checked
/// (https://ai.google.dev/api/generate-content#generationconfig).
enum GeminiOption: Int, CaseIterable {
    case temperature, topP, topK, maxOutputTokens, stopSequences, candidateCount, seed, presencePenalty
    case frequencyPenalty, responseMimeType, responseSchema, responseJsonSchema, responseLogprobs, logprobs
    case responseModalities, thinkingConfig

    /// The member that a key names in either spelling, or nil for one that is only kept.
    init?(_ key: JSONCursor) {
        for option in Self.allCases where key.names(option.camelCase, option.snakeCase) {
            self = option
            return
        }
        return nil
    }

    /// The name as Google's documents write it.
    var camelCase: StaticString {
        switch self {
        case .temperature: "temperature"
        case .topP: "topP"
        case .topK: "topK"
        case .maxOutputTokens: "maxOutputTokens"
        case .stopSequences: "stopSequences"
        case .candidateCount: "candidateCount"
        case .seed: "seed"
        case .presencePenalty: "presencePenalty"
        case .frequencyPenalty: "frequencyPenalty"
        case .responseMimeType: "responseMimeType"
        case .responseSchema: "responseSchema"
        case .responseJsonSchema: "responseJsonSchema"
        case .responseLogprobs: "responseLogprobs"
        case .logprobs: "logprobs"
        case .responseModalities: "responseModalities"
        case .thinkingConfig: "thinkingConfig"
        }
    }

    private var snakeCase: StaticString {
        switch self {
        case .temperature, .seed, .logprobs: camelCase
        case .topP: "top_p"
        case .topK: "top_k"
        case .maxOutputTokens: "max_output_tokens"
        case .stopSequences: "stop_sequences"
        case .candidateCount: "candidate_count"
        case .presencePenalty: "presence_penalty"
        case .frequencyPenalty: "frequency_penalty"
        case .responseMimeType: "response_mime_type"
        case .responseSchema: "response_schema"
        case .responseJsonSchema: "response_json_schema"
        case .responseLogprobs: "response_logprobs"
        case .responseModalities: "response_modalities"
        case .thinkingConfig: "thinking_config"
        }
    }
}
