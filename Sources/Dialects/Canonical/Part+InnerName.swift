extension Part {
    /// The member in which OpenAI Chat wraps what the part holds, below which its inner extras stood; empty where there is
    /// none.
    var innerName: String {
        switch content {
        case .image: "image_url"
        case .file: "file"
        case .audio: "input_audio"
        case .toolCall(let call): call.kind == .custom ? "custom" : "function"
        case .text, .refusal, .reasoning, .toolResult, .opaque: ""
        }
    }
}
