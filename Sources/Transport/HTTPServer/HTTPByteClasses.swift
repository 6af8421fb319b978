// Byte classes of RFC 9110, 5.6, as tables: one load a byte.

/// Whether the byte may stand in a token: a method or a field name.
@inline(__always)
func isTokenByte(_ byte: UInt8) -> Bool {
    byte < 128 && (byte < 64 ? tokenBytes.0 >> UInt64(byte) : tokenBytes.1 >> UInt64(byte & 63)) & 1 == 1
}

/// Whether the byte may stand in a `Host` value: an IP literal, a name (percent-encoded), a port.
@inline(__always)
func isHostByte(_ byte: UInt8) -> Bool {
    byte < 128 && (byte < 64 ? hostBytes.0 >> UInt64(byte) : hostBytes.1 >> UInt64(byte & 63)) & 1 == 1
}

/// Whether the byte is a control character other than the tab.
@inline(__always)
func isControl(_ byte: UInt8) -> Bool {
    (byte < 0x20 && byte != UInt8(ascii: "\t")) || byte == 0x7F
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

@inline(__always)
func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
}

private let alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
private let tokenBytes = bitmap(alphanumerics + "!#$%&'*+-.^_`|~")
private let hostBytes = bitmap(alphanumerics + "-._~%!$&'()*+;=:[]")

private func bitmap(_ characters: String) -> (UInt64, UInt64) {
    var map: (UInt64, UInt64) = (0, 0)
    for byte in characters.utf8 {
        if byte < 64 { map.0 |= 1 << UInt64(byte) } else { map.1 |= 1 << UInt64(byte & 63) }
    }
    return map
}
