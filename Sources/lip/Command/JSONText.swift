import Transport

/// A JSON value that the commands print, its members in the order in which they were put.
indirect enum JSONText: Hashable {
    case string(String)
    case int(Int)
    case bool(Bool)
    case null
    case array([JSONText])
    case object([Member])
    /// JSON text as it stands.
    case raw(String)

    /// A member of an object.
    struct Member: Hashable {
        var name: String
        var value: JSONText
    }

    /// An object of the members that have a value.
    static func object(_ members: KeyValuePairs<String, JSONText?>) -> JSONText {
        .object(members.compactMap { name, value in value.map { Member(name: name, value: $0) } })
    }

    /// On one line, without blanks.
    var compact: String {
        var text = ""
        write(into: &text, indent: nil)
        return text
    }

    /// On many lines, with two blanks a level.
    var pretty: String {
        var text = ""
        write(into: &text, indent: 0)
        return text
    }

    private func write(into text: inout String, indent: Int?) {
        switch self {
        case .string(let value): Self.write(value, into: &text)
        case .int(let value): text += String(value)
        case .bool(let value): text += value ? "true" : "false"
        case .null: text += "null"
        case .raw(let value): text += value
        case .array(let items):
            Self.writeList("[", "]", items, into: &text, indent: indent) { item, text, indent in
                item.write(into: &text, indent: indent)
            }
        case .object(let members):
            Self.writeList("{", "}", members, into: &text, indent: indent) { member, text, indent in
                Self.write(member.name, into: &text)
                text += indent == nil ? ":" : ": "
                member.value.write(into: &text, indent: indent)
            }
        }
    }

    private static func writeList<Item>(
        _ opening: String, _ closing: String, _ items: [Item], into text: inout String, indent: Int?,
        _ writeItem: (Item, inout String, Int?) -> Void
    ) {
        text += opening
        let inner = indent.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: " ", count: inner) }
            writeItem(item, &text, inner)
        }
        if let indent, !items.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
        text += closing
    }

    private static func write(_ string: String, into text: inout String) {
        var writer = JSONWriter()
        writer.string(string)
        text += String(decoding: writer.bytes, as: UTF8.self)
    }
}
