/// How one provider's chat completions differ from OpenAI's own.
package struct OpenAIChatFlavor: Sendable, Hashable {
    /// The name of the output limit where the client did not choose one itself.
    package enum OutputLimitMember: String, Sendable {
        case maxCompletionTokens = "max_completion_tokens"
        case maxTokens = "max_tokens"
    }

    /// How a call of another dialect asks for reasoning.
    package enum Reasoning: Sendable {
        /// `reasoning_effort`; a budget has no place.
        case effort
        /// `reasoning: {effort}` or `reasoning: {max_tokens}` (OpenRouter documentation, "Reasoning tokens").
        case object
    }

    /// Where a message holds the reasoning that led to it.
    package enum ReasoningMember: String, Sendable {
        /// DeepSeek, Moonshot and Z.ai, which want it back with the calls of tools that it led to.
        case reasoningContent = "reasoning_content"
        /// OpenRouter.
        case reasoning
    }

    /// Where images and files of a tool's result go that comes from another dialect.
    package enum ResultMediaPlace: Sendable {
        /// Into a message of the user's behind the results, each introduced by the call that it belongs to: OpenAI takes
        /// only text in a result (OpenAI API reference, "Tool message").
        case userMessage
        /// Into the result itself (Mistral API reference, "Tool message"); images only.
        case result
    }

    /// The name of the seed.
    package enum SeedMember: String, Sendable {
        case seed
        case randomSeed = "random_seed"
    }

    /// The word for «one of the tools must be called».
    package enum RequiredChoice: String, Sendable {
        case required
        case any
    }

    /// What the ids of tool calls may look like.
    package enum CallIDForm: Sendable {
        case anything
        /// Nine letters and digits.
        case nineAlphanumerics
    }

    /// The name of the output limit in requests that come from another dialect, or from a route parameter.
    package var outputLimitMember: OutputLimitMember
    /// Whether the other name of the output limit is understood as well.
    package var takesBothOutputLimits = true
    /// Whether `stream_options` is understood; if so, usage is always asked for in streams.
    package var takesStreamOptions: Bool
    /// Whether prompt-cache markers of other dialects are understood (OpenRouter).
    package var takesCacheMarkers: Bool
    /// Whether `top_k` of other dialects is understood (vLLM, OpenRouter and others; not OpenAI).
    package var takesTopK: Bool
    package var reasoning: Reasoning
    /// How the provider's embeddings differ from OpenAI's.
    package var embeddings = OpenAIEmbeddingsFlavor.openAI
    package var seedMember = SeedMember.seed
    package var requiredChoice = RequiredChoice.required
    package var callIDs = CallIDForm.anything
    /// The member of a message in which another dialect's unsealed reasoning goes back; nil where nobody reads it, or it
    /// is refused.
    package var reasoningMember: ReasoningMember?
    package var resultMedia = ResultMediaPlace.userMessage
    /// Options that are refused, and are therefore left out and named.
    package var lacks: Set<CallField> = []
    /// Whether messages may have what OpenAI's have beside the plainest form: the role `developer`, names of speakers,
    /// `reasoning_content`.
    package var takesRichMessages = true

    package init(
        outputLimitMember: OutputLimitMember = .maxTokens, takesStreamOptions: Bool = true,
        takesCacheMarkers: Bool = false, takesTopK: Bool = false, reasoning: Reasoning = .effort
    ) {
        self.outputLimitMember = outputLimitMember
        self.takesStreamOptions = takesStreamOptions
        self.takesCacheMarkers = takesCacheMarkers
        self.takesTopK = takesTopK
        self.reasoning = reasoning
    }

    /// OpenAI itself.
    package static let openAI = OpenAIChatFlavor(outputLimitMember: .maxCompletionTokens)
    /// Servers that follow OpenAI's older interface.
    package static let compatible = OpenAIChatFlavor()
    /// Servers that run models themselves, which sample by `top_k` as well.
    package static let modelServer = OpenAIChatFlavor(takesTopK: true)
    /// OpenRouter, which passes on what the models behind it know.
    package static let openRouter: OpenAIChatFlavor = {
        var flavor = OpenAIChatFlavor(takesCacheMarkers: true, takesTopK: true, reasoning: .object)
        flavor.reasoningMember = .reasoning
        return flavor
    }()
    /// Servers of OpenAI's older interface whose models go on from their own reasoning
    /// (https://api-docs.deepseek.com/guides/thinking_mode, "Tool calls"; Moonshot's and Z.ai's guides to thinking models).
    package static let rethinking: OpenAIChatFlavor = {
        var flavor = OpenAIChatFlavor()
        flavor.reasoningMember = .reasoningContent
        return flavor
    }()
    /// Mistral, which refuses members that it does not know (Mistral API reference, "Chat Completion").
    package static let mistral: OpenAIChatFlavor = {
        var flavor = OpenAIChatFlavor(takesStreamOptions: false)
        flavor.takesBothOutputLimits = false
        flavor.seedMember = .randomSeed
        flavor.requiredChoice = .any
        flavor.callIDs = .nineAlphanumerics
        flavor.lacks = [
            .logitBias, .logprobs, .topLogprobs, .user, .store, .serviceTier, .verbosity, .safetyIdentifier,
            .promptCacheKey, .modalities, .audio, .webSearch,
        ]
        flavor.takesRichMessages = false
        flavor.resultMedia = .result
        flavor.embeddings = .mistral
        return flavor
    }()
}

extension OpenAIChatFlavor {
    /// Whether a client's own request of this dialect would be refused as it is, and must be written anew.
    func refuses(_ call: Call) -> Bool {
        // Nothing that most providers would mind: their clients' bytes need no look.
        guard !lacks.isEmpty || !takesRichMessages || callIDs != .anything || seedMember != .seed else { return false }
        var body = call.body()
        if lacks.contains(where: { body.options.take($0) }) { return true }
        if seedMember != .seed, body.options.seed != nil { return true }
        if !takesBothOutputLimits, body.options.maxOutputTokens != nil,
            body.spelling[.maxOutputTokens] != outputLimitMember.rawValue
        {
            return true
        }
        if requiredChoice != .required, body.toolChoice == .required { return true }
        return body.messages.contains { refuses($0) }
    }

    private func refuses(_ message: Message) -> Bool {
        if !takesRichMessages, message.role == .developer || message.name != nil && message.role != .tool {
            return true
        }
        return message.parts.contains { part in
            switch part.content {
            case .toolCall(let call): callIDs == .nineAlphanumerics && !OpenAIChatCallIDs.fits(call.id)
            case .toolResult(let result): callIDs == .nineAlphanumerics && !OpenAIChatCallIDs.fits(result.callID)
            case .reasoning: !takesRichMessages
            case .text, .image, .audio, .file, .refusal, .opaque: false
            }
        }
    }
}
