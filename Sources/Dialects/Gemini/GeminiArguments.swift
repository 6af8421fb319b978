import Transport

/// Arguments and results of functions, which are JSON objects in this dialect and any text in others.
enum GeminiArguments {
    /// Writes arguments: an object as its source text, nothing as an empty object, anything else as the one member
    /// `value` (a function's) or `input` (a custom tool's text) of an object.
    static func write(_ arguments: String, kind: ToolKind, _ json: inout JSONWriter) {
        if kind == .custom { return wrap(arguments, "input", &json) }
        if arguments.utf8.allSatisfy({ $0 <= 0x20 }) {
            json.beginObject()
            return json.endObject()
        }
        guard let document = try? JSONDocument(parsing: Array(arguments.utf8)) else {
            return wrap(arguments, "value", &json)
        }
        if document.root.isObject { return json.raw(document.root) }
        json.beginObject()
        json.key("value")
        json.raw(document.root)
        json.endObject()
    }

    /// Writes a result: an object as its source text, any other text under `output`, or `error` where the tool failed
    /// (https://ai.google.dev/api/caching#FunctionResponse).
    static func writeResult(_ text: String, isError: Bool, _ json: inout JSONWriter) {
        guard text.utf8.first(where: { $0 > 0x20 }) == UInt8(ascii: "{"),
            let document = try? JSONDocument(parsing: Array(text.utf8)), document.root.isObject
        else { return wrap(text, isError ? "error" : "output", &json) }
        if isError, document.root["error"] == nil {
            json.beginObject()
            json.key("error")
            json.raw(document.root)
            return json.endObject()
        }
        json.raw(document.root)
    }

    private static func wrap(_ text: String, _ name: StaticString, _ json: inout JSONWriter) {
        json.beginObject()
        json.key(name)
        json.string(text)
        json.endObject()
    }
}
