import Gateway
import Runtime

/// Reads `backends[].headers`, and the two that OpenRouter has keys of their own for.
struct BackendHeadersReader {
    /// What lip itself must decide, since a wrong value breaks the message or the connection.
    private static let reserved = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "te", "trailer", "keep-alive",
        "proxy-connection",
    ]

    let context: ReadingContext

    func read(_ section: SectionReader, kind: BackendKind) -> [BackendHeader] {
        var headers: [BackendHeader] = []
        if kind.quirks.contains(.namesApplication) {
            for (key, name) in [("static_referer", "HTTP-Referer"), ("static_title", "X-Title")] {
                guard let value = section.secret(key) else { continue }
                headers.append(BackendHeader(name: name, value: value))
            }
        }
        guard kind.wire != .inProcess, let rows = section.section("headers") else { return headers }
        for (name, mark) in rows.keys {
            let value = rows.secret(name)
            let lowercased = name.lowercased()
            if name.isEmpty || !name.utf8.allSatisfy(Self.isTokenByte) {
                context.log.error("\(quoted(name)) is not a header name", path: rows.path, at: mark)
            } else if Self.reserved.contains(lowercased) {
                context.log.error(
                    "the header \(name) is set by lip itself", path: rows.path, at: mark, suggestion: "leave it out")
            } else if headers.contains(where: { $0.name.lowercased() == lowercased }) {
                context.log.error("the header \(name) stands twice", path: rows.path, at: mark)
            } else if let value {
                headers.append(BackendHeader(name: name, value: value))
            }
        }
        return headers
    }

    /// A byte of a token (RFC 9110, 5.6.2).
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
