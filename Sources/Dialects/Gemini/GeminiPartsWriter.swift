import Transport

/// Writes the parts of an answer, one by one as they are said.
enum GeminiPartsWriter {
    /// A text, or a thought.
    static func text(_ text: String, isThought: Bool = false, signature: String? = nil, to json: inout JSONWriter) {
        json.beginObject()
        json.key("text")
        json.string(text)
        if isThought {
            json.key("thought")
            json.bool(true)
        }
        if let signature {
            json.key("thoughtSignature")
            json.string(signature)
        }
        json.endObject()
    }

    /// A call with all its arguments.
    static func call(
        id: String, name: String, kind: ToolKind, arguments: String, signature: String?, to json: inout JSONWriter
    ) {
        json.beginObject()
        json.key("functionCall")
        json.beginObject()
        if !id.isEmpty {
            json.key("id")
            json.string(id)
        }
        json.key("name")
        json.string(name)
        json.key("args")
        GeminiArguments.write(arguments, kind: kind, &json)
        json.endObject()
        if let signature {
            json.key("thoughtSignature")
            json.string(signature)
        }
        json.endObject()
    }
}
