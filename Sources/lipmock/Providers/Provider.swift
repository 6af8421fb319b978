/// One wire protocol: what it refuses, and how it renders a reply.
///
/// Pacing, framing and faults are not its business: `Playback` does them for every protocol alike.
protocol Provider {
    associatedtype Request: ProviderRequest

    /// Whether a request is for this protocol, by its path and header fields.
    static func serves(_ request: ReceivedRequest) -> Bool
    /// The key of a request, which comes in each protocol's own field.
    static func key(of request: ReceivedRequest) throws(ErrorReply) -> String
    /// The refusal of a key that is not among the known ones.
    static var unknownKey: ErrorReply { get }
    /// The name of the event in which an error comes inside a stream; nil where it has none.
    static var errorEvent: String? { get }
    /// The body of the list of models.
    static func modelList(_ models: [String]) -> [UInt8]
    /// Reads a request as strictly as the real provider does.
    static func decode(_ request: ReceivedRequest) throws(ErrorReply) -> Request
    /// The body of an answer that is not streamed.
    static func body(of reply: Reply, to request: Request, id: Int) -> [UInt8]
    /// The frames of a streamed answer.
    static func frames(of reply: Reply, to request: Request, id: Int) -> any FrameSource
    /// The body of an error answer.
    static func body(of error: ErrorReply) -> [UInt8]
    /// The data of an error inside a stream.
    static func errorEvent(_ error: ErrorReply) -> [UInt8]
}

extension Provider {
    static func errorEvent(_ error: ErrorReply) -> [UInt8] { body(of: error) }
}

/// What scripts need to know of any protocol's request.
protocol ProviderRequest {
    var model: String { get }
    var stream: Bool { get }
}

/// What a stream frame is to the pacing and the faults.
enum FrameKind {
    /// Goes out with the head.
    case opening
    /// Model output: paced, and counted by faults.
    case content
    /// After the output.
    case closing
    /// The protocol's end mark.
    case terminator
}

/// Renders the frames of one stream by number, so that none is made before it is sent.
protocol FrameSource {
    var count: Int { get }
    func kind(at index: Int) -> FrameKind
    /// Appends the frame's data, without SSE framing; returns the event's name if it has one.
    func render(_ index: Int, into data: inout [UInt8]) -> String?
}
