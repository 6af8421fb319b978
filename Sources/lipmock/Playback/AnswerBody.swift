/// A body that a provider has rendered, before framing, pacing and faults.
enum AnswerBody {
    case whole([UInt8], contentType: String)
    /// Server-sent events, rendered as they go out.
    case stream(any FrameSource)
    /// Stream bytes as the script has them.
    case verbatim([[UInt8]])

    var contentType: String {
        switch self {
        case .whole(_, let type): type
        case .stream(let source): source.contentType
        case .verbatim: "text/event-stream; charset=utf-8"
        }
    }
}
