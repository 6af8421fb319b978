import Transport

/// What a candidate says beside its content, as annotations: each is an object whose `type` names the member of the
/// candidate that it holds.
enum GeminiRemarks {
    private static let names: [StaticString] = [
        "groundingMetadata", "citationMetadata", "urlContextMetadata", "finishMessage", "finishReason",
    ]

    /// The name of a candidate's member that becomes an annotation; a finish reason only where the canonical one does
    /// not keep its word.
    static func name(_ key: JSONCursor, _ value: JSONCursor) -> StaticString? {
        guard let name = names.first(where: { key.equals($0) }) else { return nil }
        return key.equals("finishReason") && GeminiFinish.isExact(value) ? nil : name
    }

    /// An array of one annotation.
    static func annotation(_ name: StaticString, _ value: JSONCursor) -> RawJSON {
        var json = JSONWriter()
        json.beginArray()
        json.beginObject()
        json.key("type")
        json.string(name)
        json.key(name)
        json.raw(value)
        json.endObject()
        json.endArray()
        return RawJSON(bytes: json.bytes)
    }

    /// Writes annotations of this dialect back as members of a candidate; others have no place in it.
    ///
    /// Returns whether a finish reason was among them.
    static func write(_ annotations: [RawJSON], to json: inout JSONWriter) -> Bool {
        var hasReason = false
        var written: [StaticString] = []
        // A later one replaces an earlier one, as chunks of a stream do.
        for raw in annotations.reversed() {
            guard let document = try? JSONDocument(parsing: raw.bytes) else { continue }
            document.withRoot { root in
                for annotation in root.elements {
                    guard let type = annotation["type"], let name = names.first(where: { type.equals($0) }),
                        let value = annotation[name], !written.contains(where: { $0.description == name.description })
                    else { continue }
                    written.append(name)
                    if type.equals("finishReason") { hasReason = true }
                    json.key(name)
                    json.raw(value)
                }
            }
        }
        return hasReason
    }
}
