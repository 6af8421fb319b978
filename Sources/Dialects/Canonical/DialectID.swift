/// The wire protocols that a client or a provider can speak.
package enum DialectID: String, Sendable, CaseIterable, Hashable {
    /// OpenAI Chat Completions.
    case openAIChat = "openai-chat"
    /// OpenAI's legacy completions of a prompt.
    case openAICompletions = "openai-completions"
    /// OpenAI Responses.
    case openAIResponses = "openai-responses"
    /// Anthropic Messages.
    case anthropicMessages = "anthropic-messages"
    /// Gemini generateContent and streamGenerateContent.
    case gemini = "gemini"
    /// Amazon Bedrock's Converse and ConverseStream, which providers speak and clients do not.
    case bedrockConverse = "bedrock-converse"
    /// The Agent Client Protocol, which agents speak and clients do not.
    case acp = "acp"
}
