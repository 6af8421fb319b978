import Gateway

/// Reads an address to listen on: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` for every interface.
enum ListenAddressText {
    static func parse(_ text: String) throws(QuantityError) -> ServerAddress {
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count).prefix { $0 != "/" }
            throw QuantityError(
                message: "expected an address and a port, not a URL",
                suggestion: rest.isEmpty ? nil : "did you mean \(quoted(String(rest)))?")
        }
        let host: Substring
        let port: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), text[text.index(after: end)...].hasPrefix(":") else {
                throw malformed(text)
            }
            host = text[text.index(after: text.startIndex)..<end]
            port = text[text.index(end, offsetBy: 2)...]
            guard host.contains(":"), host.utf8.allSatisfy(isAddressByte) else { throw malformed(text) }
        } else {
            guard let colon = text.lastIndex(of: ":") else {
                let suggestion = Int(text) == nil ? "\(text):8080" : "127.0.0.1:\(text)"
                throw QuantityError(
                    message: "expected an address and a port such as 127.0.0.1:8080",
                    suggestion: "did you mean \(quoted(suggestion))?")
            }
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            if host.contains(":") {
                throw QuantityError(
                    message: "an IPv6 address stands in brackets",
                    suggestion: "did you mean \(quoted("[\(host)]:\(port)"))?")
            }
            guard host.utf8.allSatisfy(isAddressByte) else { throw malformed(text) }
        }
        guard !port.isEmpty, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port) else {
            throw QuantityError(message: "expected a port from 0 to 65535 behind the last colon")
        }
        let isNumeric = !host.isEmpty && host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        guard !isNumeric || ServerAddress.isIPv4(String(host)) else { throw malformed(text) }
        return ServerAddress(host: String(host), port: number)
    }

    private static func malformed(_ text: String) -> QuantityError {
        QuantityError(message: "expected an address and a port such as 127.0.0.1:8080 or [::1]:8080")
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x30...0x39: true
        case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
        default: false
        }
    }
}
