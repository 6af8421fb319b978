/// Bytes on their way to one client: appended at the end, taken from the front.
///
/// Its memory is kept while small and given back when empty otherwise, so that an idle connection holds next to nothing.
struct OutboundBuffer {
    /// The most memory that an empty buffer keeps, in bytes.
    private static let keptCapacityMax = 4 * 1024
    /// Sent bytes that are dropped from the front at once rather than one send at a time.
    private static let compactionBytesMin = 64 * 1024

    /// Everything not dropped yet; writers append to it.
    var storage: [UInt8] = []
    private var start = 0

    var count: Int { storage.count - start }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        storage.append(contentsOf: bytes)
    }

    mutating func append(_ text: StaticString) {
        storage.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A number in decimal.
    mutating func append(decimal value: Int) {
        let value = UInt(value)
        var divisor: UInt = 1
        while value / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            storage.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    /// A number in hexadecimal, as chunk sizes are.
    mutating func append(hexadecimal value: Int) {
        let value = UInt(value)
        var shift = (UInt.bitWidth - 1 - (value | 1).leadingZeroBitCount) & ~3
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt(shift)) & 0xF
            storage.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            shift -= 4
        }
    }

    func withPending<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    /// Takes bytes that were sent from the front.
    mutating func removeFirst(_ count: Int) {
        start += count
        if start == storage.count {
            start = 0
            if storage.capacity > Self.keptCapacityMax {
                storage = []
            } else {
                storage.removeAll(keepingCapacity: true)
            }
        } else if start >= Self.compactionBytesMin, start >= storage.count / 2 {
            storage.removeFirst(start)
            start = 0
        }
    }

    /// Drops everything, memory included.
    mutating func removeAll() {
        storage = []
        start = 0
    }
}
