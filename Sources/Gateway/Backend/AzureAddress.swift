import Dialects
import Transport

/// Where calls go at an Azure OpenAI resource.
///
/// A dated version has the deployment in the path and itself in the query; the version `v1` has neither, and the deployment
/// as the model. Source: Azure OpenAI REST API reference; "API version lifecycle".
enum AzureAddress {
    /// The version without dates.
    static let currentVersion = "v1"

    /// The address of a conversation.
    static func address(_ configuration: BackendConfiguration, model: String, of codec: ProviderCodec) -> String {
        address(configuration, model: model, operation: operation(of: codec))
    }

    /// The address of an operation, such as `embeddings`.
    static func address(_ configuration: BackendConfiguration, model: String, operation: String) -> String {
        let base = configuration.baseURL + "/openai"
        let version = configuration.apiVersion
        if version == currentVersion { return "\(base)/v1/\(operation)" }
        let query = "?api-version=\(PercentEncoding.segment(version))"
        // Responses name their deployment in the body.
        if operation == responses { return "\(base)/\(operation)\(query)" }
        return "\(base)/deployments/\(PercentEncoding.segment(model))/\(operation)\(query)"
    }

    private static let responses = "responses"

    private static func operation(of codec: ProviderCodec) -> String {
        switch codec {
        case .openAIResponses: responses
        case .openAICompletions: "completions"
        case .openAIChat, .anthropicMessages, .gemini, .bedrockConverse, .acp: "chat/completions"
        }
    }
}
