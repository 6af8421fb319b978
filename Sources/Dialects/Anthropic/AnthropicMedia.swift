/// Data URLs and base64, in which the dialects spell inline content differently.
enum AnthropicMedia {
    /// What a data URL holds (RFC 2397).
    struct DataURL: Equatable {
        var mediaType: String
        /// The content: base64, or text with percent signs.
        var data: Substring
        /// Whether the content is not base64.
        var isPercentEncoded: Bool
    }

    /// Whether a media type may stand in a data URL as it is.
    static func isPlainMediaType(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") && $0 > 0x20 }
    }

    static func dataURL(mediaType: String, base64: String) -> String {
        "data:\(mediaType);base64,\(base64)"
    }

    /// The parts of a data URL; nil where the text is none.
    static func split(_ url: String) -> DataURL? {
        let bytes = url.utf8
        guard bytes.count > 5, bytes.prefix(5).elementsEqual("data:".utf8, by: { $0 | 0x20 == $1 | 0x20 }),
            let comma = bytes.firstIndex(of: UInt8(ascii: ","))
        else { return nil }
        let head = String(bytes[bytes.index(bytes.startIndex, offsetBy: 5)..<comma]) ?? ""
        let fields = head.split(separator: ";", omittingEmptySubsequences: false)
        let isBase64 = fields.dropFirst().contains { $0.lowercased() == "base64" }
        return DataURL(
            mediaType: fields.first.flatMap { $0.isEmpty ? nil : String($0) } ?? "text/plain",
            data: url[bytes.index(after: comma)...], isPercentEncoded: !isBase64)
    }

    /// The media type that a file's name tells; PDF where it tells none, since that is what files mostly are.
    static func mediaType(ofFileNamed name: String?) -> String {
        guard let name, let dot = name.lastIndex(of: ".") else { return "application/pdf" }
        return switch name[name.index(after: dot)...].lowercased() {
        case "txt", "md", "csv", "log", "text", "markdown": "text/plain"
        default: "application/pdf"
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The base64 of bytes, padded (RFC 4648, section 4).
    static func base64(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            output.append(alphabet[Int(group >> 18)])
            output.append(alphabet[Int(group >> 12 & 63)])
            output.append(left > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            output.append(left > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            index += 3
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes of base64 in either alphabet, with or without padding; nil where it is none.
    static func bytes(base64 text: String) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count / 4 * 3)
        var group: UInt32 = 0
        var bits = 0
        var isPadded = false
        for byte in text.utf8 {
            let value: UInt32
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte - UInt8(ascii: "A"))
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte - UInt8(ascii: "a")) + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte - UInt8(ascii: "0")) + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            case UInt8(ascii: "="):
                isPadded = true
                continue
            case 0x20, 0x0A, 0x0D, 0x09: continue
            default: return nil
            }
            if isPadded { return nil }
            group = group << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: group >> UInt32(bits)))
            }
        }
        return bits < 6 ? output : nil
    }

    /// Text that was base64; nil where it is not UTF-8.
    static func text(base64: String) -> String? {
        bytes(base64: base64).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
