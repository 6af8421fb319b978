/// The head of an answer as the connection writes it.
///
/// Framing, persistence and the date are the server's own: what a handler says of them is left out. A value cannot break
/// out of its line: control characters become blanks; a field whose name is not a token is left out.
struct HTTPResponseHead {
    /// How the client finds the end of the body.
    enum Framing: Hashable {
        case length(Int)
        case chunked
        /// The end of the connection is the end of the body (HTTP/1.0 clients).
        case untilClose
        /// The answer has no body whatever its fields say: 204, 304.
        case none
    }

    enum Persistence: Hashable {
        case close
        /// What an HTTP/1.1 client assumes.
        case keepAliveImplied
        /// An HTTP/1.0 client must be told.
        case keepAliveStated
    }

    var status: Int
    var framing: Framing
    var persistence: Persistence

    /// Writes the status line, the handler's fields and the server's own.
    ///
    /// `dateLine` is a whole `Date` line, or empty.
    func write(fields: some HTTPFieldSource, dateLine: [UInt8], into outbound: inout OutboundBuffer) {
        if status == 200 {
            outbound.append("HTTP/1.1 200 OK\r\n")
        } else {
            outbound.append("HTTP/1.1 ")
            outbound.append(decimal: status)
            outbound.append(" ")
            outbound.append(HTTPStatus.reason(status))
            outbound.append("\r\n")
        }
        dateLine.withUnsafeBytes { outbound.append($0) }
        fields.forEachField { name, value in Self.append(name, value, to: &outbound) }
        switch framing {
        case .length(let count):
            outbound.append("Content-Length: ")
            outbound.append(decimal: count)
            outbound.append("\r\n")
        case .chunked: outbound.append("Transfer-Encoding: chunked\r\n")
        case .untilClose, .none: break
        }
        switch persistence {
        case .close: outbound.append("Connection: close\r\n")
        case .keepAliveStated: outbound.append("Connection: keep-alive\r\n")
        case .keepAliveImplied: break
        }
        outbound.append("\r\n")
    }

    private static func append(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, to outbound: inout OutboundBuffer
    ) {
        guard !name.isEmpty, name.allSatisfy(isTokenByte), !isServersOwn(name) else { return }
        outbound.append(UnsafeRawBufferPointer(name))
        outbound.append(": ")
        if value.contains(where: isControl) {
            outbound.storage.append(contentsOf: value.lazy.map { isControl($0) ? UInt8(ascii: " ") : $0 })
        } else {
            outbound.append(UnsafeRawBufferPointer(value))
        }
        outbound.append("\r\n")
    }

    private static func isServersOwn(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let candidate: StaticString
        switch name.count {
        case 4: candidate = "date"
        case 7: return equals(name, "upgrade") || equals(name, "trailer")
        case 10: return equals(name, "connection") || equals(name, "keep-alive")
        case 14: candidate = "content-length"
        case 17: candidate = "transfer-encoding"
        default: return false
        }
        return equals(name, candidate)
    }

    private static func equals(_ name: UnsafeBufferPointer<UInt8>, _ text: StaticString) -> Bool {
        equalsIgnoringCase(name, UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// Header fields in one of the forms that handlers give them.
protocol HTTPFieldSource {
    func forEachField(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void)
}

extension HTTPHeaders: HTTPFieldSource {
    func forEachField(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
        storage.withUnsafeBufferPointer { bytes in
            for field in fields {
                body(
                    UnsafeBufferPointer(rebasing: bytes[field.name]), UnsafeBufferPointer(rebasing: bytes[field.value]))
            }
        }
    }
}

extension Array: HTTPFieldSource where Element == (String, String) {
    func forEachField(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
        for (name, value) in self {
            var (name, value) = (name, value)
            name.withUTF8 { name in value.withUTF8 { body(name, $0) } }
        }
    }
}
