/// An address to listen on: a literal IP address or `localhost`, and a port (0 lets the system choose).
package struct ServerAddress: Sendable, Hashable {
    /// An IPv4 address, an IPv6 address without brackets, or `localhost`.
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// 127.0.0.1:8080.
    package static let `default` = ServerAddress(host: "127.0.0.1", port: 8080)

    /// Whether only processes of this machine can connect.
    ///
    /// An IPv4-mapped or otherwise unusual IPv6 spelling counts as not loopback, which errs on the side of asking for
    /// authentication.
    package var isLoopback: Bool {
        host == "localhost" || host == "::1" || (host.hasPrefix("127.") && Self.isIPv4(host))
    }

    /// Whether the text is four decimal numbers up to 255 separated by dots.
    package static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    && UInt8(part) != nil
            }
    }
}

extension ServerAddress: CustomStringConvertible {
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
