/// The head of one request: one block of bytes with offsets, and what framing needs of it already decided.
package struct HTTPRequestHead: Sendable {
    package enum Version: UInt8, Sendable {
        case http10, http11
    }

    package let method: HTTPMethod
    package let version: Version
    /// The fields; their storage holds the request line as well.
    package let headers: HTTPHeaders
    /// Where the client's socket is.
    package let remoteAddress: SocketAddress
    let methodRange: Range<Int>
    let targetRange: Range<Int>
    let pathRange: Range<Int>
    let queryRange: Range<Int>?

    init(
        method: HTTPMethod, version: Version, headers: HTTPHeaders, remoteAddress: SocketAddress,
        methodRange: Range<Int>, targetRange: Range<Int>, pathRange: Range<Int>, queryRange: Range<Int>?
    ) {
        self.method = method
        self.version = version
        self.headers = headers
        self.remoteAddress = remoteAddress
        self.methodRange = methodRange
        self.targetRange = targetRange
        self.pathRange = pathRange
        self.queryRange = queryRange
    }

    /// The method as the client spelled it.
    package var methodText: String { text(methodRange) }
    /// The target as the client sent it: a path, an absolute URL or `*`.
    package var target: ArraySlice<UInt8> { headers.storage[targetRange] }
    /// The target's path, still percent-encoded and not normalised; `/` when an absolute URL has none.
    package var path: ArraySlice<UInt8> {
        pathRange.isEmpty ? [UInt8(ascii: "/")] : headers.storage[pathRange]
    }
    /// The path as text.
    package var pathText: String { pathRange.isEmpty ? "/" : text(pathRange) }
    /// What follows the `?`, still percent-encoded; nil without one.
    package var query: ArraySlice<UInt8>? { queryRange.map { headers.storage[$0] } }

    /// Whether the path is exactly this text.
    package func hasPath(_ path: String) -> Bool {
        self.path.count == path.utf8.count && self.path.elementsEqual(path.utf8)
    }

    private func text(_ range: Range<Int>) -> String {
        String(decoding: headers.storage[range], as: UTF8.self)
    }
}
