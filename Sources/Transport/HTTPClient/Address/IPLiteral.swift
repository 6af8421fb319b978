import CLinux
import Glibc

/// An IP address as somebody may have spelt it in a URL, brought to its number.
///
/// Resolvers accept more than four decimal numbers: `inet_aton` takes one to four parts in decimal, octal or hex, and
/// IPv6 has embedded forms; a check that compares texts misses all of them.
enum IPLiteral: Hashable {
    /// In host byte order.
    case ipv4(UInt32)
    /// Sixteen bytes in network order.
    case ipv6([UInt8])

    /// The address that `host` spells, or nil when it is a name; brackets, a zone and a final dot are allowed.
    init?(_ host: String) {
        var text = host[...]
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        if text.contains(":") {
            guard let bytes = Self.ipv6(String(text.prefix { $0 != "%" })) else { return nil }
            self = .ipv6(bytes)
        } else {
            if text.hasSuffix(".") { text = text.dropLast() }
            guard let number = Self.ipv4(text.utf8) else { return nil }
            self = .ipv4(number)
        }
    }

    /// The address of a connected or resolved socket address; nil for other families.
    init?(_ address: UnsafePointer<sockaddr>) {
        switch CInt(address.pointee.sa_family) {
        case AF_INET:
            self = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                .ipv4(UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
            }
        case AF_INET6:
            self = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                var bits = $0.pointee.sin6_addr
                return .ipv6(withUnsafeBytes(of: &bits) { Array($0) })
            }
        default:
            return nil
        }
    }

    /// Whether the text looks like a number to a resolver, so that it must be an address and cannot be a name.
    static func looksNumeric(_ host: String) -> Bool {
        let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: true)
        guard let last = parts.last else { return false }
        if last.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) { return true }
        return last.starts(with: "0x".utf8) || last.starts(with: "0X".utf8)
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        var bits = in6_addr()
        guard inet_pton(AF_INET6, text, &bits) == 1 else { return nil }
        return withUnsafeBytes(of: &bits) { Array($0) }
    }

    /// The rules of `inet_aton(3)`: the last part fills the bytes that are left.
    private static func ipv4(_ text: Substring.UTF8View) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...4).contains(parts.count) else { return nil }
        var address: UInt64 = 0
        for (position, part) in parts.enumerated() {
            guard let value = number(part) else { return nil }
            if position < parts.count - 1 {
                guard value <= 255 else { return nil }
                address = address << 8 | value
            } else {
                let bits = UInt64(8 * (5 - parts.count))
                guard value < 1 << bits else { return nil }
                address = address << bits | value
            }
        }
        return UInt32(address)
    }

    private static func number(_ part: Substring.UTF8View.SubSequence) -> UInt64? {
        var digits = part[...]
        var radix: UInt64 = 10
        if digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8) {
            radix = 16
            digits = digits.dropFirst(2)
            // A lone "0x" counts as zero, as in inet_aton.
            if digits.isEmpty { return 0 }
        } else if digits.count > 1, digits.first == UInt8(ascii: "0") {
            radix = 8
        }
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            guard digit < radix else { return nil }
            value = value * radix + UInt64(digit)
            guard value <= UInt64(UInt32.max) else { return nil }
        }
        return value
    }
}
