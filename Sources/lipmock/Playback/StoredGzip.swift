/// Writes the gzip format (RFC 1952) without compressing: deflate's stored blocks, so that no library is needed.
struct StoredGzip {
    static let blockBytesMax = 65_535

    private var checksum: UInt32 = 0xFFFF_FFFF
    private var length: UInt32 = 0
    private var begun = false

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    /// Appends `bytes` as blocks.
    mutating func write(_ bytes: [UInt8], into out: inout [UInt8]) {
        begin(&out)
        for byte in bytes { checksum = Self.table[Int((checksum ^ UInt32(byte)) & 0xFF)] ^ checksum >> 8 }
        length &+= UInt32(truncatingIfNeeded: bytes.count)
        var start = 0
        while start < bytes.count {
            let end = min(start + Self.blockBytesMax, bytes.count)
            block(bytes[start..<end], final: false, &out)
            start = end
        }
    }

    /// Appends the end of the stream.
    mutating func finish(into out: inout [UInt8]) {
        begin(&out)
        block([], final: true, &out)
        little(checksum ^ 0xFFFF_FFFF, &out)
        little(length, &out)
    }

    private mutating func begin(_ out: inout [UInt8]) {
        if begun { return }
        begun = true
        out += [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    }

    private func block(_ bytes: ArraySlice<UInt8>, final: Bool, _ out: inout [UInt8]) {
        let count = UInt16(bytes.count)
        out += [final ? 1 : 0, UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
        out += bytes
    }

    private func little(_ value: UInt32, _ out: inout [UInt8]) {
        for shift in [0, 8, 16, 24] { out.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }
}
