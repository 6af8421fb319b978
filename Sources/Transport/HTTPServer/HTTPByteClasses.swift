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

// Bit n of a pair stands for byte n. Written out, since what is computed when it is first used asks at each byte whether
// it was; the tests compare them with the characters that they stand for.
private let tokenBytes: (UInt64, UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
private let hostBytes: (UInt64, UInt64) = (0x2FFF_6FF2_0000_0000, 0x47FF_FFFE_AFFF_FFFE)
