/// What a request must be beyond what the parsing library asks of it (RFC 9112, 3 and 6; RFC 9110, 7.2).
///
/// Whatever leaves room for two readings of where a request ends or whom it is for is refused, not repaired.
enum HTTPRequestRules {
    /// Where the parts of the request line are, as offsets from the start of the head.
    struct RequestLine {
        var method: Range<Int>
        var target: Range<Int>
        var path: Range<Int>
        var query: Range<Int>?
        var version: HTTPRequestHead.Version
    }

    /// What the fields say about the framing of the message.
    struct Framing {
        var contentLength: UInt64?
        var isChunked = false
        var expectsContinue = false
    }

    // MARK: Request line

    /// Takes the first line of the head apart: exactly two blanks, a target in a known form, version 1.0 or 1.1.
    static func requestLine(of head: UnsafeRawBufferPointer) throws(HTTPRefusal) -> RequestLine {
        guard let end = head.firstIndex(of: UInt8(ascii: "\r")) else { throw .malformed("no request line") }
        let line = UnsafeRawBufferPointer(rebasing: head[..<end])
        guard let first = line.firstIndex(of: UInt8(ascii: " ")), first > 0,
            let last = line.lastIndex(of: UInt8(ascii: " ")), last > first + 1
        else { throw .malformed("a malformed request line") }
        let method = 0..<first
        let target = first + 1..<last
        guard line[method].allSatisfy(isTokenByte) else { throw .malformed("a malformed method") }
        // Blanks, controls, non-ASCII and a fragment have no place in a target.
        guard line[target].allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
            throw .malformed("a character that a request target cannot hold")
        }
        let version = try version(UnsafeRawBufferPointer(rebasing: line[(last + 1)...]))
        let isConnect = line[method].elementsEqual("CONNECT".utf8)
        if isConnect { throw HTTPRefusal(status: 501, reason: "CONNECT is not served") }
        let isOptions = line[method].elementsEqual("OPTIONS".utf8)
        let path = try path(of: line, target: target, allowsAsterisk: isOptions)
        let mark = line[path].firstIndex(of: UInt8(ascii: "?"))
        return RequestLine(
            method: method, target: target, path: path.lowerBound..<(mark ?? path.upperBound),
            query: mark.map { $0 + 1..<path.upperBound }, version: version)
    }

    private static func version(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> HTTPRequestHead.Version {
        guard bytes.count == 8, bytes.prefix(5).elementsEqual("HTTP/".utf8), isDigit(bytes[5]),
            bytes[6] == UInt8(ascii: "."), isDigit(bytes[7])
        else { throw .malformed("a malformed HTTP version") }
        switch (bytes[5], bytes[7]) {
        case (UInt8(ascii: "1"), UInt8(ascii: "1")): return .http11
        case (UInt8(ascii: "1"), UInt8(ascii: "0")): return .http10
        default: throw HTTPRefusal(status: 505, reason: "only HTTP/1.0 and HTTP/1.1 are served")
        }
    }

    /// The part of the target from its path on: all of an origin form, what follows the authority of an absolute one.
    private static func path(
        of line: UnsafeRawBufferPointer, target: Range<Int>, allowsAsterisk: Bool
    ) throws(HTTPRefusal) -> Range<Int> {
        if line[target.lowerBound] == UInt8(ascii: "/") { return target }
        if target.count == 1, line[target.lowerBound] == UInt8(ascii: "*"), allowsAsterisk { return target }
        for scheme in ["http://", "https://"] as [StaticString] where target.count > scheme.utf8CodeUnitCount {
            let start = target.lowerBound + scheme.utf8CodeUnitCount
            guard equals(UnsafeRawBufferPointer(rebasing: line[target.lowerBound..<start]), scheme) else { continue }
            let rest = line[start..<target.upperBound]
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? target.upperBound
            guard end > start, line[start..<end].allSatisfy(isHostByte) else { break }
            return end..<target.upperBound
        }
        throw .malformed("a request target in a form that is not served")
    }

    // MARK: Fields

    /// Checks every field and reads what frames the message.
    static func framing(
        of head: UnsafeRawBufferPointer, fields: [HTTPHeaders.Field], version: HTTPRequestHead.Version
    ) throws(HTTPRefusal) -> Framing {
        var framing = Framing()
        var hostCount = 0
        for field in fields {
            guard !field.name.isEmpty, head[field.name].allSatisfy(isTokenByte) else {
                throw .malformed("a malformed field name")
            }
            let value = UnsafeRawBufferPointer(rebasing: head[field.value])
            if isNamed("host", head, field) {
                hostCount += 1
                guard hostCount == 1 else { throw .malformed("two Host fields") }
                guard value.allSatisfy(isHostByte) else { throw .malformed("a malformed Host field") }
            } else if isNamed("content-length", head, field) {
                guard framing.contentLength == nil else { throw .malformed("two Content-Length fields") }
                framing.contentLength = try contentLength(value)
            } else if isNamed("transfer-encoding", head, field) {
                guard !framing.isChunked else { throw .malformed("two Transfer-Encoding fields") }
                try checkTransferEncoding(value, version)
                framing.isChunked = true
            } else if isNamed("expect", head, field), version == .http11 {
                guard equals(value, "100-continue") else {
                    throw HTTPRefusal(status: 417, reason: "an expectation other than 100-continue")
                }
                framing.expectsContinue = true
            }
        }
        if framing.isChunked, framing.contentLength != nil {
            throw .malformed("both Content-Length and Transfer-Encoding")
        }
        if version == .http11, hostCount == 0 { throw .malformed("no Host field") }
        return framing
    }

    /// Digits and nothing else: no sign, no blank, no list.
    private static func contentLength(_ value: UnsafeRawBufferPointer) throws(HTTPRefusal) -> UInt64 {
        guard !value.isEmpty, value.count <= 19, value.allSatisfy(isDigit) else {
            throw .malformed("a malformed Content-Length field")
        }
        // 19 digits stay below 2^64.
        return value.reduce(0) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
    }

    private static func checkTransferEncoding(
        _ value: UnsafeRawBufferPointer, _ version: HTTPRequestHead.Version
    ) throws(HTTPRefusal) {
        // A 1.0 client cannot know the coding; somebody in between has rewritten the message (RFC 9112, 6.1).
        guard version == .http11 else { throw .malformed("Transfer-Encoding in an HTTP/1.0 request") }
        guard equals(value, "chunked") else {
            throw HTTPRefusal(status: 501, reason: "a transfer coding other than chunked")
        }
    }

    private static func isNamed(
        _ name: StaticString, _ head: UnsafeRawBufferPointer, _ field: HTTPHeaders.Field
    ) -> Bool {
        guard Int(field.nameEnd &- field.nameStart) == name.utf8CodeUnitCount else { return false }
        return equals(UnsafeRawBufferPointer(rebasing: head[field.name]), name)
    }

    private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        equalsIgnoringCase(
            bytes.assumingMemoryBound(to: UInt8.self),
            UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
