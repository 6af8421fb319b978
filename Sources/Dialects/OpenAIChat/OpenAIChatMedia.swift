import Transport

/// The media of a collected choice, with the deltas of one audio joined.
struct OpenAIChatMedia {
    /// The one audio of a message.
    struct Audio {
        var id: String?
        var expiresAt: Int?
        var data: [UInt8] = []
        var transcript = ""
        var extras: [RawMember] = []
    }

    private(set) var audio: Audio?
    /// Elements of `images` as source text.
    private(set) var images: [RawJSON] = []
    /// Parts of a content that is an array, as source text.
    private(set) var contentParts: [RawJSON] = []

    init(_ pieces: [Answer.Piece]) {
        for piece in pieces where piece.kind == .media {
            guard let raw = piece.raw, let document = try? JSONDocument(parsing: raw.bytes) else { continue }
            document.withRoot { root in
                if let value = root["audio"] { add(audio: value) }
                if let value = root["images"] { images += value.elements.map { RawJSON($0) } }
                if let value = root["content"] { contentParts.append(RawJSON(value)) }
            }
        }
    }

    private mutating func add(audio value: JSONCursor) {
        var audio = self.audio ?? Audio()
        audio.id = value["id"]?.string ?? audio.id
        audio.expiresAt = value["expires_at"]?.int ?? audio.expiresAt
        audio.transcript += value["transcript"]?.string ?? ""
        value["data"]?.appendString(to: &audio.data)
        audio.extras += OpenAIChatBodyReader.extras(of: value, except: ["id", "expires_at", "transcript", "data"])
        self.audio = audio
    }

    /// Writes what stands beside the content.
    func write(_ json: inout JSONWriter) {
        if let audio {
            json.key("audio")
            json.beginObject()
            if let id = audio.id {
                json.key("id")
                json.string(id)
            }
            if let expiresAt = audio.expiresAt {
                json.key("expires_at")
                json.int(expiresAt)
            }
            json.key("data")
            json.string(audio.data)
            json.key("transcript")
            json.string(audio.transcript)
            for extra in audio.extras {
                json.key(extra.name)
                json.raw(extra.value.bytes)
            }
            json.endObject()
        }
        if !images.isEmpty {
            json.key("images")
            json.beginArray()
            for image in images { json.raw(image.bytes) }
            json.endArray()
        }
    }

    /// Writes a content of several parts, its text first.
    func writeContent(_ text: String?, _ json: inout JSONWriter) {
        json.beginArray()
        if let text {
            json.beginObject()
            json.key("type")
            json.string("text" as StaticString)
            json.key("text")
            json.string(text)
            json.endObject()
        }
        for part in contentParts { json.raw(part.bytes) }
        json.endArray()
    }
}
