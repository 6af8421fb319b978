/// The checksum of ISO 3309 and zlib (CRC-32, reflected, polynomial 0xEDB88320).
package struct CRC32: Sendable {
    /// Four tables, so that four bytes cost one step; table `n` is for the byte with `n` more behind it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 4 * 256)
        for index in 0..<256 {
            tables[index] = (0..<8).reduce(UInt32(index)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
            }
        }
        for position in 256..<tables.count {
            let before = tables[position - 256]
            tables[position] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()

    private var state: UInt32 = 0xFFFF_FFFF

    package init() {}

    /// The checksum of all bytes so far.
    package var value: UInt32 { state ^ 0xFFFF_FFFF }

    /// Takes in more bytes.
    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        var state = state
        Self.tables.withUnsafeBufferPointer { tables in
            bytes.withUnsafeBufferPointer { bytes in
                var index = 0
                while index + 4 <= bytes.count {
                    let word =
                        UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
                        | UInt32(bytes[index + 3]) << 24
                    let mixed = state ^ word
                    state =
                        tables[768 + Int(mixed & 0xFF)] ^ tables[512 + Int(mixed >> 8 & 0xFF)]
                        ^ tables[256 + Int(mixed >> 16 & 0xFF)] ^ tables[Int(mixed >> 24)]
                    index += 4
                }
                while index < bytes.count {
                    state = state >> 8 ^ tables[Int((state ^ UInt32(bytes[index])) & 0xFF)]
                    index += 1
                }
            }
        }
        self.state = state
    }

    /// The checksum of these bytes.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum = CRC32()
        sum.update(bytes)
        return sum.value
    }
}
