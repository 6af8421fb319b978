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
}
