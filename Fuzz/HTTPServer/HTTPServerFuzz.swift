import FuzzSupport
import Runtime

@testable import Transport

/// Plays a client's bytes through a connection machine, whole and in pieces.
///
/// However they are split, the same requests must be served and the same bytes answered. And each served request must be
/// where a plain reader of the same bytes finds one, with the same target and body: two readers that disagree are what
/// request smuggling is made of. The first byte seeds the split, the rest is what the client sends.
func fuzzHTTPServer(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let input = SplitInput(data, count) else { return 0 }
    var whole = Connection()
    whole.receive(input.bytes)

    var parts = Connection()
    for piece in input.pieces where !piece.isEmpty { parts.receive(piece) }

    precondition(whole.served == parts.served, "a split changed what is served")
    precondition(whole.output == parts.output, "a split changed the answers")
    precondition(whole.machine.phase == parts.machine.phase, "a split changed the outcome")

    var reader = PlainReader(bytes: input.bytes[...])
    for served in whole.served {
        guard let read = reader.next() else { preconditionFailure("a request that a plain reader does not find") }
        precondition(read == served, "a plain reader finds another request")
    }
    return 0
}

private struct Request: Equatable {
    var target: [UInt8]
    var body: [UInt8]
}

/// The machine with a client that takes everything at once and a handler that answers every whole request.
private struct Connection {
    var machine: HTTPConnectionMachine
    var served: [Request] = []
    var output: [UInt8] = []
    private let now = MonotonicInstant(nanoseconds: 0)
    private var target: [UInt8]?

    init() {
        var limits = HTTPServerLimits()
        limits.requestHeadBytesMax = 512
        limits.requestFieldCountMax = 8
        limits.requestBodyBytesMax = 256
        limits.chunkExtensionBytesMax = 32
        limits.trailerBytesMax = 64
        machine = HTTPConnectionMachine(limits: limits, at: now)
    }

    mutating func receive(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { machine.received($0, at: now) }
        while answer() { drain() }
        drain()
    }

    private mutating func drain() {
        while !machine.outbound.isEmpty {
            let bytes = machine.outbound.withPending { Array($0) }
            // An interim answer is left out when the body has come already, which is a matter of splits.
            output += bytes.dropFirst(bytes.starts(with: "HTTP/1.1 100".utf8) ? 25 : 0)
            _ = machine.sent(machine.outbound.count, at: now)
        }
    }

    /// Serves one request as far as it has come; whether another may follow at once.
    private mutating func answer() -> Bool {
        if let head = machine.takeRequest() {
            target = Array(head.headers.storage[head.line.target])
            _ = machine.bodyRequested(upTo: 256, at: now)
        }
        guard let target, machine.phase == .serving else { return false }
        switch machine.body {
        case .receiving: return false
        case .complete: served.append(Request(target: target, body: machine.takeBody()))
        case .failed: break
        }
        if machine.body == .complete {
            let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
            _ = machine.respond(
                status: 200, fields: [(String, String)](), body: nothing, dateLine: [], at: now)
        }
        self.target = nil
        _ = machine.handlerReturned(dateLine: [], at: now)
        return true
    }
}

/// Reads requests one after the other in the plainest way, checking nothing.
private struct PlainReader {
    var bytes: ArraySlice<UInt8>

    mutating func next() -> Request? {
        if bytes.starts(with: [13, 10]) { bytes = bytes.dropFirst(2) }
        guard let requestLine = line() else { return nil }
        let words = requestLine.split(separator: 32)
        guard words.count == 3 else { return nil }
        var length = 0
        var isChunked = false
        while let field = line(), !field.isEmpty {
            guard let colon = field.firstIndex(of: 58) else { return nil }
            let name = String(decoding: field[..<colon], as: UTF8.self).lowercased()
            let value = field[(colon + 1)...].filter { $0 != 32 && $0 != 9 }
            if name == "content-length" { length = Int(String(decoding: value, as: UTF8.self)) ?? -1 }
            if name == "transfer-encoding" { isChunked = true }
        }
        guard let body = isChunked ? chunks() : take(length) else { return nil }
        return Request(target: Array(words[1]), body: body)
    }

    private mutating func line() -> ArraySlice<UInt8>? {
        guard let end = bytes.firstIndex(of: 10), end > bytes.startIndex else { return nil }
        defer { bytes = bytes[(end + 1)...] }
        return bytes[..<(end - 1)]
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, bytes.count >= count else { return nil }
        defer { bytes = bytes.dropFirst(count) }
        return Array(bytes.prefix(count))
    }

    private mutating func chunks() -> [UInt8]? {
        var body: [UInt8] = []
        while let sizeLine = line() {
            let digits = String(decoding: sizeLine.prefix { $0 != 59 }, as: UTF8.self)
            guard let size = Int(digits, radix: 16) else { return nil }
            if size == 0 {
                while let trailer = line() {
                    if trailer.isEmpty { return body }
                }
                return nil
            }
            guard let chunk = take(size), take(2) != nil else { return nil }
            body += chunk
        }
        return nil
    }
}
