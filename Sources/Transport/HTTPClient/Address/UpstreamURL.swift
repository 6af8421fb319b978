/// The parts of an upstream's URL, checked as far as that is possible without a network.
///
/// Accepts http and https with a host; refuses credentials, fragments, blanks and control bytes, names that are not ASCII
/// (they must be written in their `xn--` form, since a resolver may fold other digits into an address) and every
/// `ForbiddenAddress`. Messages name no part of the URL but scheme and host.
package struct UpstreamURL: Hashable, Sendable {
    /// What is wrong with a URL, in words for the person who wrote it.
    package struct Refusal: Error, Hashable, Sendable {
        package var message: String

        package init(message: String) {
            self.message = message
        }
    }

    /// Lowercase: `http` or `https`.
    package let scheme: String
    /// As written, with the brackets of an IPv6 address.
    package let host: String
    package let port: Int
    /// Path and query as written; empty when there is none.
    package let target: String

    package var isEncrypted: Bool { scheme == "https" }

    package init(_ text: String) throws(Refusal) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw Refusal(message: "a URL must not contain blanks, control characters or backslashes")
        }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else {
            throw Refusal(message: "a URL must begin with http:// or https://")
        }
        scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https" else {
            throw Refusal(message: "a URL must use http or https, not \(scheme)")
        }
        let rest = text[text.index(colon, offsetBy: 3)...]
        guard !rest.contains("#") else { throw Refusal(message: "a URL must not have a fragment") }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        target = String(rest[end...])
        guard !authority.contains("@") else { throw Refusal(message: "a URL must not contain credentials") }
        let (host, port) = try Self.split(authority)
        self.host = host
        self.port = try port.map(Self.portNumber) ?? (scheme == "https" ? 443 : 80)
        try Self.check(host: host)
    }

    private static func split(_ authority: Substring) throws(Refusal) -> (host: String, port: Substring?) {
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else {
                throw Refusal(message: "a URL's IPv6 address must end with a bracket")
            }
            let after = authority[authority.index(after: close)...]
            guard after.isEmpty || after.hasPrefix(":") else {
                throw Refusal(message: "only a port may follow a URL's IPv6 address")
            }
            return (String(authority[...close]), after.isEmpty ? nil : after.dropFirst())
        }
        guard let colon = authority.firstIndex(of: ":") else { return (String(authority), nil) }
        return (String(authority[..<colon]), authority[authority.index(after: colon)...])
    }

    private static func portNumber(_ text: Substring) throws(Refusal) -> Int {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = Int(text), (1...65535).contains(port)
        else { throw Refusal(message: "a URL's port must be a number from 1 to 65535") }
        return port
    }

    private static func check(host: String) throws(Refusal) {
        guard !host.isEmpty, host != "[]" else { throw Refusal(message: "a URL must include a host") }
        guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Refusal(message: "a URL's host must be written in ASCII (xn--…)")
        }
        guard !host.contains("%") else {
            throw Refusal(message: "a URL's host must not contain percent escapes or a zone")
        }
        if let reason = ForbiddenAddress(host: host) {
            throw Refusal(message: "\(host) is \(reason.rawValue), which no upstream may have")
        }
        let isLiteral = IPLiteral(host) != nil
        if host.hasPrefix("[") {
            guard isLiteral else { throw Refusal(message: "\(host) is not an IPv6 address") }
        } else {
            guard isLiteral || !IPLiteral.looksNumeric(host) else {
                throw Refusal(message: "\(host) is not an IPv4 address")
            }
            guard isLiteral || host.utf8.allSatisfy(Self.isNameByte) else {
                throw Refusal(message: "a URL's host may contain letters, digits, dots, hyphens and underscores only")
            }
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
