import Transport

/// The answer of `GET /v1/models`: every name that a client may send as `model` because the configuration knows it.
///
/// Listed are the logical models, the aliases that stand for exactly one word (`^fast$`), and each backend's models as
/// `backend:model`. Source: OpenAI API reference, "List models".
struct ModelList {
    private struct Row {
        var id: String
        var owner: String
    }

    private let rows: [Row]
    private let created: Int

    init(_ configuration: Configuration, created: Int) {
        var rows: [Row] = []
        for model in configuration.models { rows.append(Row(id: model.name, owner: "lip")) }
        for alias in configuration.modelAliases {
            if let word = Self.word(of: alias.pattern) { rows.append(Row(id: word, owner: "lip")) }
        }
        for backend in configuration.backends {
            // A kind's default model is a guess unless the kind answers under any name.
            let names =
                backend.models.isEmpty && backend.stub != nil ? [backend.defaultModel] : backend.models.map(\.name)
            for name in names { rows.append(Row(id: "\(backend.id):\(name)", owner: backend.id)) }
        }
        var seen: Set<String> = []
        self.rows = rows.filter { seen.insert($0.id).inserted }
        self.created = created
    }

    /// The body in OpenAI's form.
    func render() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("object")
        writer.string("list")
        writer.key("data")
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.key("id")
            writer.string(row.id)
            writer.key("object")
            writer.string("model")
            writer.key("created")
            writer.int(created)
            writer.key("owned_by")
            writer.string(row.owner)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The one word that an anchored pattern without operators matches, or nil.
    static func word(of pattern: String) -> String? {
        guard pattern.hasPrefix("^"), pattern.hasSuffix("$"), pattern.utf8.count > 2 else { return nil }
        var word = ""
        var escaped = false
        for character in pattern.dropFirst().dropLast() {
            if escaped {
                // An escaped letter or digit is a class or an assertion, an escaped sign is the sign.
                guard !character.isLetter, !character.isNumber else { return nil }
                word.append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if ".+*?()[]{}|^$".contains(character) {
                return nil
            } else {
                word.append(character)
            }
        }
        return escaped ? nil : word
    }
}
