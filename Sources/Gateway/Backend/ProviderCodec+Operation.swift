import Dialects
import Routing
import Transport

/// What a backend's protocol has besides conversations: vectors, and counts of tokens.
extension ProviderCodec {
    /// The answer to a call that is no conversation, in the client's protocol.
    struct OperationAnswer {
        var body: [UInt8]
        /// Nil where the call consumes nothing.
        var usage: Usage?
    }

    /// How the provider's embeddings differ from OpenAI's; nil where its protocol is another one, or has none.
    private var embeddingsFlavor: OpenAIEmbeddingsFlavor? {
        switch self {
        case .openAIChat(let flavor): flavor.embeddings
        case .openAIResponses(let flavor): flavor.isCodex ? nil : .openAI
        case .openAICompletions: .openAI
        case .anthropicMessages, .gemini, .bedrockConverse, .acp: nil
        }
    }

    /// Whether the protocol has embeddings.
    var hasEmbeddings: Bool {
        if case .gemini = self { return true }
        return embeddingsFlavor != nil
    }

    /// Whether the protocol counts the tokens of calls of this dialect: no other dialect's calls, since what is counted
    /// is what the client's own protocol says.
    func countsTokens(of dialect: DialectID) -> Bool {
        switch self {
        case .anthropicMessages, .gemini: dialect == self.dialect
        case .openAIChat, .openAICompletions, .openAIResponses, .bedrockConverse, .acp: false
        }
    }

    /// Why a call cannot be said at Vertex AI, which has vectors and Anthropic's counts in forms of its own.
    func vertexRefusal(of call: Call) -> Failure? {
        switch call.operation {
        case .generate: return nil
        case .embed: return Self.embedsNothing
        case .countTokens: return dialect == .gemini ? nil : Self.countsNothing
        }
    }

    /// Why a call cannot be said in the protocol, whatever the model; nil where it can.
    func refusal(of call: Call) -> Failure? {
        switch call.operation {
        case .generate: return call.refusal(by: dialect) ?? (isCodex ? OpenAIResponsesCodex.refusal(of: call) : nil)
        case .countTokens: return countsTokens(of: call.dialect) ? nil : Self.countsNothing
        case .embed(let options):
            guard hasEmbeddings else { return Self.embedsNothing }
            if let path = options.tokenIDs, embeddingsFlavor?.takesTokenIDs != true {
                return .malformed(
                    path, "Invalid '\(path)': the backend that serves this request takes text only, not token ids.",
                    code: "unsupported_value")
            }
            guard dialect != .gemini || call.dialect != .gemini else { return nil }
            if let path = options.media {
                return .malformed(
                    path, "Invalid '\(path)': the backend that serves this request makes vectors of text only.",
                    code: "unsupported_value")
            }
            if let path = options.differing, dialect != .gemini {
                return .malformed(
                    path,
                    "Invalid '\(path)': the backend that serves this request takes one size of vectors for all inputs.",
                    code: "unsupported_value")
            }
            return nil
        }
    }

    static let embedsNothing = Failure(
        .invalidRequest, "No backend of this route speaks a protocol that has embeddings.", side: .client,
        code: "unsupported_operation")
    private static let countsNothing = Failure(
        .invalidRequest, "No backend of this route counts tokens for this protocol.", side: .client,
        code: "unsupported_operation")

    /// The request for vectors or a count as the provider gets it.
    func encode(operation call: Call, as model: String) throws(Failure) -> EncodedRequest {
        switch (self, call.operation) {
        case (.anthropicMessages(let flavor), .countTokens):
            return try AnthropicCountTokens.encode(call, as: model, flavor: flavor)
        case (.gemini(let flavor), .countTokens): return try GeminiCountTokens.encode(call, as: model, flavor: flavor)
        case (.gemini, .embed(let options)): return try GeminiEmbeddings.encode(call, options, as: model)
        case (_, .embed(let options)):
            guard let flavor = embeddingsFlavor else { throw Self.embedsNothing }
            return try OpenAIEmbeddingsRequestEncoder.encode(call, options, as: model, flavor: flavor)
        case (_, .countTokens), (_, .generate): throw Self.countsNothing
        }
    }

    /// The address of what a call asks for.
    func address(_ configuration: BackendConfiguration, model: String, stream: Bool, for call: Call) -> String {
        switch (self, call.operation) {
        case (_, .generate): address(configuration, model: model, stream: stream)
        case (_, .embed) where configuration.kind.addressing == .azure:
            AzureAddress.address(configuration, model: model, operation: "embeddings")
        case (.gemini, .countTokens) where configuration.kind.addressing == .vertex:
            VertexAddress.address(configuration, model: model, of: "google", action: "countTokens")
        case (.gemini, .embed(let options)):
            geminiBase(configuration)
                + GeminiPath.target(model: model, method: GeminiEmbeddings.method(for: call, options))
        case (.gemini, .countTokens): geminiBase(configuration) + GeminiPath.target(model: model, method: "countTokens")
        case (_, .embed): configuration.baseURL + "/embeddings"
        case (_, .countTokens): address(configuration, model: model, stream: false) + "/count_tokens"
        }
    }

    /// The answer to a call for vectors or a count: as it came where the client speaks the provider's protocol, else
    /// in the client's; throws where it is none.
    func answer(
        to call: Call, body: [UInt8], as model: String, limits: JSONLimits
    ) throws(Failure) -> OperationAnswer {
        switch call.operation {
        case .generate: preconditionFailure("a conversation's answer is read as events")
        case .countTokens:
            let count =
                if case .gemini = self { GeminiCountTokens.totalTokens(body) } else {
                    AnthropicCountTokens.inputTokens(body)
                }
            guard count != nil else {
                throw Failure(.invalidResponse, "the provider's answer holds no count of tokens")
            }
            return OperationAnswer(body: body)
        case .embed(let options): return try vectors(body, for: call, options, as: model, limits)
        }
    }

    private func vectors(
        _ body: [UInt8], for call: Call, _ options: EmbeddingOptions, as model: String, _ limits: JSONLimits
    ) throws(Failure) -> OperationAnswer {
        let isGemini = dialect == .gemini
        if !isGemini, call.dialect == .openAIChat {
            // What the client sent went out as it was, and comes back so.
            return OperationAnswer(body: body, usage: try OpenAIEmbeddingsAnswer.usage(ofCarried: body, limits: limits))
        }
        var answer =
            isGemini
            ? try GeminiEmbeddings.read(body, limits: limits) : try OpenAIEmbeddingsAnswer.read(body, limits: limits)
        if isGemini, call.dialect == .gemini { return OperationAnswer(body: body, usage: answer.usage) }
        let inputs = call.body()
        guard answer.vectors.count == inputs.messages.count else {
            throw Failure(
                .invalidResponse,
                "the provider answered \(inputs.messages.count) inputs with \(answer.vectors.count) vectors")
        }
        if answer.usage == nil, call.dialect == .openAIChat {
            // Its protocol's answers always have it.
            answer.usage = Usage(input: TokenEstimate(inputs).tokens, isEstimated: true)
        }
        let written =
            call.dialect == .gemini
            ? try GeminiEmbeddings.body(answer, isBatch: options.isBatch)
            : try OpenAIEmbeddingsAnswer.body(answer, as: options.encoding, model: model)
        return OperationAnswer(body: written, usage: answer.usage)
    }
}
