import Dialects
import Transport

/// A protocol that lip serves, with what a request's address says about the form of its answer.
///
/// The closed set of client sides: what differs between the protocols before a `Call` and behind an `Event` stands here
/// and in their dialects, the life of a request knows none of it.
enum Frontend: Sendable, Equatable {
    case openAIChat
    case openAICompletions
    case openAIResponses
    case anthropicMessages
    case gemini(GeminiStreamForm)

    var dialect: DialectID {
        switch self {
        case .openAIChat: .openAIChat
        case .openAICompletions: .openAICompletions
        case .openAIResponses: .openAIResponses
        case .anthropicMessages: .anthropicMessages
        case .gemini: .gemini
        }
    }

    // MARK: Requests

    /// The call that a request's body, and where the protocol wants it its path, make; throws 400 for what it does not allow.
    func decode(
        _ body: [UInt8], of request: HTTPRequestHead, at endpoint: Endpoint, limits: CallLimits, jsonLimits: JSONLimits
    ) throws(Failure) -> Call {
        switch self {
        case .openAIChat:
            if endpoint == .embeddings {
                return try OpenAIEmbeddingsRequestDecoder.decode(body, limits: limits, jsonLimits: jsonLimits)
            }
            return try OpenAIChatRequestDecoder.decode(body, limits: limits, jsonLimits: jsonLimits)
        case .openAICompletions:
            return try OpenAICompletionsRequestDecoder.decode(body, limits: limits, jsonLimits: jsonLimits)
        case .openAIResponses:
            return try OpenAIResponsesRequestDecoder.decode(body, limits: limits, jsonLimits: jsonLimits)
        case .anthropicMessages:
            if endpoint == .messageTokens {
                return try AnthropicCountTokens.decode(body, limits: limits, jsonLimits: jsonLimits)
            }
            return try AnthropicRequestDecoder.decode(body, limits: limits, jsonLimits: jsonLimits)
        case .gemini:
            guard let path = GeminiPath(String(decoding: request.path, as: UTF8.self)) else {
                throw Failure(.notFound, "The path names no model and no method.", side: .client)
            }
            switch path.action {
            case .countTokens:
                return try GeminiCountTokens.decode(body, model: path.model, limits: limits, jsonLimits: jsonLimits)
            case .embedContent, .batchEmbedContents:
                return try GeminiEmbeddings.decode(
                    body, model: path.model, isBatch: path.action == .batchEmbedContents, limits: limits,
                    jsonLimits: jsonLimits)
            case .generateContent, .streamGenerateContent, .other:
                return try GeminiRequestDecoder.decode(
                    body, model: path.model, stream: path.action == .streamGenerateContent, limits: limits,
                    jsonLimits: jsonLimits)
            }
        }
    }

    // MARK: Answers

    /// A writer of the call's streamed answer.
    func makeEncoder(for call: Call, fallback: ResponseInfo) -> any AnswerEncoder {
        switch self {
        case .openAIChat: OpenAIChatStreamEncoder(includeUsage: call.includeUsage, fallback: fallback)
        case .openAICompletions: OpenAICompletionsStreamEncoder(includeUsage: call.includeUsage, fallback: fallback)
        case .openAIResponses:
            OpenAIResponsesStreamEncoder(
                includeUsage: call.includeUsage, fallback: fallback, echo: OpenAIResponsesEcho(call))
        case .anthropicMessages: AnthropicStreamEncoder(includeUsage: call.includeUsage, fallback: fallback)
        case .gemini(let form):
            GeminiStreamEncoder(includeUsage: call.includeUsage, fallback: fallback, form: form)
        }
    }

    /// The body of the call's whole answer.
    func body(of answer: Answer, to call: Call, fallback: ResponseInfo) -> [UInt8] {
        switch self {
        case .openAIChat: OpenAIChatAnswerWriter.body(answer, fallback: fallback)
        case .openAICompletions: OpenAICompletionsAnswerWriter.body(answer, fallback: fallback)
        case .openAIResponses:
            OpenAIResponsesAnswerWriter.body(answer, fallback: fallback, echo: OpenAIResponsesEcho(call))
        case .anthropicMessages: AnthropicAnswerWriter.body(answer, fallback: fallback)
        case .gemini: GeminiAnswerWriter.body(answer, fallback: fallback)
        }
    }

    /// The status and body by which the protocol tells of a failure.
    func render(_ failure: Failure) -> (status: Int, body: [UInt8]) {
        switch self {
        case .openAIChat: OpenAIChatErrors.render(failure)
        case .openAICompletions: OpenAICompletionsErrors.render(failure)
        case .openAIResponses: OpenAIResponsesErrors.render(failure)
        case .anthropicMessages: AnthropicErrors.render(failure)
        case .gemini: GeminiErrors.render(failure)
        }
    }

    /// Names the request in an answer's head: in lip's field, and in the one that the protocol's own SDK reads.
    func name(_ requestID: String, in headers: inout HTTPHeaders) {
        headers.append("x-request-id", requestID)
        // Source: Anthropic API reference, "Request id".
        if self == .anthropicMessages { headers.append("request-id", requestID) }
    }

    /// The event by which a stream that has begun tells of a failure before it had any output.
    func errorEvent(_ failure: Failure) -> [UInt8] {
        var output: [UInt8] = []
        func fail(_ encoder: some AnswerEncoder) {
            var encoder = encoder
            encoder.fail(failure, into: &output)
        }
        let fallback = ResponseInfo()
        switch self {
        case .openAIChat: fail(OpenAIChatStreamEncoder(includeUsage: false, fallback: fallback))
        case .openAICompletions: fail(OpenAICompletionsStreamEncoder(includeUsage: false, fallback: fallback))
        case .openAIResponses: fail(OpenAIResponsesStreamEncoder(includeUsage: false, fallback: fallback))
        case .anthropicMessages: fail(AnthropicStreamEncoder(includeUsage: false, fallback: fallback))
        case .gemini(let form): fail(GeminiStreamEncoder(includeUsage: false, fallback: fallback, form: form))
        }
        return output
    }

    /// What tells a client of a stream that its answer is still being waited for, in a form that its SDK accepts.
    var keepAlive: [UInt8] {
        switch self {
        case .openAIChat: Self.chatKeepAlive
        case .openAICompletions: Self.completionsKeepAlive
        case .openAIResponses: Self.responsesKeepAlive
        case .anthropicMessages: Self.messagesKeepAlive
        case .gemini: Self.geminiKeepAlive
        }
    }

    private static let chatKeepAlive = bytes { OpenAIChatStreamEncoder.keepAlive(into: &$0) }
    private static let completionsKeepAlive = bytes { OpenAICompletionsStreamEncoder.keepAlive(into: &$0) }
    private static let responsesKeepAlive = bytes { OpenAIResponsesStreamEncoder.keepAlive(into: &$0) }
    private static let messagesKeepAlive = bytes { AnthropicStreamEncoder.keepAlive(into: &$0) }
    private static let geminiKeepAlive = bytes { GeminiStreamEncoder.keepAlive(into: &$0) }

    private static func bytes(_ write: (inout [UInt8]) -> Void) -> [UInt8] {
        var output: [UInt8] = []
        write(&output)
        return output
    }

    /// The content type of a streamed answer.
    var streamContentType: String {
        switch self {
        case .openAIChat, .openAICompletions, .openAIResponses, .anthropicMessages: "text/event-stream; charset=utf-8"
        case .gemini(let form): form.contentType
        }
    }

    /// The id of an answer that its provider gave none, made of the request's.
    func answerID(_ requestID: String) -> String {
        switch self {
        case .openAIChat: "chatcmpl-\(requestID)"
        case .openAICompletions: "cmpl-\(requestID)"
        case .openAIResponses: "resp_\(requestID)"
        case .anthropicMessages: "msg_\(requestID)"
        case .gemini: requestID
        }
    }
}
