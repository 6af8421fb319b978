/// Images, documents and recordings in the form that Converse has them: a format's short name, and the bytes or a place
/// in S3.
struct BedrockConverseMedia: Equatable {
    /// Where the content is.
    enum Source: Equatable {
        /// Base64.
        case bytes(Substring)
        /// An `s3://` address.
        case s3(String)
    }

    var format: String
    var source: Source

    /// An image; nil for one by address elsewhere, which Bedrock does not fetch, and for formats that it does not know.
    init?(image url: String) {
        if url.hasPrefix("s3://") {
            guard let format = Self.imageFormats.first(where: { url.hasSuffix(".\($0)") }) else { return nil }
            self.init(format: format, source: .s3(url))
            return
        }
        guard let inline = AnthropicMedia.split(url), !inline.isPercentEncoded else { return nil }
        let type = inline.mediaType.lowercased()
        let format = type == "image/jpg" ? "jpeg" : String(type.dropFirst("image/".count))
        guard type.hasPrefix("image/"), Self.imageFormats.contains(format) else { return nil }
        self.init(format: format, source: .bytes(inline.data))
    }

    /// A document; nil for one that only another provider holds or has the format of.
    init?(_ file: File) {
        if let url = file.url {
            guard url.hasPrefix("s3://"), let format = Self.documentFormat(ofFileNamed: url) else { return nil }
            self.init(format: format, source: .s3(url))
            return
        }
        guard file.id == nil, let data = file.data else { return nil }
        var type = file.mediaType
        var content = data[...]
        if let inline = AnthropicMedia.split(data) {
            guard !inline.isPercentEncoded else { return nil }
            type = type ?? inline.mediaType
            content = inline.data
        }
        let named = Self.documentFormat(ofFileNamed: file.name)
        // `application/octet-stream` says nothing that the name would not say better.
        let format = type.flatMap { Self.documentTypes[$0.lowercased()] } ?? named
        guard let format = format ?? (type == nil ? "pdf" : nil) else { return nil }
        self.init(format: format, source: .bytes(content))
    }

    /// A recording.
    init?(_ audio: Audio) {
        guard Self.audioFormats.contains(audio.format) else { return nil }
        self.init(format: audio.format, source: .bytes(audio.data[...]))
    }

    private init(format: String, source: Source) {
        self.format = format
        self.source = source
    }

    // MARK: Formats

    /// Source: Bedrock API reference, `ImageBlock`.
    private static let imageFormats = ["png", "jpeg", "gif", "webp"]
    /// Source: Bedrock API reference, `AudioBlock`.
    private static let audioFormats: Set<String> = [
        "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg", "mpga", "pcm", "webm",
    ]
    /// Source: Bedrock API reference, `DocumentBlock`.
    private static let documentTypes = [
        "application/pdf": "pdf", "text/csv": "csv", "application/msword": "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "application/vnd.ms-excel": "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx", "text/html": "html",
        "text/plain": "txt", "text/markdown": "md",
    ]

    private static func documentFormat(ofFileNamed name: String?) -> String? {
        guard let name, let dot = name.lastIndex(of: ".") else { return nil }
        let ending = name[name.index(after: dot)...].lowercased()
        switch ending {
        case "markdown": return "md"
        case "htm": return "html"
        case "text", "log": return "txt"
        default: return documentTypes.values.contains(ending) ? ending : nil
        }
    }
}

/// Gives each document a name that Bedrock takes, and none twice.
///
/// Letters, digits, single blanks, hyphens, parentheses and brackets, up to 200 of them.
/// Source: Bedrock API reference, `DocumentBlock`.
struct BedrockConverseDocumentNames {
    private static let bytesMax = 190
    private var taken: Set<String> = []

    /// The name for a file, its ending left out.
    mutating func name(for file: String?) -> String {
        let stem = file.map { $0.lastIndex(of: ".").map { dot in String(file?[..<dot] ?? "") } ?? $0 } ?? ""
        var bytes: [UInt8] = []
        for byte in stem.utf8.prefix(Self.bytesMax) {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["),
                UInt8(ascii: "]"):
                bytes.append(byte)
            case 0x20, 0x09, 0x0A, 0x0D:
                if let last = bytes.last, last != 0x20 { bytes.append(0x20) }
            default:
                if let last = bytes.last, last != UInt8(ascii: "-") { bytes.append(UInt8(ascii: "-")) }
            }
        }
        while let last = bytes.last, last == 0x20 || last == UInt8(ascii: "-") { bytes.removeLast() }
        let base = bytes.isEmpty ? "document" : String(decoding: bytes, as: UTF8.self)
        var name = base
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(base) \(number)"
            number += 1
        }
        return name
    }
}
