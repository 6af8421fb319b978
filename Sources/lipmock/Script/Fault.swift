/// A way to misbehave, and where in the answer.
struct Fault {
    enum Kind: String, CaseIterable {
        // Before the head.
        case closeBeforeHead = "close_before_head"
        case resetBeforeHead = "reset_before_head"
        /// Nothing is ever answered; the connection stays open.
        case silent
        /// Bytes that are not HTTP, then a close.
        case garbageHead = "garbage_head"
        /// A status line and half a header field, then a close.
        case cutHead = "cut_head"

        // At `after` content chunks of a stream, or bytes of a plain body.
        case reset
        /// A close that leaves the body without its end.
        case close
        /// A close in the middle of a chunk.
        case cutChunk = "cut_chunk"
        /// Nothing more is sent; the connection stays open.
        case stall
        /// Bytes that break the chunked coding, then a close.
        case garbageChunk = "garbage_chunk"
        /// A well-framed event whose data is not JSON; the stream goes on.
        case garbageEvent = "garbage_event"
        /// The protocol's error as an event; nothing follows and the body ends well.
        case errorEvent = "error_event"
        /// The body ends well, without finish reason and terminator.
        case end
        /// Waits until the control API releases the gate, then goes on.
        case gate

        // Bodies that lie.
        case lengthTooLong = "length_too_long"
        case lengthTooShort = "length_too_short"

        var isBeforeHead: Bool {
            switch self {
            case .closeBeforeHead, .resetBeforeHead, .silent, .garbageHead, .cutHead: true
            default: false
            }
        }
    }

    var kind: Kind
    /// Content chunks (stream) or bytes (plain body) that go out before it; half the body where not said.
    var after: Int?
    /// The gate's name, for `gate`.
    var gate = ""
    /// What an `error_event` says.
    var error: ErrorReply?
}
