/// Writes event stream frames (WHATWG HTML, section 9.2.5), with LF line ends.
package enum SSEWriter {
    /// Appends an event that has only data, in which each line end begins another data line.
    package static func data(_ bytes: [UInt8], into output: inout [UInt8]) {
        data(bytes[...], into: &output)
    }

    /// Appends an event that has only data, in which each line end begins another data line.
    package static func data(_ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        lines("data: ", bytes, into: &output)
        output.append(UInt8(ascii: "\n"))
    }

    /// Appends an event with a name, which must hold no line end.
    package static func event(name: StaticString, data: ArraySlice<UInt8>, into output: inout [UInt8]) {
        append("event: ", to: &output)
        append(name, to: &output)
        output.append(UInt8(ascii: "\n"))
        self.data(data, into: &output)
    }

    /// Appends an event with a name, which must hold no line end.
    package static func event(name: StaticString, data: [UInt8], into output: inout [UInt8]) {
        event(name: name, data: data[...], into: &output)
    }

    /// Appends an event with a name; a line end in the name ends it, so that it cannot smuggle fields in.
    package static func event(name: String, data: [UInt8], into output: inout [UInt8]) {
        append("event: ", to: &output)
        output.append(contentsOf: name.utf8.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") })
        output.append(UInt8(ascii: "\n"))
        self.data(data[...], into: &output)
    }

    /// Appends a comment and a blank line: a keep-alive, which parsers skip.
    package static func comment(_ text: String, into output: inout [UInt8]) {
        lines(": ", Array(text.utf8)[...], into: &output)
        output.append(UInt8(ascii: "\n"))
    }

    private static func lines(_ prefix: StaticString, _ bytes: ArraySlice<UInt8>, into output: inout [UInt8]) {
        var rest = bytes
        while let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            append(prefix, to: &output)
            output.append(contentsOf: rest[..<end])
            output.append(UInt8(ascii: "\n"))
            let isPair =
                rest[end] == UInt8(ascii: "\r") && end + 1 < rest.endIndex && rest[end + 1] == UInt8(ascii: "\n")
            rest = rest[(end + (isPair ? 2 : 1))...]
        }
        append(prefix, to: &output)
        output.append(contentsOf: rest)
        output.append(UInt8(ascii: "\n"))
    }

    private static func append(_ text: StaticString, to output: inout [UInt8]) {
        text.withUTF8Buffer { output.append(contentsOf: $0) }
    }
}
