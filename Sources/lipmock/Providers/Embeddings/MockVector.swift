import Transport

/// A vector made of an input's bytes: the same input always has the same, and every component is exact in 32 bits.
struct MockVector {
    static let countUnlessSaid = 4

    let components: [Float]

    init(of input: some Sequence<UInt8>, count: Int) {
        let sum = input.reduce(0) { $0 + Int($1) }
        components = (0..<count).map { Float((sum + 7 * $0) % 16 - 8) / 8 }
    }

    func writeNumbers(to json: inout JSONWriter) {
        json.beginArray()
        for component in components { json.double(Double(component)) }
        json.endArray()
    }

    /// Little-endian 32-bit floats in base64, as OpenAI packs them.
    var base64: String {
        var bytes: [UInt8] = []
        for component in components {
            let bits = component.bitPattern
            for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
        }
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let padded = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0...group.count { text.append(alphabet[Int(padded >> UInt32(18 - 6 * place) & 63)]) }
            text += String(repeating: "=", count: 3 - group.count)
        }
        return text
    }
}
