import Transport

/// The input of a tool call, which is an object in this dialect and text elsewhere.
enum AnthropicToolInput {
    /// Writes arguments as an object: exactly as they are where they are one.
    ///
    /// No arguments are an empty object. Text that is no object, as a cut answer leaves it, stands in a member named
    /// `INVALID_JSON`, the form that Anthropic's guide to fine-grained tool streaming gives; text for a tool that takes text
    /// stands in `input`.
    static func write(_ arguments: String, _ kind: ToolKind, to json: inout JSONWriter) {
        if kind == .custom { return write(text: arguments, as: "input", to: &json) }
        if AnthropicText.isBlank(arguments) {
            json.beginObject()
            json.endObject()
            return
        }
        let bytes = Array(arguments.utf8)
        if let document = try? JSONDocument(parsing: bytes), document.root.isObject {
            json.raw(document.root.raw)
        } else {
            write(text: arguments, as: "INVALID_JSON", to: &json)
        }
    }

    private static func write(text: String, as name: StaticString, to json: inout JSONWriter) {
        json.beginObject()
        json.key(name)
        json.string(text)
        json.endObject()
    }
}
