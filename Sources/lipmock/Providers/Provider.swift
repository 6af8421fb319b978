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
    /// The body of the list of models that stands at a path; nil where none does.
    static func modelList(_ models: [String], at path: String) -> [UInt8]?
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
    /// Refuses a request without good credentials; any are good where `keys` is empty.
    static func checkCredentials(of request: ReceivedRequest, keys: [String]) throws(ErrorReply)
    /// What an error answer has in its head.
    static func headers(of error: ErrorReply) -> [(name: String, value: String)]
    /// An error inside of a stream, in the stream's framing.
    static func errorFrame(_ error: ErrorReply) -> [UInt8]
    /// The same two in protocols whose errors repeat something of the request.
    static func body(of error: ErrorReply, to request: Request) -> [UInt8]
    static func errorFrame(_ error: ErrorReply, to request: Request) -> [UInt8]
    /// A well-framed event with data that is none.
    static func garbageFrame(_ garbage: [UInt8]) -> [UInt8]
}

extension Provider {
    static func errorEvent(_ error: ErrorReply) -> [UInt8] { body(of: error) }

    static func modelList(_ models: [String], at path: String) -> [UInt8]? {
        path.hasSuffix("/models") ? modelList(models) : nil
    }

    static func checkCredentials(of request: ReceivedRequest, keys: [String]) throws(ErrorReply) {
        let key = try key(of: request)
        if !keys.isEmpty, !keys.contains(key) { throw unknownKey }
    }

    static func headers(of error: ErrorReply) -> [(name: String, value: String)] { [] }

    static func errorFrame(_ error: ErrorReply) -> [UInt8] {
        let name = errorEvent.map { "event: \($0)\n" } ?? ""
        return Array("\(name)data: ".utf8) + errorEvent(error) + Array("\n\n".utf8)
    }

    static func body(of error: ErrorReply, to request: Request) -> [UInt8] { body(of: error) }

    static func errorFrame(_ error: ErrorReply, to request: Request) -> [UInt8] { errorFrame(error) }

    static func garbageFrame(_ garbage: [UInt8]) -> [UInt8] { Array("data: ".utf8) + garbage + Array("\n\n".utf8) }
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
    /// Of the whole stream.
    var contentType: String { get }
    /// Whether `render` appends whole frames, which are no server-sent events.
    var framesItself: Bool { get }
}

extension FrameSource {
    var contentType: String { "text/event-stream; charset=utf-8" }
    var framesItself: Bool { false }
}
