/// Writes messages of a stream of Amazon's events; headers are text.
package enum AmazonEventStreamWriter {
    /// Appends one message with its checksums.
    ///
    /// Names may have 255 bytes and values 65,535, which is the caller's to keep.
    package static func append(
        headers: [(name: String, value: String)], payload: [UInt8], to output: inout [UInt8]
    ) {
        var fields: [UInt8] = []
        for (name, value) in headers {
            precondition((1...255).contains(name.utf8.count) && value.utf8.count <= 65_535, "a header is too long")
            fields.append(UInt8(name.utf8.count))
            fields += name.utf8
            fields.append(7)
            fields += [UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 0xFF)]
            fields += value.utf8
        }
        let start = output.count
        append(AmazonEventStreamParser.messageBytesMin + fields.count + payload.count, to: &output)
        append(fields.count, to: &output)
        append(Int(CRC32.checksum(output[start...])), to: &output)
        output += fields
        output += payload
        append(Int(CRC32.checksum(output[start...])), to: &output)
    }

    private static func append(_ number: Int, to output: inout [UInt8]) {
        for shift in [24, 16, 8, 0] { output.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
