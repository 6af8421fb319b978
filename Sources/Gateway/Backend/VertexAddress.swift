import Dialects
import Transport

/// Where calls go at Vertex AI: each publisher has actions of its own for its models.
///
/// Sources: Vertex AI REST reference, `projects.locations.publishers.models`; Anthropic, "Claude on Vertex AI".
enum VertexAddress {
    static func address(
        _ configuration: BackendConfiguration, model: String, stream: Bool, of codec: ProviderCodec
    ) -> String {
        let (publisher, action): (String, String) =
            switch codec {
            case .anthropicMessages: ("anthropic", stream ? "streamRawPredict" : "rawPredict")
            default: ("google", stream ? "streamGenerateContent?alt=sse" : "generateContent")
            }
        return address(configuration, model: model, of: publisher, action: action)
    }

    /// The address of an action of a publisher's model.
    static func address(
        _ configuration: BackendConfiguration, model: String, of publisher: String, action: String
    ) -> String {
        let place = configuration.google
        let project = PercentEncoding.segment(place?.project ?? "")
        let location = PercentEncoding.segment(place?.location ?? "")
        return "\(configuration.baseURL)/v1/projects/\(project)/locations/\(location)"
            + "/publishers/\(publisher)/models/\(PercentEncoding.segment(model)):\(action)"
    }
}
