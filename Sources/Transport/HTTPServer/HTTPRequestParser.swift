import CHTTPParser

/// Turns bytes into requests; the one file that knows http_parser, so that llhttp can take its place.
///
/// The library splits the head into fields and decides where the body ends. It sees bytes only after `HTTPHeadScanner`
/// and `HTTPChunkGuard` have passed them, and never a byte beyond the message it is in: how many bytes a message has left
/// is known before they are handed over. A value without I/O; one a connection.
struct HTTPRequestParser {
    /// A head that may be served.
    struct Head {
        var method: HTTPMethod
        var line: HTTPRequestRules.RequestLine
        var headers: HTTPHeaders
        var keepsAlive: Bool
        var expectsContinue: Bool
        /// The announced length of the body, nil when it is chunked.
        var contentLength: UInt64?
        /// Whether a body follows.
        var hasBody: Bool
    }

    private enum Framing {
        /// A body of known length with so many bytes to come.
        case length(UInt64)
        case chunked(HTTPChunkGuard)
    }

    private let limits: HTTPServerLimits
    private var library = http_parser()
    private var scanner = HTTPHeadScanner()
    private var head: [UInt8] = []
    private var leading = Leading.none
    private var framing = Framing.length(0)

    /// One empty line before a request is skipped, as clients of old send it after a body (RFC 9112, 2.2).
    private enum Leading {
        case none, carriageReturn, skipped
    }

    init(limits: HTTPServerLimits) {
        self.limits = limits
        _ = headSizeIsOurs
    }

    /// Bytes held of a head that is not whole yet.
    var heldBytes: Int { head.count }

    // MARK: Head

    /// Takes bytes of a head and returns it once it is whole.
    ///
    /// `consumed` says how many of the bytes belong to it.
    mutating func parseHead(
        _ bytes: UnsafeRawBufferPointer, consumed: inout Int
    ) throws(HTTPRefusal) -> Head? {
        consumed = try skipEmptyLine(bytes)
        // Nothing behind the bound is looked at, so that a refusal does not depend on how the bytes came.
        let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...].prefix(limits.requestHeadBytesMax - head.count))
        guard let count = try scanner.scan(rest) else {
            guard consumed + rest.count == bytes.count else { throw tooLarge }
            consumed = bytes.count
            head.append(contentsOf: rest)
            return nil
        }
        consumed += count
        var whole: [UInt8] = []
        swap(&whole, &head)
        whole.append(contentsOf: rest[..<count])
        scanner = HTTPHeadScanner()
        leading = .none
        return try parse(whole)
    }

    private mutating func skipEmptyLine(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Int {
        var position = 0
        if leading == .none, head.isEmpty, let first = bytes.first {
            leading = first == UInt8(ascii: "\r") ? .carriageReturn : .skipped
            if leading == .skipped { return 0 }
            position = 1
        }
        if leading == .carriageReturn, position < bytes.count {
            guard bytes[position] == UInt8(ascii: "\n") else { throw .malformed("a CR that no LF follows") }
            leading = .skipped
            position += 1
        }
        return position
    }

    private var tooLarge: HTTPRefusal {
        scanner.hasRequestLine
            ? HTTPRefusal(status: 431, reason: "the request's header fields are too large")
            : HTTPRefusal(status: 414, reason: "the request line is too long")
    }

    private mutating func parse(_ bytes: [UInt8]) throws(HTTPRefusal) -> Head {
        let result = bytes.withUnsafeBytes { raw in
            Result { () throws(HTTPRefusal) -> (HTTPRequestRules.RequestLine, HTTPRequestRules.Framing, Gathered) in
                let line = try HTTPRequestRules.requestLine(of: raw)
                let gathered = try gatherFields(raw)
                guard gathered.fields.count <= limits.requestFieldCountMax else {
                    throw HTTPRefusal(status: 431, reason: "too many header fields")
                }
                let framing = try HTTPRequestRules.framing(
                    of: raw, fields: gathered.fields, version: line.version)
                return (line, framing, gathered)
            }
        }
        let (line, declared, gathered) = try result.get()
        let length = declared.contentLength ?? 0
        // The rules and the library have read the same fields; were they ever to differ, nothing is served.
        guard gathered.isComplete == (!declared.isChunked && length == 0),
            declared.isChunked || length == 0 || library.content_length == length
        else { throw .malformed("a body whose length is not clear") }
        framing = declared.isChunked ? .chunked(HTTPChunkGuard()) : .length(length)
        return Head(
            method: Self.method(library.method), line: line,
            headers: HTTPHeaders(storage: bytes, fields: gathered.fields),
            keepsAlive: http_should_keep_alive(&library) != 0,
            expectsContinue: declared.expectsContinue && !gathered.isComplete,
            contentLength: declared.isChunked ? nil : length, hasBody: !gathered.isComplete)
    }

    private mutating func gatherFields(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Gathered {
        var gathered = Gathered(base: bytes.baseAddress)
        gathered.fields.reserveCapacity(16)
        http_parser_init(&library, HTTP_REQUEST)
        let count = withUnsafeMutablePointer(to: &gathered) { context in
            library.data = UnsafeMutableRawPointer(context)
            defer { library.data = nil }
            return http_parser_execute(
                &library, &headSettings, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        let error = http_errno(library.http_errno)
        guard error == HPE_OK, count == bytes.count, gathered.headEnded else {
            switch error {
            case HPE_INVALID_METHOD: throw HTTPRefusal(status: 501, reason: "a method that is not known")
            case HPE_INVALID_TRANSFER_ENCODING:
                throw HTTPRefusal(status: 501, reason: "a transfer coding other than chunked")
            case HPE_HEADER_OVERFLOW: throw HTTPRefusal(status: 431, reason: "the header fields are too large")
            default: throw .malformed("a malformed request head")
            }
        }
        return gathered
    }

    private static func method(_ method: UInt32) -> HTTPMethod {
        switch http_method(method) {
        case HTTP_GET: .get
        case HTTP_HEAD: .head
        case HTTP_POST: .post
        case HTTP_PUT: .put
        case HTTP_DELETE: .delete
        case HTTP_OPTIONS: .options
        case HTTP_PATCH: .patch
        case HTTP_TRACE: .trace
        default: .other
        }
    }

    // MARK: Body

    /// Takes bytes of the body, appends what they carry and returns whether the body has ended.
    ///
    /// `consumed` says how many of the bytes belong to it. It stops early once the body is longer than `limit`.
    mutating func parseBody(
        _ bytes: UnsafeRawBufferPointer, into body: inout [UInt8], upTo limit: Int, consumed: inout Int
    ) throws(HTTPRefusal) -> Bool {
        consumed = 0
        while consumed < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[consumed...])
            let count = try nextPiece(rest)
            var gathered = BodyGathered(bytes: [])
            swap(&gathered.bytes, &body)
            let isWhole = execute(UnsafeRawBufferPointer(rebasing: rest[..<count]), into: &gathered)
            swap(&gathered.bytes, &body)
            consumed += count
            guard isWhole else { throw .malformed("a malformed chunked body") }
            if let size = gathered.chunkSize, case .chunked(var chunks) = framing {
                chunks.chunkBegan(size: size)
                framing = .chunked(chunks)
            }
            if body.count > limit { return false }
            if try hasEnded(gathered) { return true }
        }
        return false
    }

    /// How many of the bytes the library may be given at once.
    private mutating func nextPiece(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> Int {
        switch framing {
        case .length(let remaining):
            let count = min(remaining, UInt64(bytes.count))
            framing = .length(remaining - count)
            return Int(count)
        case .chunked(var chunks):
            let count = try chunks.accept(bytes, limits: limits)
            framing = .chunked(chunks)
            return count
        }
    }

    private func hasEnded(_ gathered: BodyGathered) throws(HTTPRefusal) -> Bool {
        let expected =
            switch framing {
            case .length(let remaining): remaining == 0
            case .chunked(let chunks): chunks.isDone
            }
        guard expected == gathered.isComplete else { throw .malformed("a body whose end is not clear") }
        return expected
    }

    private mutating func execute(_ bytes: UnsafeRawBufferPointer, into gathered: inout BodyGathered) -> Bool {
        let count = withUnsafeMutablePointer(to: &gathered) { context in
            library.data = UnsafeMutableRawPointer(context)
            defer { library.data = nil }
            return http_parser_execute(
                &library, &bodySettings, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return http_errno(library.http_errno) == HPE_OK && count == bytes.count
    }
}

// MARK: - Callbacks

/// What the library reported of a head; lives on the stack for one call.
private struct Gathered {
    let base: UnsafeRawPointer?
    var fields: [HTTPHeaders.Field] = []
    var name: Range<Int>?
    var headEnded = false
    var isComplete = false

    func range(_ start: UnsafePointer<CChar>, _ count: Int) -> Range<Int> {
        let offset = base.map { UnsafeRawPointer(start) - $0 } ?? 0
        return offset..<offset + count
    }
}

/// What the library reported of a piece of a body; lives on the stack for one call.
private struct BodyGathered {
    var bytes: [UInt8]
    var chunkSize: UInt64?
    var isComplete = false
}

// Safety of the two below: written once, before any parser runs, and only read by the library.
private nonisolated(unsafe) var headSettings: http_parser_settings = {
    var settings = http_parser_settings()
    http_parser_settings_init(&settings)
    settings.on_header_field = headFieldBegan
    settings.on_header_value = headValueEnded
    settings.on_headers_complete = headEnded
    settings.on_message_complete = headCompletedMessage
    return settings
}()

private nonisolated(unsafe) var bodySettings: http_parser_settings = {
    var settings = http_parser_settings()
    http_parser_settings_init(&settings)
    settings.on_body = bodyArrived
    settings.on_chunk_header = chunkBegan
    settings.on_message_complete = bodyCompletedMessage
    return settings
}()

/// The library's own bound on a head is a global; ours is `requestHeadBytesMax`, so its bound is moved out of the way.
private let headSizeIsOurs: Void = http_parser_set_max_header_size(0x7FFF_FFFF)

private func gathered(_ parser: UnsafeMutablePointer<http_parser>?) -> UnsafeMutablePointer<Gathered>? {
    parser?.pointee.data?.assumingMemoryBound(to: Gathered.self)
}

private func bodyGathered(_ parser: UnsafeMutablePointer<http_parser>?) -> UnsafeMutablePointer<BodyGathered>? {
    parser?.pointee.data?.assumingMemoryBound(to: BodyGathered.self)
}

private func headFieldBegan(
    _ parser: UnsafeMutablePointer<http_parser>?, _ bytes: UnsafePointer<CChar>?, _ count: Int
) -> CInt {
    // The head comes in one call, so a name comes in one piece; anything else is not understood.
    guard let gathered = gathered(parser), let bytes, gathered.pointee.name == nil else { return 1 }
    gathered.pointee.name = gathered.pointee.range(bytes, count)
    return 0
}

private func headValueEnded(
    _ parser: UnsafeMutablePointer<http_parser>?, _ bytes: UnsafePointer<CChar>?, _ count: Int
) -> CInt {
    guard let gathered = gathered(parser), let bytes, let name = gathered.pointee.name else { return 1 }
    var count = count
    while count > 0, bytes[count - 1] == CChar(ascii: " ") || bytes[count - 1] == CChar(ascii: "\t") { count -= 1 }
    gathered.pointee.fields.append(HTTPHeaders.Field(name: name, value: gathered.pointee.range(bytes, count)))
    gathered.pointee.name = nil
    return 0
}

private func headEnded(_ parser: UnsafeMutablePointer<http_parser>?) -> CInt {
    gathered(parser)?.pointee.headEnded = true
    return 0
}

private func headCompletedMessage(_ parser: UnsafeMutablePointer<http_parser>?) -> CInt {
    gathered(parser)?.pointee.isComplete = true
    return 0
}

private func bodyArrived(
    _ parser: UnsafeMutablePointer<http_parser>?, _ bytes: UnsafePointer<CChar>?, _ count: Int
) -> CInt {
    bodyGathered(parser)?.pointee.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}

private func chunkBegan(_ parser: UnsafeMutablePointer<http_parser>?) -> CInt {
    bodyGathered(parser)?.pointee.chunkSize = parser?.pointee.content_length
    return 0
}

private func bodyCompletedMessage(_ parser: UnsafeMutablePointer<http_parser>?) -> CInt {
    bodyGathered(parser)?.pointee.isComplete = true
    return 0
}

extension CChar {
    fileprivate init(ascii character: Unicode.Scalar) {
        self = CChar(UInt8(ascii: character))
    }
}
