import Transport

/// Citations: flat here, with an object of their type's name inside in chat completions, which is the canonical form.
enum OpenAIResponsesAnnotation {
    /// The canonical form of an annotation.
    static func read(_ value: JSONCursor, to json: inout JSONWriter) {
        guard value["type"]?.equals("url_citation") == true, value["url_citation"] == nil else {
            return json.raw(value)
        }
        json.beginObject()
        json.word("type", "url_citation")
        json.key("url_citation")
        json.beginObject()
        for member in value.members where !member.key.equals("type") {
            json.key(member.key.string ?? "")
            json.raw(member.value)
        }
        json.endObject()
        json.endObject()
    }

    /// The annotation in this dialect; nil for one that it has no form for.
    static func written(_ value: JSONCursor) -> RawJSON? {
        guard let type = value["type"]?.string else { return nil }
        switch type {
        case "url_citation":
            guard let inner = value["url_citation"], inner.isObject else { return RawJSON(value) }
            var json = JSONWriter()
            json.beginObject()
            json.word("type", "url_citation")
            for member in inner.members {
                json.key(member.key.string ?? "")
                json.raw(member.value)
            }
            json.endObject()
            return RawJSON(bytes: json.bytes)
        case "file_citation", "container_file_citation", "file_path": return RawJSON(value)
        default: return nil
        }
    }
}
