/// How one request is answered: what is said, how it is framed and paced, and what goes wrong.
struct Behaviour {
    enum Framing: String { case chunked, length, close }
    enum LineEnding: String {
        case lf, crlf, cr

        var bytes: [UInt8] {
            switch self {
            case .lf: [0x0A]
            case .crlf: [0x0D, 0x0A]
            case .cr: [0x0D]
            }
        }
    }

    struct Trickle {
        var bytes: Int
        var every: Duration
    }

    /// What the body consists of.
    enum Body {
        /// The reply, rendered by the provider of the request's path.
        case reply(Reply)
        /// An error, rendered in the provider's envelope.
        case error(ErrorReply)
        /// Bytes as they are.
        case raw([UInt8])
        /// Stream frames as they are, each paced as one content chunk.
        case frames([[UInt8]])
    }

    var body = Body.reply(Reply())
    /// 200 or the error's, unless said.
    var status: Int?
    /// Added to the head; a field that the head has already is replaced.
    var headers: [(name: String, value: String)] = []
    /// Before the first byte.
    var delay = Duration.zero
    /// A gate of the control API to be opened before the first byte.
    var gate: String?
    /// Between the head and the first event of a stream.
    var firstEventDelay = Duration.zero
    /// After each content chunk of a stream.
    var gap = Duration.zero
    /// SSE comments before the first event.
    var comments: [String] = []
    var framing: Framing?
    var lineEnding = LineEnding.lf
    var trickle: Trickle?
    var compresses = false
    var keepsAlive = true
    /// Whether the answer goes out before the request's body has been read.
    var answersBeforeBody = false
    var fault: Fault?
}
