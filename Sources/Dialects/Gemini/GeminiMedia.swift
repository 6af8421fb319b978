import Transport

/// Media between Gemini's parts, which name a type and hold bare base64, and the forms of other dialects.
enum GeminiMedia {
    /// The canonical content of `inlineData`.
    static func inline(_ value: JSONCursor) -> Part.Content {
        let type = value.field("mimeType", "mime_type")?.string ?? "application/octet-stream"
        let data = standardBase64(value["data"]?.string ?? "")
        let name = value.field("displayName", "display_name")?.string
        if type.hasPrefix("image/") { return .image(Image(url: "data:\(type);base64,\(data)")) }
        if type.hasPrefix("audio/") { return .audio(Audio(data: data, format: audioFormat(type))) }
        return .file(File(data: "data:\(type);base64,\(data)", name: name, mediaType: type))
    }

    /// The canonical content of `fileData`: an image where anyone could fetch it, else a file of the provider's.
    static func stored(_ value: JSONCursor) -> Part.Content {
        let type = value.field("mimeType", "mime_type")?.string
        let address = value.field("fileUri", "file_uri")?.string ?? ""
        let name = value.field("displayName", "display_name")?.string
        let isPublic = address.hasPrefix("https://") || address.hasPrefix("http://")
        let isGoogles = address.contains("generativelanguage.googleapis.com/")
        if isPublic, !isGoogles, name == nil, type.map({ $0 == imageType(ofAddress: address) }) ?? false {
            return .image(Image(url: address))
        }
        return .file(File(url: address, name: name, mediaType: type))
    }

    /// The parts of a data URL in base64, nil for any other address.
    static func dataURL(_ address: String) -> (type: String, data: Substring)? {
        guard address.hasPrefix("data:"), let comma = address.firstIndex(of: ",") else { return nil }
        let head = address[address.index(address.startIndex, offsetBy: 5)..<comma]
        guard head.hasSuffix(";base64") else { return nil }
        let type = head.dropLast(7).split(separator: ";", omittingEmptySubsequences: false).first ?? ""
        return (type.isEmpty ? "text/plain" : String(type), address[address.index(after: comma)...])
    }

    /// The type of an image that its address's ending tells; JPEG where it tells nothing, since Gemini wants a type.
    static func imageType(ofAddress address: String) -> String {
        let path = address.prefix { $0 != "?" && $0 != "#" }.lowercased()
        let endings = [
            (".png", "image/png"), (".webp", "image/webp"), (".gif", "image/gif"), (".heic", "image/heic"),
            (".heif", "image/heif"),
        ]
        return endings.first { path.hasSuffix($0.0) }?.1 ?? "image/jpeg"
    }

    /// The type of a file that its name's ending tells.
    static func fileType(ofName name: String?) -> String {
        let name = name?.lowercased() ?? ""
        let endings = [
            (".pdf", "application/pdf"), (".txt", "text/plain"), (".md", "text/markdown"), (".csv", "text/csv"),
            (".html", "text/html"), (".json", "application/json"), (".xml", "text/xml"), (".mp4", "video/mp4"),
            (".png", "image/png"), (".jpg", "image/jpeg"), (".jpeg", "image/jpeg"), (".mp3", "audio/mp3"),
            (".wav", "audio/wav"),
        ]
        return endings.first { name.hasSuffix($0.0) }?.1 ?? "application/octet-stream"
    }

    /// The format that other dialects name, of an audio type.
    private static func audioFormat(_ type: String) -> String {
        switch type {
        case "audio/mpeg", "audio/mp3": "mp3"
        case "audio/wav", "audio/x-wav", "audio/wave": "wav"
        default: String(type.dropFirst(6))
        }
    }

    /// The same bytes in the alphabet that every dialect takes: Google's own Python client sends the alphabet for URLs,
    /// which the JSON mapping of protocol buffers allows.
    static func standardBase64(_ text: String) -> String {
        guard
            text.utf8.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
                || text.utf8.count % 4 != 0
        else { return text }
        var bytes = Array(text.utf8)
        for index in bytes.indices {
            if bytes[index] == UInt8(ascii: "-") {
                bytes[index] = UInt8(ascii: "+")
            } else if bytes[index] == UInt8(ascii: "_") {
                bytes[index] = UInt8(ascii: "/")
            }
        }
        while bytes.count % 4 != 0 { bytes.append(UInt8(ascii: "=")) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
