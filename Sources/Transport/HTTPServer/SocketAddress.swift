import CLinux
import Glibc

/// The IP address and port of one end of a connection.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address in network order: 4 bytes in `high`'s top half for IPv4, else all 16.
    private let high: UInt64
    private let low: UInt64
    private let isIPv6: Bool
    package let port: UInt16

    private init(high: UInt64, low: UInt64, isIPv6: Bool, port: UInt16) {
        self.high = high
        self.low = low
        self.isIPv6 = isIPv6
        self.port = port
    }

    /// An IPv4 address, its bytes from the most significant one.
    package init(ipv4 address: UInt32, port: UInt16) {
        self.init(high: UInt64(address) << 32, low: 0, isIPv6: false, port: port)
    }

    /// Reads what the kernel stored; nil for families other than IPv4 and IPv6.
    init?(_ storage: sockaddr_storage) {
        var storage = storage
        switch CInt(storage.ss_family) {
        case AF_INET:
            let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in.self) }
            self.init(ipv4: UInt32(bigEndian: address.sin_addr.s_addr), port: UInt16(bigEndian: address.sin_port))
        case AF_INET6:
            let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in6.self) }
            let (high, low) = withUnsafeBytes(of: address.sin6_addr) {
                (
                    UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            self.init(high: high, low: low, isIPv6: true, port: UInt16(bigEndian: address.sin6_port))
        default:
            return nil
        }
    }

    /// Whether only processes of this machine have such an address: 127.0.0.0/8, `::1`, and the former mapped to IPv6.
    package var isLoopback: Bool {
        if !isIPv6 { return high >> 56 == 127 }
        return high == 0 && (low == 1 || low >> 24 == 0xFFFF_7F)
    }

    /// The address without the port: `127.0.0.1`, `::1`.
    package var host: String {
        var bytes = (high.bigEndian, low.bigEndian)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(isIPv6 ? AF_INET6 : AF_INET, &bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var description: String {
        isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
