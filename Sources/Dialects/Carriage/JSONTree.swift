import Transport

/// A JSON value that grows while the frames of a stream come in.
///
/// Numbers and the insides of strings stay source text, so nothing is read that need not be: two strings are joined by
/// joining their source texts. Flat (the parts of every kind stand next to the kind), so that appending copies nothing.
struct JSONTree: Sendable {
    /// What a value is.
    enum Kind: Sendable {
        /// A number, `true`, `false` or `null`.
        case scalar
        case string
        case array
        case object
    }

    /// How many members of an object, or elements of an array, are looked at for one that is to grow: the last ones.
    static let lookBackMax = 4096

    private(set) var kind: Kind
    /// The source text of a scalar; of a string what stands between its quotes.
    private(set) var text: [UInt8] = []
    /// The names of an object's members, in the order in which they came.
    private(set) var names: [String] = []
    /// An array's elements, or the values of an object's members.
    var children: [JSONTree] = []

    /// An object or array without anything in it, or an empty string.
    init(_ kind: Kind) {
        self.kind = kind
        if kind == .scalar { text = Array("null".utf8) }
    }

    /// A copy of a value.
    init(_ value: JSONCursor) {
        switch value.kind {
        case .object:
            kind = .object
            for member in value.members {
                names.append(member.key.string ?? "")
                children.append(JSONTree(member.value))
            }
        case .array:
            kind = .array
            children = value.elements.map { JSONTree($0) }
        case .string:
            kind = .string
            text = Array(value.raw.dropFirst().dropLast())
        case .number, .true, .false, .null:
            kind = .scalar
            text = Array(value.raw)
        }
    }

    /// A string.
    init(string: String) {
        var json = JSONWriter(reservingBytes: string.utf8.count + 2)
        json.string(string)
        kind = .string
        text = Array(json.bytes.dropFirst().dropLast())
    }

    var isNull: Bool { kind == .scalar && text.first == UInt8(ascii: "n") }
    /// Whether this is nothing that a later value could not replace: null, or a string of no character.
    var isBlank: Bool { isNull || kind == .string && text.isEmpty }

    /// The whole number that this is; nil for anything else.
    var int: Int? { kind == .scalar ? Int(String(decoding: text, as: UTF8.self)) : nil }

    /// The place of a member among the children, the last of its name; nil where there is none.
    func place(of name: String) -> Int? {
        kind == .object ? names.suffix(Self.lookBackMax).lastIndex(of: name) : nil
    }

    /// The value of a member; nil where there is none.
    subscript(_ name: String) -> JSONTree? { place(of: name).map { children[$0] } }

    /// Sets a member, in its place where it has one.
    mutating func set(_ name: String, to value: JSONTree) {
        if let place = place(of: name) {
            children[place] = value
        } else {
            names.append(name)
            children.append(value)
        }
    }

    /// The place of a member among the children, which gets `initial` where it has none.
    mutating func place(of name: String, orSetTo initial: JSONTree) -> Int {
        if let place = place(of: name) { return place }
        set(name, to: initial)
        return children.count - 1
    }

    /// Appends another string's text to this one's.
    mutating func append(string value: JSONCursor) {
        text.append(contentsOf: value.raw.dropFirst().dropLast())
    }

    /// Appends another string's text to this one's.
    mutating func append(_ other: JSONTree) {
        text += other.text
    }

    /// Writes the value.
    func write(to json: inout JSONWriter) {
        switch kind {
        case .scalar: json.raw(text)
        case .string: json.raw([UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")])
        case .array:
            json.beginArray()
            for child in children { child.write(to: &json) }
            json.endArray()
        case .object:
            json.beginObject()
            for (name, child) in zip(names, children) {
                json.key(name)
                child.write(to: &json)
            }
            json.endObject()
        }
    }

    /// The value as source text.
    var bytes: [UInt8] {
        var json = JSONWriter(reservingBytes: 1024)
        write(to: &json)
        return json.bytes
    }
}

extension JSONTree: Equatable {
    /// Whether both are the same source text but for blanks, their members in the same order.
    static func == (left: JSONTree, right: JSONTree) -> Bool {
        left.kind == right.kind && left.text == right.text && left.names == right.names
            && left.children == right.children
    }
}
