/// Bytes as they arrive over a network: whole, and cut into pieces at places that the fuzzer chooses.
package struct SplitInput {
    /// All of them.
    package let bytes: [UInt8]
    /// The same bytes in pieces, some of them empty.
    package let pieces: [[UInt8]]

    /// Cuts bytes at the places that a seed gives.
    package init(_ bytes: [UInt8], seed: UInt8) {
        self.bytes = bytes
        var pieces: [[UInt8]] = []
        var state = UInt32(seed) &+ 1
        var start = 0
        while start < bytes.count {
            state = state &* 1_664_525 &+ 1_013_904_223
            let end = min(bytes.count, start + Int(state >> 24) % (Int(seed) % 32 + 2))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        self.pieces = pieces
    }

    /// What a fuzzer's input says: the first byte seeds the split, the rest are the bytes; nil for an empty input.
    package init?(_ data: UnsafePointer<UInt8>?, _ count: Int) {
        let input = UnsafeBufferPointer(start: data, count: count)
        guard let seed = input.first else { return nil }
        self.init(Array(input.dropFirst()), seed: seed)
    }
}
