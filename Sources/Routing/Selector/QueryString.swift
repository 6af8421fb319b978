/// `application/x-www-form-urlencoded` text, read and written as Go's `net/url` does.
enum QueryString {
    /// What a query holds: its parameters, and the same in escaped form for keys.
    struct Contents {
        var parameters: [QueryParameter] = []
        var encoded = ""
    }

    /// Where and why a query cannot be read.
    struct Problem: Error {
        let detail: String
        let offset: Int
    }

    /// Decodes the query at `range`; a `;` anywhere is reported before a bad escape.
    static func decode(_ text: SelectorText, _ range: Range<Int>) throws(Problem) -> Contents {
        if let semicolon = text.first(UInt8(ascii: ";"), in: range) {
            throw Problem(detail: "invalid semicolon separator in query", offset: semicolon)
        }
        var pairs: [(name: [UInt8], value: [UInt8])] = []
        for part in text.split(range, at: UInt8(ascii: "&")) where !part.isEmpty {
            let equals = text.first(UInt8(ascii: "="), in: part) ?? part.upperBound
            let name = try unescape(text, part.lowerBound..<equals)
            let value = try unescape(text, min(equals + 1, part.upperBound)..<part.upperBound)
            pairs.append((name, value))
        }
        return contents(sorting: pairs)
    }

    /// The escaped form of parameters that were made in code.
    static func encode(_ parameters: [QueryParameter]) -> String {
        contents(
            sorting: parameters.flatMap { parameter in
                parameter.values.map { (Array(parameter.name.utf8), Array($0.utf8)) }
            }
        ).encoded
    }

    /// Groups pairs by name, names sorted by their bytes, the values of one name in written order.
    private static func contents(sorting pairs: [(name: [UInt8], value: [UInt8])]) -> Contents {
        let order = pairs.indices.sorted { left, right in
            if pairs[left].name == pairs[right].name { return left < right }
            return pairs[left].name.lexicographicallyPrecedes(pairs[right].name)
        }
        var contents = Contents()
        var encoded: [UInt8] = []
        var first = 0
        while first < order.count {
            let name = pairs[order[first]].name
            let end = order[first...].firstIndex { pairs[$0].name != name } ?? order.count
            let values = order[first..<end].map { pairs[$0].value }
            contents.parameters.append(
                QueryParameter(
                    name: String(decoding: name, as: UTF8.self),
                    values: values.map { String(decoding: $0, as: UTF8.self) }))
            for value in values {
                if !encoded.isEmpty { encoded.append(UInt8(ascii: "&")) }
                escape(name, into: &encoded)
                encoded.append(UInt8(ascii: "="))
                escape(value, into: &encoded)
            }
            first = end
        }
        contents.encoded = String(decoding: encoded, as: UTF8.self)
        return contents
    }

    private static func unescape(_ text: SelectorText, _ range: Range<Int>) throws(Problem) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            let byte = text.bytes[offset]
            switch byte {
            case UInt8(ascii: "%"):
                guard offset + 2 < range.upperBound, let high = hexadecimalValue(text.bytes[offset + 1]),
                    let low = hexadecimalValue(text.bytes[offset + 2])
                else {
                    let shown = text.bytes[offset..<min(offset + 3, range.upperBound)]
                    throw Problem(detail: "invalid URL escape \(QuotedText.quoted(bytes: shown))", offset: offset)
                }
                result.append(high << 4 | low)
                offset += 3
            case UInt8(ascii: "+"):
                result.append(UInt8(ascii: " "))
                offset += 1
            default:
                result.append(byte)
                offset += 1
            }
        }
        return result
    }

    private static func escape(_ bytes: [UInt8], into encoded: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                encoded.append(byte)
            case UInt8(ascii: " "):
                encoded.append(UInt8(ascii: "+"))
            default:
                encoded.append(UInt8(ascii: "%"))
                encoded.append(hexadecimalDigit(byte >> 4))
                encoded.append(hexadecimalDigit(byte & 0x0F))
            }
        }
    }

    private static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
