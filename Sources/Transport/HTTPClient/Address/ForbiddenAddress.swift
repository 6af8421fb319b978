import CLinux
import Glibc

/// The addresses that no upstream may have: link-local ones and the metadata services of clouds, however they are spelt.
///
/// Whoever can make a gateway talk to its machine's metadata service gets the machine's credentials. Loopback and
/// private networks are allowed: local models live there. Checked when a URL is loaded and again against the address
/// that a socket is opened for, so that neither spelling nor DNS leads around it.
package enum ForbiddenAddress: String, Hashable, Sendable {
    case linkLocal = "a link-local address"
    case metadataService = "the address of a cloud's metadata service"

    /// Judges a host as it stands in a URL; names of metadata services are refused without asking DNS.
    package init?(host: String) {
        if let literal = IPLiteral(host) {
            guard let found = Self.judge(literal) else { return nil }
            self = found
            return
        }
        var name = host.lowercased()
        while name.hasSuffix(".") { name.removeLast() }
        guard Self.metadataNames.contains(name) else { return nil }
        self = .metadataService
    }

    /// Judges the address that a socket is about to connect to.
    init?(address: UnsafePointer<sockaddr>) {
        guard let literal = IPLiteral(address), let found = Self.judge(literal) else { return nil }
        self = found
    }

    /// Names under which clouds publish their metadata service within a machine.
    private static let metadataNames: Set<String> = [
        "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal",
        "metadata.tencentyun.com", "metadata.packet.net",
    ]

    private static func judge(_ literal: IPLiteral) -> ForbiddenAddress? {
        switch literal {
        case .ipv4(let address): judge(ipv4: address)
        case .ipv6(let bytes): judge(ipv6: bytes)
        }
    }

    private static func judge(ipv4 address: UInt32) -> ForbiddenAddress? {
        switch address {
        // 169.254.169.254 (most clouds), 169.254.170.2 and .23 (containers on AWS) are among the link-local ones.
        case 0xA9FE_0000...0xA9FE_FFFF: .linkLocal
        // Alibaba 100.100.100.200, Oracle Classic 192.0.0.192, Azure's host agent 168.63.129.16.
        case 0x6464_64C8, 0xC000_00C0, 0xA83F_8110: .metadataService
        default: nil
        }
    }

    private static func judge(ipv6 bytes: [UInt8]) -> ForbiddenAddress? {
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return .linkLocal }
        for prefix in metadataPrefixes where bytes.starts(with: prefix) { return .metadataService }
        for embedded in embeddedIPv4(bytes) {
            if let found = judge(ipv4: embedded) { return found }
        }
        return nil
    }

    /// AWS fd00:ec2::/32 (instances ::254, containers ::23), Google fd20:ce::254, Oracle fd00:c1::a9fe:a9fe,
    /// Scaleway fd00:42::42.
    private static let metadataPrefixes: [[UInt8]] = [
        [0xFD, 0x00, 0x0E, 0xC2],
        [0xFD, 0x20, 0x00, 0xCE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54],
        [0xFD, 0x00, 0x00, 0xC1, 0, 0, 0, 0, 0, 0, 0, 0, 0xA9, 0xFE, 0xA9, 0xFE],
        [0xFD, 0x00, 0x00, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x42],
    ]

    /// IPv4 addresses that the IPv6 address carries in one of the forms that hosts or gateways translate.
    private static func embeddedIPv4(_ bytes: [UInt8]) -> [UInt32] {
        func word(_ start: Int) -> UInt32 { bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        func isZero(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { $0 == 0 } }
        var found: [UInt32] = []
        // ::a.b.c.d, ::ffff:a.b.c.d and ::ffff:0:a.b.c.d (RFC 4291, RFC 2765).
        if isZero(0..<8) {
            let middle = bytes[8..<12]
            if [[0, 0, 0, 0], [0, 0, 0xFF, 0xFF], [0xFF, 0xFF, 0, 0]].contains(where: { middle.elementsEqual($0) }) {
                found.append(word(12))
            }
        }
        // NAT64 with the well-known and the local prefix (RFC 6052, RFC 8215); the latter has three usual places.
        if bytes.starts(with: [0x00, 0x64, 0xFF, 0x9B]) {
            found.append(word(12))
            let afterPrefix48 = UInt32(bytes[6]) << 24 | UInt32(bytes[7]) << 16
            found.append(afterPrefix48 | UInt32(bytes[9]) << 8 | UInt32(bytes[10]))
            found.append(UInt32(bytes[9]) << 24 | UInt32(bytes[10]) << 16 | UInt32(bytes[11]) << 8 | UInt32(bytes[12]))
        }
        // 6to4 (RFC 3056) and Teredo, where the client's address stands inverted (RFC 4380).
        if bytes[0] == 0x20, bytes[1] == 0x02 { found.append(word(2)) }
        if bytes.starts(with: [0x20, 0x01, 0x00, 0x00]) { found.append(~word(12)) }
        return found
    }
}
