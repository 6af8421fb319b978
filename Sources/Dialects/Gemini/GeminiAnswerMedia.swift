import Transport

/// Media of an answer between Gemini's `inlineData` and the form that events carry.
///
/// Images and audio take the form of chat completions (`images` as OpenRouter has them, `audio`), so that clients of
/// other dialects can use them; what only Gemini knows, such as executed code, stays a whole part.
enum GeminiAnswerMedia {
    /// The source text of a media event for `inlineData`.
    static func event(_ data: JSONCursor) -> RawJSON {
        let type = data.field("mimeType", "mime_type")?.string ?? ""
        var json = JSONWriter(reservingBytes: data.raw.count + 96)
        json.beginObject()
        if type.hasPrefix("image/"), let content = data["data"]?.string {
            json.key("images")
            json.beginArray()
            json.beginObject()
            json.key("type")
            json.string("image_url" as StaticString)
            json.key("image_url")
            json.beginObject()
            json.key("url")
            json.string("data:\(type);base64,\(GeminiMedia.standardBase64(content))")
            json.endObject()
            json.endObject()
            json.endArray()
        } else if type.hasPrefix("audio/"), let content = data["data"]?.string {
            json.key("audio")
            json.beginObject()
            json.key("data")
            json.string(GeminiMedia.standardBase64(content))
            json.key("mime_type")
            json.string(type)
            json.endObject()
        } else {
            json.key("inlineData")
            json.raw(data)
        }
        json.endObject()
        return RawJSON(bytes: json.bytes)
    }

    /// Writes the parts that a media event stands for; `signature` seals the first.
    ///
    /// Returns whether there was one.
    static func write(_ media: RawJSON, signature: String?, to json: inout JSONWriter) -> Bool {
        guard let document = try? JSONDocument(parsing: media.bytes), document.root.isObject else { return false }
        let root = document.root
        var seal = signature
        var isKnown = false
        if let images = root["images"] {
            for image in images.elements {
                guard let url = image["image_url"]?["url"]?.string else { continue }
                isKnown = true
                if let (type, data) = GeminiMedia.dataURL(url) {
                    part(type: type, data: String(data), &seal, &json)
                } else {
                    json.beginObject()
                    json.key("fileData")
                    json.beginObject()
                    json.key("mimeType")
                    json.string(GeminiMedia.imageType(ofAddress: url))
                    json.key("fileUri")
                    json.string(url)
                    json.endObject()
                    end(&seal, &json)
                }
            }
        }
        if let audio = root["audio"], let data = audio["data"]?.string, !data.isEmpty {
            isKnown = true
            part(type: audio["mime_type"]?.string ?? "audio/wav", data: data, &seal, &json)
        }
        if isKnown { return true }
        let parts: [StaticString] = [
            "inlineData", "fileData", "executableCode", "codeExecutionResult", "toolCall", "toolResponse",
        ]
        guard parts.contains(where: { root[$0] != nil }) else { return false }
        json.raw(media.bytes)
        return true
    }

    private static func part(type: String, data: String, _ seal: inout String?, _ json: inout JSONWriter) {
        json.beginObject()
        json.key("inlineData")
        json.beginObject()
        json.key("mimeType")
        json.string(type)
        json.key("data")
        json.string(data)
        json.endObject()
        end(&seal, &json)
    }

    private static func end(_ seal: inout String?, _ json: inout JSONWriter) {
        if let signature = seal {
            json.key("thoughtSignature")
            json.string(signature)
        }
        seal = nil
        json.endObject()
    }
}
