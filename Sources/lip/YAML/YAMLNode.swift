/// A place in a YAML text: line and column count from 1, columns in characters (Unicode scalars).
struct YAMLMark: Sendable, Hashable, Comparable {
    var line: Int
    var column: Int

    static func < (left: Self, right: Self) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// A value of a parsed YAML document together with where it stands.
struct YAMLNode: Sendable, Hashable {
    /// The three shapes a node can have.
    enum Content: Sendable, Hashable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLPair])
    }

    var content: Content
    var mark: YAMLMark
    /// How deep the node nests: 1 for a scalar.
    var height: Int
    /// How many nodes it stands for, with itself and everything below.
    var count: Int

    init(scalar: YAMLScalar, mark: YAMLMark) {
        content = .scalar(scalar)
        self.mark = mark
        height = 1
        count = 1
    }

    init(sequence: [YAMLNode], mark: YAMLMark) {
        content = .sequence(sequence)
        self.mark = mark
        height = 1 + (sequence.map(\.height).max() ?? 0)
        count = 1 + sequence.reduce(0) { $0 + $1.count }
    }

    init(mapping: [YAMLPair], mark: YAMLMark) {
        content = .mapping(mapping)
        self.mark = mark
        height = 1 + (mapping.map { max($0.key.height, $0.value.height) }.max() ?? 0)
        count = 1 + mapping.reduce(0) { $0 + $1.key.count + $1.value.count }
    }

    /// What the node is, without its text, which may be a credential: `a list`, `a number`, `nothing`.
    var kindDescription: String {
        switch content {
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .scalar(let scalar):
            switch scalar.resolved {
            case .null: "nothing"
            case .bool: "a boolean"
            case .number: "a number"
            case .string: "text"
            }
        }
    }

    /// What the node is, with its text, such as `the number 5`; not for values that may be credentials.
    var valueDescription: String {
        switch content {
        case .sequence, .mapping: kindDescription
        case .scalar(let scalar):
            switch scalar.resolved {
            case .null: kindDescription
            case .bool(let value): "the boolean \(value)"
            case .number: "the number \(scalar.text)"
            case .string: "the text \(quoted(scalar.text))"
            }
        }
    }

    /// Whether nothing stands here: an empty value, `~` or `null`.
    var isNull: Bool {
        if case .scalar(let scalar) = content, case .null = scalar.resolved { return true }
        return false
    }

    /// Where a character of a scalar's text stands in the file, as exactly as the scalar's style allows.
    func mark(atCharacter offset: Int) -> YAMLMark {
        guard case .scalar(let scalar) = content, let start = scalar.verbatimOffset else { return mark }
        return YAMLMark(line: mark.line, column: mark.column + start + offset)
    }
}

/// A key and its value.
struct YAMLPair: Sendable, Hashable {
    var key: YAMLNode
    var value: YAMLNode
}

/// A scalar's text, and how it was written.
struct YAMLScalar: Sendable, Hashable {
    var text: String
    /// Whether it stood without quotes, so that it may mean a number, a boolean or nothing.
    var isPlain: Bool
    /// When the text stands in the file exactly as it is, how many characters (a quote) precede it; else nil.
    var verbatimOffset: Int?

    /// What a plain scalar means in YAML's core schema.
    enum Resolved: Hashable {
        case null
        case bool(Bool)
        case number
        case string
    }

    var resolved: Resolved {
        guard isPlain else { return .string }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return Self.isNumber(text) ? .number : .string
        }
    }

    /// Whether the text is a decimal number: sign, digits, fraction and exponent.
    private static func isNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if let first = rest.first, first == UInt8(ascii: "+") || first == UInt8(ascii: "-") { rest.removeFirst() }
        guard let first = rest.first, isDigit(first) || first == UInt8(ascii: ".") else { return false }
        guard rest.contains(where: isDigit) else { return false }
        return Double(text) != nil && rest.allSatisfy { isDigit($0) || ".eE+-".utf8.contains($0) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

/// The text in double quotes, on one line and not too long, for messages.
func quoted(_ text: String) -> String {
    let limit = 120
    var result = "\""
    for scalar in text.unicodeScalars.prefix(limit) {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        default:
            if scalar.value < 0x20 || scalar.value == 0x7F {
                result += "\u{FFFD}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
    }
    return result + (text.unicodeScalars.count > limit ? "…\"" : "\"")
}
