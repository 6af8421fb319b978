/// Writes text as parts of a URL (RFC 3986, 2.1).
package enum PercentEncoding {
    /// One segment of a path, or one value of a form: all but unreserved characters and `@` are encoded.
    package static func segment(_ text: String) -> String {
        encoded(text, keeping: UInt8(ascii: "@"))
    }

    /// Several segments of a path: all but unreserved characters and the slashes between them are encoded.
    package static func path(_ text: String) -> String {
        encoded(text, keeping: UInt8(ascii: "/"))
    }

    /// A value as it is signed (AWS Signature Version 4): all but unreserved characters are encoded.
    package static func value(_ text: String) -> String {
        encoded(text, keeping: nil)
    }

    private static func encoded(_ text: String, keeping kept: UInt8?) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                output.append(byte)
            case kept:
                output.append(byte)
            default:
                output.append(UInt8(ascii: "%"))
                output.append(digits[Int(byte >> 4)])
                output.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
