extension HTTPConnectionMachine {
    /// What its owner has to do, after which state and buffers are already consistent.
    struct Actions: OptionSet {
        let rawValue: UInt8

        /// A request's head is whole: take it with `takeRequest` and run the handler.
        static let startHandler = Actions(rawValue: 1)
        /// Something that the handler may be waiting for has changed: the body, or room for more output.
        static let wakeHandler = Actions(rawValue: 2)
        /// The client is gone: cancel the handler's task.
        static let cancelHandler = Actions(rawValue: 4)
        /// Say that nothing more will be sent, and go on reading.
        static let shutdownWriting = Actions(rawValue: 8)
        /// Close the descriptor; nothing more will happen.
        static let close = Actions(rawValue: 16)
        /// Close it so that the client sees an error instead of an end.
        static let reset = Actions(rawValue: 32)
    }

    enum Phase: Hashable {
        /// Between requests, nothing of the next one received. Can move to `head`, `closed`.
        case idle
        /// A part of a head has come. Can move to `serving`, `flushing` (refused), `closed`.
        case head
        /// A handler has the request. Can move to `idle`, `flushing`, `closed`.
        case serving
        /// The last answer is written and still to be sent. Can move to `lingering`, `closed`.
        case flushing
        /// The last answer is sent; what the client still uploads is dropped. Can move to `closed`.
        case lingering
        case closed
    }

    enum Body: Hashable {
        /// Bytes are still to come. Can move to `complete`, `failed`.
        case receiving
        case complete
        /// It will not be read any further. The answer to this request is the last.
        case failed(HTTPBodyError)
    }

    /// Whether the connection was cut since the client took nothing of its answer.
    var hasStalled: Bool { stall.hasStalled }
}
