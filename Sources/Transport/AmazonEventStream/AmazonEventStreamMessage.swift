/// One message of a stream of Amazon's events: typed headers and a payload.
///
/// Its slices share the parser's buffer: drop it before the next bytes are fed, or they are copied.
package struct AmazonEventStreamMessage: Sendable {
    /// The message as it came, framing included.
    package let bytes: ArraySlice<UInt8>
    /// The payload alone; mostly JSON.
    package let payload: ArraySlice<UInt8>
    private let headers: ArraySlice<UInt8>

    /// Takes a message apart whose lengths and checksums were checked; throws for headers that do not add up.
    init(_ bytes: ArraySlice<UInt8>, headerBytes: Int) throws(AmazonEventStreamError) {
        let start = bytes.startIndex + AmazonEventStreamParser.preludeBytes
        self.bytes = bytes
        headers = bytes[start..<(start + headerBytes)]
        payload = bytes[(start + headerBytes)..<(bytes.endIndex - 4)]
        var rest = headers
        while !rest.isEmpty {
            guard Self.takeHeader(&rest) != nil else { throw .malformedHeaders }
        }
    }

    /// The text of a header, such as `:event-type`; nil where there is none or it is no text.
    package func text(_ name: StaticString) -> ArraySlice<UInt8>? {
        var rest = headers
        while let header = Self.takeHeader(&rest) {
            guard header.kind == Self.textKind, Self.matches(header.name, name) else { continue }
            return header.value
        }
        return nil
    }

    private struct Header {
        let name: ArraySlice<UInt8>
        let kind: UInt8
        let value: ArraySlice<UInt8>
    }

    private static let textKind: UInt8 = 7

    private static func matches(_ bytes: ArraySlice<UInt8>, _ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in bytes.count == name.count && zip(bytes, name).allSatisfy { $0 == $1 } }
    }

    /// Cuts one header off; nil where the bytes hold none.
    ///
    /// A length of one byte, the name, a type of one byte, and the value in the type's form.
    private static func takeHeader(_ bytes: inout ArraySlice<UInt8>) -> Header? {
        guard let length = bytes.popFirst(), length > 0, bytes.count > Int(length) else { return nil }
        let name = bytes.prefix(Int(length))
        bytes = bytes.dropFirst(Int(length))
        guard let kind = bytes.popFirst() else { return nil }
        let count: Int
        switch kind {
        // True and false, which have no value.
        case 0, 1: count = 0
        case 2: count = 1
        case 3: count = 2
        case 4: count = 4
        // A long, and a time.
        case 5, 8: count = 8
        // Bytes and text state their length.
        case 6, textKind:
            guard bytes.count >= 2 else { return nil }
            count = Int(bytes[bytes.startIndex]) << 8 | Int(bytes[bytes.startIndex + 1])
            bytes = bytes.dropFirst(2)
        // A UUID.
        case 9: count = 16
        default: return nil
        }
        guard bytes.count >= count else { return nil }
        let value = bytes.prefix(count)
        bytes = bytes.dropFirst(count)
        return Header(name: name, kind: kind, value: value)
    }
}
