/// What a model behind Bedrock takes beyond Converse's own fields, as far as its id tells.
///
/// Ids look like `anthropic.claude-sonnet-4-5-20250929-v1:0`, `us.amazon.nova-2-lite-v1:0` or
/// `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama3-3-70b-instruct-v1:0`. The ARN of an
/// application's own inference profile tells nothing, and then nothing is assumed.
/// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html.
struct BedrockConverseModel: Equatable {
    /// Whose parameters a model has.
    enum Family: Equatable {
        case claude
        /// Amazon Nova, with its generation.
        case nova(Int)
        case gptOSS
        case mistral
        /// Families known to have neither prompt caching nor prescribed forms of output.
        case plain
        case unknown
    }

    let family: Family
    /// What is known of a Claude model.
    let claude: AnthropicModel

    init(_ id: String) {
        claude = AnthropicModel(id)
        family =
            if id.contains("claude") {
                .claude
            } else if id.contains("amazon.nova") {
                .nova(id.contains("nova-2") ? 2 : 1)
            } else if id.contains("openai.gpt-oss") {
                .gptOSS
            } else if id.contains("mistral.") {
                .mistral
            } else if ["meta.", "cohere.", "ai21.", "amazon.titan"].contains(where: { id.contains($0) }) {
                .plain
            } else {
                .unknown
            }
    }

    /// Whether `cachePoint` blocks are taken.
    var takesCachePoints: Bool {
        switch family {
        case .claude, .nova, .unknown: true
        case .gptOSS, .mistral, .plain: false
        }
    }

    /// Whether the failure of a tool can be told.
    var takesToolStatus: Bool { takesCachePoints }

    /// Whether the form of the answer's text, and of tool calls, may be prescribed.
    var takesSchemas: Bool {
        switch family {
        case .claude: claude.takesOutputFormat
        case .gptOSS, .mistral, .unknown: true
        case .nova, .plain: false
        }
    }
}
