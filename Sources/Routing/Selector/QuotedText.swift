/// Text between double quotes with everything unprintable escaped, for error messages.
///
/// The form is that of Go's `%q`, which the selector language's error texts use.
enum QuotedText {
    static func quoted(_ text: String) -> String {
        quoted(bytes: Array(text.utf8)[...])
    }

    static func quoted(bytes: ArraySlice<UInt8>) -> String {
        var result = "\""
        var decoder = UTF8()
        var offset = bytes.startIndex
        while offset < bytes.endIndex {
            var iterator = bytes[offset...].makeIterator()
            guard case .scalarValue(let scalar) = decoder.decode(&iterator) else {
                result += "\\x" + hexadecimal(UInt32(bytes[offset]), width: 2)
                offset += 1
                decoder = UTF8()
                continue
            }
            append(scalar, to: &result)
            offset += UTF8.width(scalar)
            decoder = UTF8()
        }
        return result + "\""
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{07}": result += "\\a"
        case "\u{08}": result += "\\b"
        case "\u{0C}": result += "\\f"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{0B}": result += "\\v"
        default:
            if isPrintable(scalar) {
                result.unicodeScalars.append(scalar)
            } else if scalar.value < 0x20 || scalar.value == 0x7F {
                result += "\\x" + hexadecimal(scalar.value, width: 2)
            } else if scalar.value <= 0xFFFF {
                result += "\\u" + hexadecimal(scalar.value, width: 4)
            } else {
                result += "\\U" + hexadecimal(scalar.value, width: 8)
            }
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func hexadecimal(_ value: UInt32, width: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
