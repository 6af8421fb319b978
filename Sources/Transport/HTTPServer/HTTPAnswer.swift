/// The answer to one request on its way into a connection's outbound buffer: its head, its framing, its end.
struct HTTPAnswer {
    enum State: Hashable {
        /// No status yet. Can move to `streaming`, `finished`.
        case none
        /// The head is written. Can move to `finished`.
        case streaming
        case finished
    }

    private(set) var state = State.none
    /// The status that the client was given.
    private(set) var status: Int?
    /// Bytes of the body so far, without framing; those that a `HEAD` leaves out count.
    private(set) var bodyBytes = 0
    private(set) var framing = HTTPResponseHead.Framing.none
    private let version: HTTPRequestHead.Version
    private let isToHead: Bool

    init(version: HTTPRequestHead.Version, isToHead: Bool) {
        self.version = version
        self.isToHead = isToHead
    }

    /// How a streamed answer of this status will end.
    func streamedFraming(status: Int) -> HTTPResponseHead.Framing {
        Self.forbidsBody(status) ? .none : version == .http11 ? .chunked : .untilClose
    }

    /// Writes the head of a streamed answer.
    mutating func start(
        status: Int, fields: some HTTPFieldSource, isLast: Bool, dateLine: [UInt8], into outbound: inout OutboundBuffer
    ) {
        begin(status, fields, streamedFraming(status: status), isLast, dateLine, &outbound)
        state = .streaming
    }

    /// Writes a whole answer.
    mutating func respond(
        status: Int, fields: some HTTPFieldSource, body: UnsafeRawBufferPointer, isLast: Bool, dateLine: [UInt8],
        into outbound: inout OutboundBuffer
    ) {
        let hasNoBody = Self.forbidsBody(status)
        begin(status, fields, hasNoBody ? .none : .length(body.count), isLast, dateLine, &outbound)
        if !hasNoBody {
            bodyBytes = body.count
            if !isToHead { outbound.append(body) }
        }
        state = .finished
    }

    /// Writes more of a streamed answer.
    mutating func write(_ bytes: UnsafeRawBufferPointer, into outbound: inout OutboundBuffer) {
        bodyBytes += bytes.count
        if isToHead { return }
        switch framing {
        case .chunked:
            outbound.append(hexadecimal: bytes.count)
            outbound.append("\r\n")
            outbound.append(bytes)
            outbound.append("\r\n")
        case .untilClose:
            outbound.append(bytes)
        case .length, .none:
            return
        }
    }

    /// Writes the end of a streamed answer.
    mutating func finish(into outbound: inout OutboundBuffer) {
        if framing == .chunked, !isToHead { outbound.append("0\r\n\r\n") }
        state = .finished
    }

    /// Leaves the answer without its end.
    mutating func cut() {
        state = .finished
    }

    private mutating func begin(
        _ status: Int, _ fields: some HTTPFieldSource, _ framing: HTTPResponseHead.Framing, _ isLast: Bool,
        _ dateLine: [UInt8], _ outbound: inout OutboundBuffer
    ) {
        self.status = status
        self.framing = framing
        let persistence: HTTPResponseHead.Persistence =
            isLast ? .close : version == .http10 ? .keepAliveStated : .keepAliveImplied
        let head = HTTPResponseHead(status: status, framing: framing, persistence: persistence)
        head.write(fields: fields, dateLine: dateLine, into: &outbound)
    }

    /// Statuses whose answers never have a body (RFC 9110, 6.4.1).
    private static func forbidsBody(_ status: Int) -> Bool {
        status == 204 || status == 304 || status < 200
    }
}
